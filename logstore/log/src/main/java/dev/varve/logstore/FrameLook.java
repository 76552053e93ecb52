package dev.varve.logstore;

import dev.varve.logstore.Inspection.Frame;
import dev.varve.logstore.Inspection.FrameChain;
import dev.varve.logstore.Inspection.Problem;
import dev.varve.logstore.format.FrameBeginDescriptor;
import dev.varve.logstore.format.RecordDescriptor;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.CountedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the frames of one segment for an {@link Inspector}, and goes on behind damage. For one
 * thread; closed by whoever made it.
 */
final class FrameLook implements AutoCloseable {

    private final Segment segment;
    private final StorageFile file;
    private final long durable;
    private final @Nullable SegmentFooter footer;
    private final long limit;
    private final FrameScanner.Memory memory = new FrameScanner.Memory(new CountedMemory());
    private FrameScanner scanner;

    /** Of the first frame behind damage nobody knows whether it follows the one in front. */
    private FrameChain chain = FrameChain.WHOLE;

    /**
     * @param durable position below which everything must be whole
     */
    FrameLook(Storage storage, long base, long durable) {
        this.durable = durable;
        file = storage.open(Segment.fileName(base), Storage.Access.READ);
        segment = new Segment(base, storage, file, SegmentHeaderDescriptor.FRAMES_OFFSET);
        footer = SegmentFooter.read(file, base);
        limit =
                footer == null
                        ? Math.min(file.length(), LogOptions.MAX_SEGMENT_BYTES)
                        : footer.framesEnd();
        SegmentHeader header = SegmentHeader.read(file);
        FrameScanner.Start first =
                header == null
                        ? new FrameScanner.Start(
                                base, SegmentHeaderDescriptor.FRAMES_OFFSET, -1, 0)
                        : FrameScanner.Start.of(header);
        scanner = scannerAt(first);
    }

    private FrameScanner scannerAt(FrameScanner.Start start) {
        return new FrameScanner(file, start, limit, new CRC32C(), memory);
    }

    /** Where whole frames end, and the number of the last one. */
    record Tail(long offset, long sequence) {}

    /**
     * Goes to the end of the frames that follow each other.
     *
     * @param note takes a sentence if there is something behind them
     */
    Tail tail(Consumer<RecordView> records, Consumer<String> note) {
        while (scanner.next()) {
            scanner.forEachRecord(records);
        }
        long end = scanner.offset();
        long used = scanner.endOfBytesBehind(end);
        if (used > end) {
            note.accept(
                    (used - end) + " bytes behind the log's end at position "
                            + (segment.basePosition() + end)
                            + " are no whole frame: a commit that was cut short, or goes on.");
        }
        return new Tail(end, scanner.sequence());
    }

    /** Hands out all whole frames, and each place where one should be and is none. */
    void forEach(Consumer<Frame> frames, Consumer<Problem> problems) {
        do {
            while (scanner.next()) {
                frames.accept(frame());
                chain = FrameChain.WHOLE;
            }
        } while (passDamage(problems));
    }

    private Frame frame() {
        return new Frame(
                segment.basePosition() + scanner.frameOffset(),
                scanner.frameOffset(),
                scanner.sequence(),
                scanner.recordCount(),
                scanner.offset() - scanner.frameOffset(),
                scanner.durablePosition(),
                scanner.incarnation(),
                chain);
    }

    /** Goes to the next BEGIN, if there is one; whatever is not zero in front of it is damage. */
    private boolean passDamage(Consumer<Problem> problems) {
        long end = scanner.offset();
        String reason = scanner.reason();
        FrameScanner.Start next =
                end >= limit
                        ? null
                        : scanner.startBehind(end + FrameBeginDescriptor.ALIGNMENT);
        boolean acknowledged =
                footer == null ? segment.basePosition() + end < durable : end < limit;
        if (next != null || acknowledged) {
            String place = " (file " + file.name() + ", offset " + end + ")";
            problems.accept(new Problem(file.name(), end, reason + place));
        }
        if (next == null) {
            return false;
        }
        scanner = scannerAt(next);
        chain = FrameChain.BROKEN;
        return true;
    }

    /** The frame of a record, as {@link Inspector#record} says. */
    @Nullable Frame record(long position, Consumer<LogRecord> visitor) {
        long offset = position - segment.basePosition();
        do {
            while (scanner.next()) {
                if (offset < scanner.frameOffset()) {
                    return recordOutsideOfFrames(offset, visitor);
                }
                if (offset < scanner.offset()) {
                    return recordInFrame(offset, visitor);
                }
                chain = FrameChain.WHOLE;
            }
        } while (passDamage(problem -> {}));
        return recordOutsideOfFrames(offset, visitor);
    }

    private Frame recordInFrame(long offset, Consumer<LogRecord> visitor) {
        Frame frame = frame();
        long[] seen = {-1, -1}; // where the first record is, and the one that was looked for
        scanner.forEachRecord(
                record -> {
                    seen[0] = seen[0] < 0 ? record.offset() : seen[0];
                    if (record.offset() <= offset && offset < record.offset() + record.length()) {
                        seen[1] = record.offset();
                        visitor.accept(new LogRecord(record).of(record, segment));
                    }
                });
        if (seen[1] < 0) {
            throw new IllegalArgumentException(
                    "position " + (segment.basePosition() + offset) + " is in no record of frame "
                            + frame.sequence()
                            + (seen[0] < 0
                                    ? ", which has none"
                                    : ", whose first is at "
                                            + (segment.basePosition() + seen[0])));
        }
        return frame;
    }

    /** A record in a frame that is damaged may be whole. */
    private @Nullable Frame recordOutsideOfFrames(long offset, Consumer<LogRecord> visitor) {
        long available = Math.min(limit, file.length()) - offset;
        if (offset % RecordDescriptor.ALIGNMENT != 0 || available < RecordDescriptor.LENGTH) {
            throw new IllegalArgumentException(
                    "no whole frame holds position " + (segment.basePosition() + offset));
        }
        try (Arena arena = Arena.ofShared()) {
            RecordView view = new RecordView();
            view.wrap(read(arena, offset, RecordDescriptor.LENGTH), 0, offset);
            view.checkHeader(file.name(), available);
            view.wrap(read(arena, offset, view.contentLength()), 0, offset);
            view.checkCrc(file.name());
            visitor.accept(new LogRecord(view).of(view, segment));
            return null;
        } catch (StorageException e) {
            throw new CorruptionException(
                    "no whole frame holds that position, nor does a whole record begin there",
                    file.name(),
                    offset,
                    e);
        }
    }

    private MemorySegment read(Arena arena, long offset, long length) {
        MemorySegment bytes = arena.allocate(length, RecordDescriptor.ALIGNMENT);
        file.read(bytes, offset);
        return bytes;
    }

    @Override
    public void close() {
        memory.close();
        segment.close();
    }
}
