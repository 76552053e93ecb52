package dev.varve.logstore;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.io.StorageException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log from its first frame to a given position and compares it with its checksums and with
 * the index, both ways: every record is found by way of the index, each by an entry of its own; and
 * no part of the index has more entries than it covers records. One use, one thread; finds problems
 * rather than throwing.
 */
final class Verifier {

    private static final int MAX_PROBLEMS = 100;

    private final IndexView view;
    private final Manifest.StoreId storeId;
    private final Environment environment;
    private final TableRegistry registry;
    private final IdHash idHash;
    private final Set<String> problems = new LinkedHashSet<>();
    private final Map<Object, Covered> covered = new HashMap<>();
    private Consumer<AutoCloseable> damage = part -> {};
    private Runnable checkOpen = () -> {};
    private final FrameScanner.Memory memory;
    private long limit;
    private long frames;
    private long records;
    private long bytes;
    private long lastSequence;
    private int lastFrameCrc;

    Verifier(
            IndexView view,
            Manifest.StoreId storeId,
            Environment environment,
            TableRegistry registry,
            IdHash idHash) {
        this.view = view;
        this.storeId = storeId;
        this.environment = environment;
        this.memory = new FrameScanner.Memory(environment.memory());
        this.registry = registry;
        this.idHash = idHash;
    }

    /** What the log has of the records that a part of the index covers. */
    private static final class Covered {
        private long records;
        private long deletions;
    }

    /** Lets somebody know of parts of the index that are damaged. */
    Verifier tellingOfDamage(Consumer<AutoCloseable> listener) {
        damage = listener;
        return this;
    }

    /** Calls {@code check} between segments and parts: what it throws ends the verification. */
    Verifier checking(Runnable check) {
        checkOpen = check;
        return this;
    }

    /**
     * @param newLimit everything below is visible, and in the view
     */
    VerifyReport run(long newLimit) {
        limit = newLimit;
        try (memory) {
            verifySegments();
        }
        view.keys().forEach(this::checkPart);
        view.heights().forEach(this::checkPart);
        return new VerifyReport(
                view.segmentCount(), frames, records, bytes, problems.stream().toList());
    }

    private void verifySegments() {
        for (Segment segment : view.segments()) {
            checkOpen.run();
            if (segment.basePosition() < limit && problems.size() < MAX_PROBLEMS) {
                try {
                    verify(segment);
                } catch (StorageException e) {
                    problem(e.getMessage());
                }
            }
        }
    }

    private void verify(Segment segment) {
        String file = segment.name();
        SegmentHeader header = SegmentHeader.read(segment.file());
        if (header == null || !isHeaderOf(segment, header)) {
            problem("the segment's header is damaged (file " + file + ", offset 0)");
            return;
        }
        boolean sealed = segment.isSealed(); // asked once, for commits go on
        SegmentFooter footer =
                sealed ? SegmentFooter.read(segment.file(), segment.basePosition()) : null;
        if (sealed && footer == null) {
            problem("the segment's footer is damaged (file " + file + ")");
        }
        long framesEnd =
                footer != null
                        ? footer.framesEnd()
                        : sealed ? segment.length() : segment.framesEnd();
        long end = Math.min(framesEnd, limit - segment.basePosition());
        scan(segment, header, end);
        // That of a segment sealed meanwhile may tell of frames behind the limit.
        if (footer != null && end == framesEnd && !isFooterOf(footer)) {
            problem("the footer is of other frames (file " + file + ")");
        }
    }

    private boolean isFooterOf(SegmentFooter footer) {
        return footer.lastSequence() == lastSequence && footer.lastFrameCrc() == lastFrameCrc;
    }

    private boolean isHeaderOf(Segment segment, SegmentHeader header) {
        return header.storeId().equals(storeId)
                && header.basePosition() == segment.basePosition()
                && header.firstSequence() == lastSequence + 1
                && header.previousFrameCrc() == lastFrameCrc;
    }

