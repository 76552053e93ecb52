package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.FLAGS_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.FLAG_COMPRESSED;
import static dev.varve.logstore.format.RecordDescriptor.HEIGHT_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KEY_LENGTH_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KEY_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KIND_DELETE;
import static dev.varve.logstore.format.RecordDescriptor.KIND_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KIND_PUT;
import static dev.varve.logstore.format.RecordDescriptor.KIND_REFERENCES;
import static dev.varve.logstore.format.RecordDescriptor.KIND_REGISTRY;
import static dev.varve.logstore.format.RecordDescriptor.LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.MAX_KEY_LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.MAX_UNSPLIT_LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.TABLE_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.VALUE_LENGTH_OFFSET;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * A record where it lies in memory. One view is moved from record to record; confined to one
 * thread.
 */
final class RecordView {

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Bytes that a checksum takes at a time; most records are shorter. */
    private static final int SCRATCH_BYTES = 4096;

    /** The header's last word; its first two bytes are the height's last. */
    private static final int KIND_WORD_OFFSET = LENGTH - Long.BYTES;

    private final CRC32C crc = new CRC32C();

    /** Made with the first checksum: a writer's view takes none. */
    private byte[] scratch = {};

    private MemorySegment memory = MemorySegment.NULL;
    private long start;
    private long offset;

    // The header's three words, read once: each read of mapped memory is checked in many ways.
    private long lengthWord;
    private long height;
    private long kindWord;

    /** How many bytes of the record {@link #scratch} holds: all of them, or 0. */
    private int copied;

    /**
     * @param memory holds the record; of less than a header it counts as padding
     * @param start where in {@code memory} the record starts
     * @param offset where the record starts in its segment
     */
    RecordView wrap(MemorySegment memory, long start, long offset) {
        this.memory = memory;
        this.start = start;
        this.offset = offset;
        copied = 0;
        if (memory.byteSize() - start < LENGTH) {
            lengthWord = 0;
            height = 0;
            kindWord = 0;
        } else {
            lengthWord = memory.get(LittleEndian.LONG, start + CRC_OFFSET);
            height = memory.get(LittleEndian.LONG, start + HEIGHT_OFFSET);
            kindWord = memory.get(LittleEndian.LONG, start + KIND_WORD_OFFSET);
        }
        return this;
    }

