package dev.varve.logstore;

import dev.varve.logstore.io.CorruptionException;
import java.util.function.Consumer;

/**
 * Reads the records of committed frames in the order of their commits, for whoever keeps something
 * beside the log that is built from it. Checks every frame again. One use, one thread.
 */
final class LogReplay {

    private final Environment environment;
    private final long from;
    private final long to;
    private final Consumer<LogRecord> visitor;
    private final LogRecord shown = new LogRecord(new RecordView());

    /**
     * @param from records below this position are left out
     * @param to where a frame ends; nothing behind it is looked at
     */
    LogReplay(Environment environment, long from, long to, Consumer<LogRecord> visitor) {
        this.environment = environment;
        this.from = from;
        this.to = to;
        this.visitor = visitor;
    }

    void run(IndexView view) {
        for (Segment segment : view.segments()) {
            long base = segment.basePosition();
            boolean before = segment.isSealed() && segment.nextBasePosition() <= from;
            long end = before || base >= to ? base : Math.min(base + segment.framesEnd(), to);
            if (from < end && base < end) {
                replay(segment, end - base);
            }
        }
    }

    private void replay(Segment segment, long end) {
        String file = segment.name();
        SegmentHeader header = SegmentHeader.read(segment.file());
        if (header == null) {
            throw new CorruptionException("the segment's header is damaged", file, 0, null);
        }
        // From the segment's begin, because the chain of frames is checked from there on.
        try (FrameScanner.Memory memory = new FrameScanner.Memory(environment.memory())) {
            FrameScanner scanner =
                    new FrameScanner(
                            segment.file(),
                            FrameScanner.Start.of(header),
                            end,
                            environment.frameChecksums().get(),
                            memory);
            while (scanner.next()) {
                if (segment.basePosition() + scanner.offset() > from) {
                    scanner.forEachRecord(record -> hand(segment, record));
                }
            }
            if (scanner.offset() != end) {
                throw new CorruptionException(scanner.reason(), file, scanner.offset(), null);
            }
        }
    }

    private void hand(Segment segment, RecordView record) {
        if (segment.basePosition() + record.offset() >= from) {
            visitor.accept(shown.of(record, segment));
        }
    }
}
