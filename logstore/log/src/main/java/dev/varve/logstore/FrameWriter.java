package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.FrameBeginDescriptor;
import dev.varve.logstore.format.FrameCommitDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/**
 * Lays batches out as frames in one staging buffer, padding included, and writes the buffer when it
 * is full or when {@link #flush} is called: several small frames are one write, a long frame is
 * several. Used by the one thread that appends; closed by the appender.
 */
final class FrameWriter implements AutoCloseable {

    private static final int STAGING_BYTES = 1 << 20;

    /** Nothing longer is reserved: BEGIN, COMMIT, the rest of a page. */
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[PAGE_LENGTH]).asReadOnly();

    /** Zeros written ahead of the frames at a time: what the page cache still holds when used. */
    static final int FILL_BYTES = 64 << 10;

    /** Records whose places in the index are brought near at once. */
    private static final int EXPECTED = 8;

    private final Arena arena = Arena.ofShared();
    private MemorySegment staging = MemorySegment.NULL;
    private ByteBuffer stagingView = ByteBuffer.allocate(0);
    private final Checksum checksum;
    private final CRC32C beginChecksum = new CRC32C();
    private final RecordView view = new RecordView();
    private @Nullable StorageFile file;
    private long stagingOffset;

    /** Where the file's written blocks end, as far as this writer knows. */
    private long fileEnd;

    private int used;
    private int summed;

    // Written by the one thread, read by others.
    private volatile long writtenBytes;
    private volatile long memoryBytes;

    FrameWriter(Checksum checksum) {
        this.checksum = checksum;
    }

    /** Goes on in another file; everything staged must have been flushed. */
    void moveTo(StorageFile nextFile, long offset) {
        assert used == 0;
        if (staging.byteSize() == 0) { // a store that is only read needs none
            staging = arena.allocate(STAGING_BYTES, 4096);
            stagingView = staging.asByteBuffer();
            memoryBytes = STAGING_BYTES;
        }
        file = nextFile;
        stagingOffset = offset;
        fileEnd = nextFile.length();
    }

    /** Bytes that a batch takes as a frame that starts at {@code offset} of a segment. */
    long frameLength(Batch batch, long offset) {
        long at = offset + FrameBeginDescriptor.LENGTH;
        MemorySegment memory = batch.memory();
        for (long i = 0; i < batch.length(); ) {
            long length = view.wrap(memory, i, 0).length();
            at = RecordView.placeAt(at, length) + length;
            i += length;
        }
        return at + FrameCommitDescriptor.LENGTH - offset;
    }

    /**
     * Stages a batch as a frame.
     *
     * @return the frame's CRC, for the chain
     */
    int stage(Batch batch, FrameFields fields, HotPart part, TableRegistry registry) {
        long frameOffset = fields.position() - part.segment().basePosition();
        assert frameOffset == stagingOffset + used;
        summed = used;
        checksum.reset();
        writeBegin(fields, batch.count());
        MemorySegment memory = batch.memory();
        long from = 0;
        for (int index = 0; index < batch.count(); index++) {
            if (index % EXPECTED == 0) {
                part.expect(batch, index, Math.min(index + EXPECTED, batch.count()));
            }
            long length = view.wrap(memory, from, 0).length();
            long offset = stagingOffset + used;
            long place = RecordView.placeAt(offset, length);
            pad(place - offset);
            append(memory, from, length);
            // Readers do not see the entry before the watermark passes the frame.
            view.wrap(memory, from, place);
            part.index(view, batch.hash(index), registry.order(view.table()));
            from += length;
        }
        return writeCommit(fields);
    }

    private void writeBegin(FrameFields fields, int recordCount) {
        int at = reserve(FrameBeginDescriptor.LENGTH);
        put(at + FrameBeginDescriptor.MAGIC_OFFSET, FrameBeginDescriptor.MAGIC);
        put(at + FrameBeginDescriptor.POSITION_OFFSET, fields.position());
        put(at + FrameBeginDescriptor.SEQUENCE_OFFSET, fields.sequence());
        put(at + FrameBeginDescriptor.INCARNATION_OFFSET, fields.incarnation());
        put(at + FrameBeginDescriptor.DURABLE_POSITION_OFFSET, fields.durablePosition());
        put(at + FrameBeginDescriptor.LENGTH_OFFSET, fields.length());
        put(at + FrameBeginDescriptor.RECORD_COUNT_OFFSET, recordCount);
        staging.set(
                ValueLayout.JAVA_BYTE,
                at + FrameBeginDescriptor.TYPE_OFFSET,
                (byte) FrameBeginDescriptor.TYPE_BATCH);
        put(at + FrameBeginDescriptor.CRC_OFFSET, crcOfBegin(at));
    }

    /** With its own field as zero, as {@link #reserve} left it. */
    private int crcOfBegin(int at) {
        beginChecksum.reset();
        beginChecksum.update(stagingView.limit(at + FrameBeginDescriptor.LENGTH).position(at));
        return (int) beginChecksum.getValue();
    }

    private int writeCommit(FrameFields fields) {
        int at = reserve(FrameCommitDescriptor.LENGTH);
        put(at + FrameCommitDescriptor.MAGIC_OFFSET, FrameCommitDescriptor.MAGIC);
        put(at + FrameCommitDescriptor.SEQUENCE_OFFSET, fields.sequence());
        put(at + FrameCommitDescriptor.INCARNATION_OFFSET, fields.incarnation());
        put(at + FrameCommitDescriptor.PREVIOUS_FRAME_CRC_OFFSET, fields.previousFrameCrc());
        sumUpTo(at + FrameCommitDescriptor.LENGTH); // its own field still zero
        int crc = (int) checksum.getValue();
        put(at + FrameCommitDescriptor.FRAME_CRC_OFFSET, crc);
        return crc;
    }

    /**
     * Writes what is staged, and zeros behind it if it passes what the file holds: up to a multiple
     * of {@link #FILL_BYTES}, and not past {@code fillLimit}. A long write fills nothing: its force
     * has much to do anyway.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread
    void flush(long fillLimit) {
        if (used == 0) {
            return;
        }
        long end = stagingOffset + used;
        long length = used;
        if (end > fileEnd) {
            long filled = Math.min((end + FILL_BYTES) & -FILL_BYTES, fillLimit);
            if (filled > end && used <= FILL_BYTES / 4) {
                staging.asSlice(used, filled - end).fill((byte) 0);
                length = filled - stagingOffset;
            }
            fileEnd = stagingOffset + length;
        }
        Objects.requireNonNull(file).write(staging.asSlice(0, length), stagingOffset);
        writtenBytes += length;
        stagingOffset = end;
        used = 0;
        summed = 0;
    }

    /** Bytes that {@link #flush} would write: the disk does not know of them yet. */
    long stagedBytes() {
        return used;
    }

    /** Bytes written to files, zeros included. */
    long writtenBytes() {
        return writtenBytes;
    }

    /** Native memory held. */
    long memoryBytes() {
        return memoryBytes;
    }

    /** Forgets what is staged, after a failure. */
    void discard() {
        used = 0;
        summed = 0;
    }

    private void put(int at, int value) {
        staging.set(LittleEndian.INT, at, value);
    }

    private void put(int at, long value) {
        staging.set(LittleEndian.LONG, at, value);
    }

    /** Room for {@code length} zeroed bytes that must lie together. */
    private int reserve(int length) {
        if (STAGING_BYTES - used < length) {
            spill();
        }
        int at = used;
        MemorySegment.copy(ZEROS, 0, staging, at, length);
        used += length;
        return at;
    }

    private void pad(long length) {
        if (length > 0) {
            reserve((int) length);
        }
    }

    private void append(MemorySegment source, long from, long length) {
        long copied = 0;
        while (copied < length) {
            if (used == STAGING_BYTES) {
                spill();
            }
            long part = Math.min(length - copied, STAGING_BYTES - used);
            MemorySegment.copy(source, from + copied, staging, used, part);
            used += (int) part;
            copied += part;
        }
    }

    /** Writes the staging buffer in the middle of a frame. */
    private void spill() {
        sumUpTo(used);
        flush(0);
    }

    private void sumUpTo(int end) {
        checksum.update(stagingView.limit(end).position(summed));
        summed = end;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            memoryBytes = 0;
        }
    }

    /** What BEGIN and COMMIT say of a frame besides its records. */
    record FrameFields(
            long position,
            long sequence,
            long incarnation,
            long durablePosition,
            long length,
            int previousFrameCrc) {}
}