    private void scan(Segment segment, SegmentHeader header, long end) {
        FrameScanner scanner =
                new FrameScanner(
                        segment.file(),
                        FrameScanner.Start.of(header),
                        end,
                        environment.frameChecksums().get(),
                        memory);
        while (scanner.next()) {
            frames++;
            scanner.forEachRecord(record -> check(segment, record));
        }
        lastSequence = scanner.sequence();
        lastFrameCrc = scanner.frameCrc();
        bytes += scanner.offset();
        if (scanner.offset() != end) {
            problem(
                    scanner.reason() + " (file " + segment.name() + ", offset " + scanner.offset()
                            + ", frames should end at " + end + ")");
        }
    }

    private void check(Segment segment, RecordView record) {
        records++;
        long position = segment.basePosition() + record.offset();
        try {
            record.checkCrc(segment.name());
            AutoCloseable part = partOf(record, position);
            if (part == null || find(part, record, position) != position) {
                problem(
                        "the index does not lead to a record (file " + segment.name()
                                + ", offset " + record.offset() + ")");
                if (part != null) {
                    damage.accept(part);
                }
            }
        } catch (StorageException e) {
            problem(e.getMessage());
        }
    }

    private @Nullable AutoCloseable partOf(RecordView record, long position) {
        return isByHeight(record) ? heightsAt(position) : view.keysAt(position);
    }

    private boolean isByHeight(RecordView record) {
        return registry.order(record.table()) == TableSpec.Order.HEIGHT;
    }

    /** Where the part finds the newest record of that key that is not behind this one. */
    private long find(Object part, RecordView record, long position) {
        count(part, record);
        return isByHeight(record)
                ? ((HeightPart) part).findBelow(record.table(), record.height(), position + 1)
                : ((KeyPart) part).findBelow(KeyHash.of(idHash, record), position + 1);
    }

    private @Nullable HeightPart heightsAt(long position) {
        for (int i = view.heightPartCount() - 1; i >= 0; i--) {
            HeightPart part = view.heights(i);
            if (part.start() <= position) {
                return position < part.end() ? part : null;
            }
        }
        return null;
    }

    /** A part in memory has entries of both kinds: by key, and by height. */
    private void count(Object part, RecordView record) {
        Covered count = covered.computeIfAbsent(part, key -> new Covered());
        count.records++;
        if (record.isDelete()) {
            count.deletions++;
        }
    }

    /** Each record has an entry; if there are no more of these than of those, each has a record. */
    private void checkPart(Object part) {
        checkOpen.run();
        Covered found = covered.getOrDefault(part, new Covered());
        switch (part) {
            case HotPart hot -> {
                boolean ignored = checkCount(hot, hot.countBelow(limit), found.records);
            }
            case RunPart run -> checkRun(run, found);
            case HeightsPart file -> checkHeights(file, found);
            default -> throw new AssertionError("an unknown part: " + part);
        }
    }

    private void checkRun(RunPart part, Covered found) {
        try {
            part.run().verify();
            if (!checkCount(part.fileName(), part.run().entries(), found.records)) {
                damage.accept(part);
            }
            if (part.run().tombstones() != found.deletions) {
                problem(
                        part.run().tombstones() + " deletions in the index, " + found.deletions
                                + " in the log (file " + part.fileName() + ")");
            }
        } catch (StorageException e) {
            problem(e.getMessage());
            if (!Maintenance.tellsNothing(e)) {
                damage.accept(part);
            }
        }
    }

    private void checkHeights(HeightsPart part, Covered found) {
        try {
            part.file().verify();
            if (!checkCount(part.fileName(), part.file().count(), found.records)) {
                damage.accept(part);
            }
        } catch (StorageException e) {
            problem(e.getMessage());
            if (!Maintenance.tellsNothing(e)) {
                damage.accept(part);
            }
        }
    }

    private boolean checkCount(Object where, long entries, long inLog) {
        if (entries != inLog) {
            problem(
                    entries + " entries of the index for " + inLog + " records of the log ("
                            + where + ")");
        }
        return entries == inLog;
    }

    private void problem(String what) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(what);
        }
    }
}
