package dev.varve.logstore;

import static dev.varve.logstore.format.FrameBeginDescriptor.ALIGNMENT;
import static dev.varve.logstore.format.FrameBeginDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.DURABLE_POSITION_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.FLAGS_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.INCARNATION_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.LENGTH;
import static dev.varve.logstore.format.FrameBeginDescriptor.LENGTH_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.MAGIC;
import static dev.varve.logstore.format.FrameBeginDescriptor.MAGIC_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.POSITION_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.RECORD_COUNT_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.SEQUENCE_OFFSET;
import static dev.varve.logstore.format.FrameBeginDescriptor.TYPE_BATCH;
import static dev.varve.logstore.format.FrameBeginDescriptor.TYPE_OFFSET;

import dev.varve.logstore.format.FrameCommitDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.RecordDescriptor;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.CountedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the frames of one segment file and checks each: for recovery and for verification.
 * Reads ahead in one buffer, which grows to the longest frame. Confined to one thread.
 */
final class FrameScanner {

    private static final int READ_AHEAD_BYTES = 1 << 20;

    private final StorageFile file;
    private final long basePosition;
    private final long limit;
    private final Checksum checksum;
    private final RecordView view = new RecordView();
    private final Memory memory;
    private MemorySegment window;
    private long windowOffset;
    private long windowLength;

    private long offset;
    private long sequence;
    private int frameCrc;
    private long frameOffset;
    private long frameLength;
    private long durablePosition;
    private long recordCount;
    private long incarnation;
    private String reason = "";

    /**
     * @param limit where in the file frames end at the latest
     * @param memory used by this scanner alone until it is done
     */
    FrameScanner(StorageFile file, Start start, long limit, Checksum checksum, Memory memory) {
        this.file = file;
        this.basePosition = start.basePosition();
        this.limit = limit;
        this.memory = memory;
        this.window = memory.atLeast(Math.max(1, Math.min(READ_AHEAD_BYTES, limit)));
        this.checksum = checksum;
        this.offset = start.offset();
        this.sequence = start.sequence();
        this.frameCrc = start.frameCrc();
    }

    /**
     * Where to start in a segment.
     *
     * @param offset of the first frame to look at
     * @param sequence of the frame before it
     * @param frameCrc of the frame before it
     */
    record Start(long basePosition, long offset, long sequence, int frameCrc) {

        /** At the first frame of the segment. */
        static Start of(SegmentHeader header) {
            return new Start(
                    header.basePosition(),
                    SegmentHeaderDescriptor.FRAMES_OFFSET,
                    header.firstSequence() - 1,
                    header.previousFrameCrc());
        }
    }

    /** What scanners read into, one after the other. Closed by whoever made it. */
    static final class Memory implements AutoCloseable {
        private final CountedMemory counted;
        private Arena arena;
        private MemorySegment segment = MemorySegment.NULL;

        Memory(CountedMemory counted) {
            this.counted = counted;
            this.arena = counted.arena();
        }

