package dev.varve.logstore;

import dev.varve.logstore.format.LittleEndian;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Expands values that a {@link ValuePacker} compressed. Confined to one thread at a time; its
 * memory is reused, and grows only as far as compressed bytes that are really there can expand.
 *
 * <p>Bytes that no packer made are a {@link CorruptionException}.
 */
final class ValueUnpacker {

    /** The most that a byte of an LZ4 block can stand for. */
    private static final long MAX_EXPANSION = 255;

    private static final int MAX_KEPT_BYTES = 256 << 10;

    private final LZ4SafeDecompressor lz4 = Lz4.factory().safeDecompressor();
    private byte[] packed = {};
    private ByteBuffer packedView = ByteBuffer.wrap(packed);

    // Collected with the reader, as the memory of its windows is.
    private MemorySegment expanded = MemorySegment.NULL;
    private MemorySegment shown = MemorySegment.NULL;
    private ByteBuffer expandedView = ByteBuffer.allocate(0);

    /** Bytes of the value that the record holds. */
    static long lengthOf(RecordView record, Segment segment) {
        long stored = record.storedLength() - ValuePacker.PREFIX_LENGTH;
        long length =
                stored < 1 ? 0 : record.memory().get(LittleEndian.INT, record.valueStart());
        if (length < 1 || length > stored * MAX_EXPANSION || length > LogStore.MAX_BATCH_BYTES) {
            throw segment.damaged(
                    "a compressed value of " + record.storedLength() + " bytes cannot expand to "
                            + length,
                    record.offset(),
                    null);
        }
        return length;
    }

    /** The value that the record holds, read-only, until the next one is expanded. */
    MemorySegment expand(RecordView record, Segment segment) {
        long length = lengthOf(record, segment);
        if (length > expanded.byteSize()) {
            keep(Arena.ofAuto().allocate(capacity(length)));
        }
        expand(record, (int) length, expandedView, segment);
        return shown;
    }

    /** Memory that is kept grows by doubling; what is let go again is as long as needed. */
    private static long capacity(long needed) {
        return needed > MAX_KEPT_BYTES ? needed : Long.highestOneBit(2 * needed - 1);
    }

    private void keep(MemorySegment memory) {
        expanded = memory;
        shown = memory.asReadOnly();
        expandedView = memory.asByteBuffer();
    }

    /** Expands the value to the start of the destination, which has room for it. */
    void expandTo(MemorySegment destination, RecordView record, Segment segment) {
        int length = (int) lengthOf(record, segment);
        expand(record, length, destination.asSlice(0, length).asByteBuffer(), segment);
    }

    private void expand(RecordView record, int length, ByteBuffer destination, Segment segment) {
        int stored = (int) record.storedLength() - ValuePacker.PREFIX_LENGTH;
        if (packed.length < stored) {
            packed = new byte[(int) capacity(stored)];
            packedView = ByteBuffer.wrap(packed);
        }
        long from = record.valueStart() + ValuePacker.PREFIX_LENGTH;
        MemorySegment.copy(record.memory(), ValueLayout.JAVA_BYTE, from, packed, 0, stored);
        int expandedLength;
        try {
            expandedLength = lz4.decompress(packedView, 0, stored, destination, 0, length);
        } catch (LZ4Exception e) {
            throw segment.damaged(
                    "a compressed value cannot be expanded", record.offset(), e);
        }
        if (expandedLength != length) {
            throw segment.damaged(
                    "a compressed value expands to " + expandedLength + " bytes, not " + length,
                    record.offset(),
                    null);
        }
    }

    /** Lets go of the memory that long values took. */
    void trim() {
        if (packed.length > MAX_KEPT_BYTES || expanded.byteSize() > MAX_KEPT_BYTES) {
            packed = new byte[0];
            packedView = ByteBuffer.wrap(packed);
            keep(MemorySegment.NULL);
        }
    }

    /** Native memory kept for the next value. */
    long memoryBytes() {
        return expanded.byteSize();
    }
}
