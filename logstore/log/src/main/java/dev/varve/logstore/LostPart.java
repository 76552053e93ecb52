package dev.varve.logstore;

import static java.util.stream.Collectors.toCollection;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Reads a part of a segment again whose file of the index is missing or damaged, into a part in
 * memory that takes its place. Confined to one thread; nothing to close.
 */
final class LostPart {

    private final Environment environment;
    private final TableRegistry registry;
    private final IdHash idHash;

    LostPart(Environment environment, TableRegistry registry, IdHash idHash) {
        this.environment = environment;
        this.registry = registry;
        this.idHash = idHash;
    }

    /** The parts of a range that are each in one segment. */
    static List<RunRange> pieces(List<Segment> segments, RunRange range) {
        return pieces(
                segments.stream().map(Segment::basePosition).collect(toCollection(TreeSet::new)),
                range);
    }

    /** As {@link #pieces(List, RunRange)}, of segments that begin there. */
    static List<RunRange> pieces(NavigableSet<Long> bases, RunRange range) {
        List<RunRange> pieces = new ArrayList<>();
        long from = range.start();
        for (long base : bases.subSet(range.start(), false, range.end(), false)) {
            pieces.add(new RunRange(from, base));
            from = base;
        }
        pieces.add(new RunRange(from, range.end()));
        return pieces;
    }

    /**
     * Reads a range, which is in one segment, whole frames of it, and not behind the index's end.
     *
     * @param segments all, oldest first
     * @param order of the tables whose records are wanted
     * @throws CorruptionException if the log is damaged in or before the range
     */
    HotPart read(List<Segment> segments, RunRange range, TableSpec.Order order) {
        Segment segment = segmentOf(segments, range);
        HotPart part = new HotPart(segment, range.start());
        boolean whole = false;
        try {
            read(part, range, order);
            part.finish(range.end(), 0, 0);
            whole = true;
            return part;
        } finally {
            if (!whole) {
                part.close();
            }
        }
    }

    private static Segment segmentOf(List<Segment> segments, RunRange range) {
        for (int i = segments.size() - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (segment.basePosition() <= range.start()) {
                return segment;
            }
        }
        throw new CorruptionException(
                "a segment is missing: there is none for position " + range.start(),
                Segment.fileName(range.start()),
                0,
                null);
    }

    private void read(HotPart part, RunRange range, TableSpec.Order order) {
        Segment segment = part.segment();
        SegmentHeader header = SegmentHeader.read(segment.file());
        if (header == null) {
            throw new CorruptionException(
                    "the segment's header is damaged", segment.name(), 0, null);
        }
        long base = segment.basePosition();
        long end = range.end() - base;
        boolean sealed = segment.isSealed() && range.end() == segment.nextBasePosition();
        SegmentFooter footer = sealed ? SegmentFooter.read(segment.file(), base) : null;
        long framesEnd = footer == null ? end : footer.framesEnd();
        try (FrameScanner.Memory memory = new FrameScanner.Memory(environment.memory())) {
            FrameScanner scanner =
                    new FrameScanner(
                            segment.file(),
                            FrameScanner.Start.of(header),
                            framesEnd,
                            environment.frameChecksums().get(),
                            memory);
            part.load();
            while (scanner.offset() < framesEnd && scanner.next()) {
                if (base + scanner.frameOffset() >= range.start()) {
                    scanner.forEachRecord(record -> take(part, record, order));
                }
            }
            part.loaded();
            if (scanner.offset() != framesEnd) {
                throw new CorruptionException(
                        "acknowledged bytes are damaged: " + scanner.reason(),
                        segment.name(),
                        scanner.offset(),
                        null);
            }
        }
    }

    private void take(HotPart part, RecordView record, TableSpec.Order order) {
        registry.check(record, part.segment().name());
        if (registry.order(record.table()) == order) {
            part.index(record, KeyHash.of(idHash, record), order);
        }
    }
}