        MemorySegment atLeast(long bytes) {
            if (segment.byteSize() < bytes) {
                arena.close();
                arena = counted.arena();
                segment = arena.allocate(bytes);
            }
            return segment;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /**
     * Goes to the next frame.
     *
     * @return whether there is a valid one; if not, {@link #reason()} says why and {@link
     *     #offset()}
     *     stays where it is
     */
    boolean next() {
        if (!load(offset, LENGTH)) {
            return stop("the file ends");
        }
        long at = offset - windowOffset;
        if (!isBegin(at, offset)) {
            return stop("no frame starts here");
        }
        long length = window.get(LittleEndian.LONG, at + LENGTH_OFFSET);
        if (length < LENGTH + FrameCommitDescriptor.LENGTH
                || length % ALIGNMENT != 0
                || length > Math.min(limit, LogOptions.MAX_SEGMENT_BYTES) - offset) {
            return stop("a frame of " + length + " bytes does not end where one may");
        }
        checkKnown(at);
        if (!load(offset, length)) {
            return stop("the file ends within a frame");
        }
        return checkFrame(offset - windowOffset, length);
    }

    private boolean checkFrame(long at, long length) {
        long commit = at + length - FrameCommitDescriptor.LENGTH;
        long frameSequence = window.get(LittleEndian.LONG, at + SEQUENCE_OFFSET);
        int previousCrc =
                window.get(
                        LittleEndian.INT, commit + FrameCommitDescriptor.PREVIOUS_FRAME_CRC_OFFSET);
        if (window.get(LittleEndian.INT, commit + FrameCommitDescriptor.MAGIC_OFFSET)
                        != FrameCommitDescriptor.MAGIC
                || window.get(LittleEndian.LONG, commit + FrameCommitDescriptor.SEQUENCE_OFFSET)
                        != frameSequence
                || window.get(LittleEndian.LONG, commit + FrameCommitDescriptor.INCARNATION_OFFSET)
                        != window.get(LittleEndian.LONG, at + INCARNATION_OFFSET)) {
            return stop("the frame has no COMMIT");
        }
        int crc = crcOfFrame(at, commit);
        if (crc
                != window.get(
                        LittleEndian.INT, commit + FrameCommitDescriptor.FRAME_CRC_OFFSET)) {
            return stop("frame checksum is wrong");
        }
        if (frameSequence != sequence + 1 || previousCrc != frameCrc) {
            return stop("frame " + frameSequence + " does not follow frame " + sequence);
        }
        frameOffset = offset;
        frameLength = length;
        sequence = frameSequence;
        frameCrc = crc;
        durablePosition = window.get(LittleEndian.LONG, at + DURABLE_POSITION_OFFSET);
        incarnation = window.get(LittleEndian.LONG, at + INCARNATION_OFFSET);
        recordCount =
                Integer.toUnsignedLong(window.get(LittleEndian.INT, at + RECORD_COUNT_OFFSET));
        offset += length;
        return true;
    }

    private int crcOfFrame(long at, long commit) {
        checksum.reset();
        checksum.update(window.asSlice(at, commit - at).asByteBuffer());
        Crc.update(
                checksum,
                window,
                commit,
                FrameCommitDescriptor.LENGTH,
                FrameCommitDescriptor.FRAME_CRC_OFFSET);
        return (int) checksum.getValue();
    }

    private boolean stop(String why) {
        reason = why;
        return false;
    }

    /** What is durable when a frame is written ends where the frame starts, or before. */
    private boolean isBegin(long at, long fileOffset) {
        long position = basePosition + fileOffset;
        return window.get(LittleEndian.INT, at + MAGIC_OFFSET) == MAGIC
                && window.get(LittleEndian.LONG, at + POSITION_OFFSET) == position
                && window.get(LittleEndian.LONG, at + DURABLE_POSITION_OFFSET) <= position
                && window.get(LittleEndian.INT, at + CRC_OFFSET)
                        == Crc.of(window, at, LENGTH, CRC_OFFSET);
    }

    private void checkKnown(long at) {
        byte type = window.get(ValueLayout.JAVA_BYTE, at + TYPE_OFFSET);
        byte flags = window.get(ValueLayout.JAVA_BYTE, at + FLAGS_OFFSET);
        if (type != TYPE_BATCH || flags != 0) {
            throw new FormatVersionException(
                    "a frame of type " + type + " with flags " + flags + " is of a later release",
                    file.name(),
                    offset,
                    null);
        }
    }

    /**
     * Hands each record of the frame to {@code visitor}, in order; the view is moved on afterwards.
     *
     * @throws CorruptionException if the records are not what a writer writes
     */
    void forEachRecord(Consumer<RecordView> visitor) {
        long end = frameOffset + frameLength - FrameCommitDescriptor.LENGTH;
        long at = frameOffset + LENGTH;
        long seen = 0;
        while (at < end) {
            view.wrap(window, at - windowOffset, at);
            if (view.isPadding()) {
                at = (at | RecordDescriptor.PAGE_LENGTH - 1) + 1;
                continue;
            }
            view.checkHeader(file.name(), end - at);
            visitor.accept(view);
            seen++;
            at += view.length();
        }
        if (seen != recordCount) {
            throw new CorruptionException(
                    "a frame of " + recordCount + " records holds " + seen,
                    file.name(),
                    frameOffset,
                    null);
        }
    }

    /**
     * The highest durable position that any BEGIN behind {@code from} names, or 0. A BEGIN that is
     * whole tells the truth even if its frame is torn or stale: what was durable then still is. But
     * what looks like one may be part of a value, so only those of given incarnations count.
     */
    long highestDurablePositionBehind(long from, LongPredicate incarnations) {
        long highest = 0;
        for (long at = from; load(at, LENGTH); at += ALIGNMENT) {
            if (isBegin(at - windowOffset, at)
                    && incarnations.test(
                            window.get(
                                    LittleEndian.LONG,
                                    at - windowOffset + INCARNATION_OFFSET))) {
                highest =
                        Math.max(
                                highest,
                                window.get(
                                        LittleEndian.LONG,
                                        at - windowOffset + DURABLE_POSITION_OFFSET));
            }
        }
        return highest;
    }

    /** Whether any BEGIN stands at or behind {@code from}, of a whole frame or not. */
    boolean hasBeginBehind(long from) {
        return startBehind(from) != null;
    }

    /**
     * Where to start to read the frame whose BEGIN is the first at or behind {@code from}, as if it
     * followed the one in front of it; null if there is none.
     */
    @Nullable Start startBehind(long from) {
        for (long at = from; load(at, LENGTH); at += ALIGNMENT) {
            if (isBegin(at - windowOffset, at)) {
                long begin = at - windowOffset;
                long sequenceThere = window.get(LittleEndian.LONG, begin + SEQUENCE_OFFSET);
                long length = window.get(LittleEndian.LONG, begin + LENGTH_OFFSET);
                return new Start(basePosition, at, sequenceThere - 1, previousCrc(at, length));
            }
        }
        return null;
    }

    /** What the COMMIT of a frame says of the one before it, if it is there. */
    private int previousCrc(long from, long length) {
        boolean possible =
                length >= LENGTH + FrameCommitDescriptor.LENGTH
                        && length <= LogOptions.MAX_SEGMENT_BYTES;
        long commit = from + length - FrameCommitDescriptor.LENGTH;
        if (!possible || !load(commit, FrameCommitDescriptor.LENGTH)) {
            return 0;
        }
        return window.get(
                LittleEndian.INT,
                commit - windowOffset + FrameCommitDescriptor.PREVIOUS_FRAME_CRC_OFFSET);
    }

    /**
     * Where the last byte that is not zero at or behind {@code from} ends; {@code from} if none.
     */
    long endOfBytesBehind(long from) {
        long end = from;
        for (long at = from; at < limit; at += READ_AHEAD_BYTES) {
            long length = Math.min(READ_AHEAD_BYTES, limit - at);
            if (!load(at, length)) {
                break;
            }
            for (long i = length - 1; i >= 0; i--) {
                if (window.get(ValueLayout.JAVA_BYTE, at - windowOffset + i) != 0) {
                    end = at + i + 1;
                    break;
                }
            }
        }
        return end;
    }

    /** Where the next frame would start. */
    long offset() {
        return offset;
    }

    /** Where the current frame starts. */
    long frameOffset() {
        return frameOffset;
    }

    long sequence() {
        return sequence;
    }

    /** How many records the current frame has. */
    long recordCount() {
        return recordCount;
    }

    /** Of the open that wrote the current frame. */
    long incarnation() {
        return incarnation;
    }

    int frameCrc() {
        return frameCrc;
    }

    long durablePosition() {
        return durablePosition;
    }

    String reason() {
        return reason;
    }

    /**
     * Brings {@code length} bytes from {@code from} into the window; false if the file is shorter.
     */
    private boolean load(long from, long length) {
        if (from + length > limit) {
            return false;
        }
        if (from >= windowOffset && from + length <= windowOffset + windowLength) {
            return true;
        }
        if (length > window.byteSize()) {
            window = memory.atLeast(length);
        }
        windowOffset = from;
        windowLength = 0; // a failed read leaves nothing behind that could be taken for the file's
        long wanted = Math.min(window.byteSize(), limit - from);
        windowLength = file.read(window.asSlice(0, wanted), from);
        return length <= windowLength;
    }
}