    /** Offset in the segment. */
    long offset() {
        return offset;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where in {@link #memory()} the record starts. */
    long start() {
        return start;
    }

    /** Where in {@link #memory()} the key starts. */
    long keyStart() {
        return start + KEY_OFFSET;
    }

    /** Where in {@link #memory()} the value starts. */
    long valueStart() {
        return start + KEY_OFFSET + keyLength();
    }

    int table() {
        return (int) (kindWord >>> (TABLE_OFFSET - KIND_WORD_OFFSET) * Byte.SIZE) & 0xFFFF;
    }

    long height() {
        return height;
    }

    int kind() {
        return (byte) (kindWord >>> (KIND_OFFSET - KIND_WORD_OFFSET) * Byte.SIZE);
    }

    boolean isPut() {
        return kind() == KIND_PUT;
    }

    private int flags() {
        return (byte) (kindWord >>> (FLAGS_OFFSET - KIND_WORD_OFFSET) * Byte.SIZE);
    }

    /** Whether the value is stored compressed. */
    boolean isCompressed() {
        return (flags() & FLAG_COMPRESSED) != 0;
    }

    boolean isDelete() {
        return kind() == KIND_DELETE;
    }

    int keyLength() {
        return (int) (kindWord >>> (KEY_LENGTH_OFFSET - KIND_WORD_OFFSET) * Byte.SIZE) & 0xFFFF;
    }

    /** Bytes of the value as stored. */
    long storedLength() {
        return lengthWord >>> (VALUE_LENGTH_OFFSET - CRC_OFFSET) * Byte.SIZE;
    }

    /** Bytes of header, key and value, without the zeros behind. */
    long contentLength() {
        return KEY_OFFSET + keyLength() + storedLength();
    }

    /** Bytes up to the next multiple of 16. */
    long length() {
        return Batch.recordLength(keyLength(), storedLength());
    }

    MemorySegment key() {
        return memory.asSlice(start + KEY_OFFSET, keyLength());
    }

    /** The value as stored. */
    MemorySegment storedValue() {
        return memory.asSlice(valueStart(), storedLength());
    }

    /** Whether the key is the height, as it is in a table found by height. */
    boolean isKeyedByHeight() {
        return keyLength() == Long.BYTES
                && memory.get(BIG_ENDIAN_LONG, start + KEY_OFFSET) == height();
    }

    /**
     * Compares word by word: most keys have a few of them, less than what a call is worth, and of a
     * mapped page that the disk cannot give the JVM tells nobody who calls its own loop for that,
     * but ends.
     */
    boolean hasKey(MemorySegment key) {
        int length = keyLength();
        if (key.byteSize() != length) {
            return false;
        }
        int at = 0;
        for (; at <= length - Long.BYTES; at += Long.BYTES) {
            if (keyWord(at) != key.get(LittleEndian.LONG, at)) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (keyByte(at) != key.get(ValueLayout.JAVA_BYTE, at)) {
                return false;
            }
        }
        return true;
    }

    private long keyWord(int at) {
        return copied > 0
                ? (long) LONGS.get(scratch, KEY_OFFSET + at)
                : memory.get(LittleEndian.LONG, keyStart() + at);
    }

    private byte keyByte(int at) {
        return copied > 0
                ? scratch[KEY_OFFSET + at]
                : memory.get(ValueLayout.JAVA_BYTE, keyStart() + at);
    }

    /** Copies the value as stored to the start of {@code destination}, which has room for it. */
    void copyStoredValueTo(MemorySegment destination) {
        long length = storedLength();
        if (copied > 0) {
            int from = KEY_OFFSET + keyLength();
            MemorySegment.copy(
                    scratch, from, destination, ValueLayout.JAVA_BYTE, 0, (int) length);
        } else {
            MemorySegment.copy(memory, valueStart(), destination, 0, length);
        }
    }

    /** Whether the page's rest is padding. True also where no header fits before the page's end. */
    boolean isPadding() {
        return PAGE_LENGTH - (offset & PAGE_LENGTH - 1) < LENGTH
                || kind() == 0 && keyLength() == 0 && storedLength() == 0;
    }

    /**
     * Checks the header against the format and {@code available} bytes from its start.
     *
     * @throws FormatVersionException for a kind or flag of a later release
     * @throws CorruptionException for anything else that no writer writes
     */
    void checkHeader(String file, long available) {
        int kind = kind();
        int flags = flags();
        if (kind > KIND_REGISTRY && kind <= KIND_REFERENCES || (flags & ~FLAG_COMPRESSED) != 0) {
            throw new FormatVersionException(
                    "a record of kind " + kind + " with flags " + flags + " is of a later release",
                    file,
                    offset,
                    null);
        }
        if (kind < KIND_PUT || kind > KIND_REGISTRY) {
            throw new FormatVersionException("unknown record kind " + kind, file, offset, null);
        }
        if (keyLength() < 1
                || keyLength() > MAX_KEY_LENGTH
                || height() < 0
                || kind == KIND_DELETE && storedLength() != 0
                || kind != KIND_PUT && flags != 0
                || (kind == KIND_REGISTRY) != (table() == Table.SYSTEM_ID)) {
            throw new CorruptionException("malformed record header", file, offset, null);
        }
        if (contentLength() > available) {
            throw new CorruptionException(
                    "a record of " + contentLength() + " bytes passes its frame's end",
                    file,
                    offset,
                    null);
        }
    }

    /**
     * Checks the bytes against the record's CRC; the whole record must lie in memory.
     *
     * <p>They are copied to the heap first: that costs less than what the JDK does to keep a shared
     * arena open while it sums, which all readers of a mapping would pay at one cache line. A
     * record that fits there stays, and its key and value are read from there.
     */
    void checkCrc(String file) {
        int actual = crc();
        int expected = (int) lengthWord;
        if (actual != expected) {
            throw new CorruptionException(
                    "record checksum is " + Integer.toHexString(actual) + ", not "
                            + Integer.toHexString(expected),
                    file,
                    offset,
                    null);
        }
    }

    private int crc() {
        if (scratch.length == 0) {
            scratch = new byte[SCRATCH_BYTES];
        }
        crc.reset();
        long length = contentLength();
        if (length > SCRATCH_BYTES) {
            return crcOfParts(start + VALUE_LENGTH_OFFSET, start + length);
        }
        int whole = (int) length;
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, scratch, 0, whole);
        crc.update(scratch, VALUE_LENGTH_OFFSET, whole - VALUE_LENGTH_OFFSET);
        copied = whole;
        return (int) crc.getValue();
    }

    private int crcOfParts(long from, long end) {
        for (long at = from; at < end; ) {
            int part = (int) Math.min(end - at, SCRATCH_BYTES);
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, scratch, 0, part);
            crc.update(scratch, 0, part);
            at += part;
        }
        return (int) crc.getValue();
    }

    /** Where a record of {@code length} bytes goes if the bytes before it end at {@code offset}. */
    static long placeAt(long offset, long length) {
        long rest = PAGE_LENGTH - (offset & PAGE_LENGTH - 1);
        boolean padded = rest < LENGTH || length <= MAX_UNSPLIT_LENGTH && length > rest;
        return padded ? offset + rest : offset;
    }
}
