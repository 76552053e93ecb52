package dev.varve.logstore;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.StorageException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Reads a log from its first frame to a given position and compares it with its checksums and with
 * the indexes, both ways. One use, one thread; finds problems rather than throwing.
 */
final class Verifier {

    private static final int MAX_PROBLEMS = 100;

    private final Segment[] segments;
    private final Environment environment;
    private final TableRegistry registry;
    private final IdHash idHash;
    private final List<String> problems = new ArrayList<>();
    private long frames;
    private long records;
    private long bytes;

    Verifier(
            Segment[] segments, Environment environment, TableRegistry registry, IdHash idHash) {
        this.segments = segments;
        this.environment = environment;
        this.registry = registry;
        this.idHash = idHash;
    }

    VerifyReport run(long limit) {
        for (Segment segment : segments) {
            if (segment.basePosition() < limit && problems.size() < MAX_PROBLEMS) {
                try {
                    verify(segment, Math.min(segment.framesEnd(), limit - segment.basePosition()));
                } catch (StorageException e) {
                    problem(e.getMessage());
                }
            }
        }
        return new VerifyReport(segments.length, frames, records, bytes, List.copyOf(problems));
    }

    private void verify(Segment segment, long end) {
        String file = segment.file().name();
        SegmentHeader header = SegmentHeader.read(segment.file());
        if (header == null) {
            problem("the segment's header is damaged (file " + file + ", offset 0)");
            return;
        }
        if (segment.isSealed()
                && SegmentFooter.read(segment.file(), segment.basePosition()) == null) {
            problem("the segment's footer is damaged (file " + file + ")");
        }
        // Offsets are multiples of 16: one bit for each place where a record can start.
        BitSet starts = new BitSet((int) (end >>> 4));
        try (FrameScanner scanner =
                new FrameScanner(
                        segment.file(), header, end, environment.frameChecksums().get())) {
            while (scanner.next()) {
                frames++;
                scanner.forEachRecord(record -> check(segment, record, starts));
            }
            bytes += scanner.offset();
            if (scanner.offset() != end) {
                problem(
                        scanner.reason() + " (file " + file + ", offset " + scanner.offset()
                                + ", frames should end at " + end + ")");
            }
        }
        checkIndex(segment, starts, end);
    }

    private void check(Segment segment, RecordView record, BitSet starts) {
        records++;
        starts.set((int) (record.offset() >>> 4));
        try {
            record.checkCrc(segment.file().name());
        } catch (StorageException e) {
            problem(e.getMessage());
        }
        long offset = record.offset();
        long found;
        if (registry.order(record.table()) == TableSpec.Order.HEIGHT) {
            HeightIndex index = segment.heightIndex(record.table());
            found = index == null ? -1 : index.findBelow(record.height(), offset + 1);
        } else {
            found = segment.hotIndex().findBelow(KeyHash.of(idHash, record), offset + 1);
        }
        if (found != offset) {
            problem(
                    "the index does not lead to a record (file " + segment.file().name()
                            + ", offset " + offset + ")");
        }
    }

    /** Every index entry leads to the start of a record, and each to another one. */
    private void checkIndex(Segment segment, BitSet starts, long end) {
        segment.forEachIndexedOffset(
                offset -> {
                    int unit = (int) (offset >>> 4);
                    if (offset >= SegmentHeaderDescriptor.FRAMES_OFFSET
                            && offset < end
                            && !starts.get(unit)) {
                        problem(
                                "an index entry leads to no record, or to one that another leads"
                                        + " to (file " + segment.file().name() + ", offset "
                                        + offset + ")");
                    }
                    starts.clear(unit);
                });
    }

    private void problem(String what) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(what);
        }
    }
}
