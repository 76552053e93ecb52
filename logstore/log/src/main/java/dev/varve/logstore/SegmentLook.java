package dev.varve.logstore;

import dev.varve.logstore.Inspection.Problem;
import dev.varve.logstore.Inspection.SegmentFacts;
import dev.varve.logstore.Inspection.SegmentState;
import dev.varve.logstore.Inspection.TableRange;
import dev.varve.logstore.format.SegmentFooterDescriptor;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the segments of a store for an {@link Inspector}: at headers and footers, and how they
 * follow each other; at the frames of the last one if that is not sealed. For one thread; nothing
 * stays open.
 */
final class SegmentLook {

    private final Storage storage;
    private final @Nullable Manifest manifest;
    private final List<String> notes;
    private final List<Problem> problems;
    private final List<SegmentFacts> facts = new ArrayList<>();

    /** What the segment in front tells of the next one; null if nobody knows. */
    private @Nullable Link last = new Link(0, 0, 0);

    SegmentLook(
            Storage storage,
            @Nullable Manifest manifest,
            List<String> notes,
            List<Problem> problems) {
        this.storage = storage;
        this.manifest = manifest;
        this.notes = notes;
        this.problems = problems;
    }

    /** Where a segment ends, and its last frame. */
    private record Link(long nextBase, long sequence, int frameCrc) {}

    List<SegmentFacts> facts() {
        return List.copyOf(facts);
    }

    void look(List<String> files) {
        for (int i = 0; i < files.size(); i++) {
            String name = files.get(i);
            try (StorageFile file = storage.open(name, Storage.Access.READ)) {
                look(file, Segment.basePosition(name), i == files.size() - 1);
            } catch (FormatVersionException e) {
                throw e;
            } catch (StorageException e) {
                problems.add(Inspector.problem(e));
                last = null;
            }
        }
        checkEnd();
    }

    /** What was durable must be there. */
    private void checkEnd() {
        SegmentFacts tail = facts.isEmpty() ? null : facts.getLast();
        if (manifest == null || tail != null && tail.state() == SegmentState.DAMAGED) {
            return;
        }
        long end =
                tail == null
                        ? 0
                        : tail.base()
                                + (tail.state() == SegmentState.SEALED
                                        ? tail.length()
                                        : tail.framesEnd());
        if (end < manifest.durablePosition()) {
            problem(
                    tail == null ? Manifest.FILE : tail.file(),
                    tail == null ? 0 : tail.framesEnd(),
                    "the log ends at position " + end + ", but was durable up to "
                            + manifest.durablePosition());
        }
    }

    private void look(StorageFile file, long base, boolean newest) {
        String name = file.name();
        SegmentHeader header = SegmentHeader.read(file);
        if (header == null) {
            withoutHeader(file, base, newest);
            return;
        }
        checkHeader(header, name, base);
        SegmentFooter footer = SegmentFooter.read(file, base);
        if (footer != null) {
            sealed(file, header, footer);
        } else if (newest) {
            open(file, header);
        } else {
            problem(
                    name,
                    Math.max(0, file.length() - SegmentFooterDescriptor.LENGTH),
                    "the segment's footer is damaged");
            last = new Link(base + file.length(), -1, 0);
            add(file, base, SegmentState.DAMAGED, header.firstSequence());
        }
    }

    private void add(StorageFile file, long base, SegmentState state, long firstSequence) {
        facts.add(
                new SegmentFacts(
                        file.name(),
                        base,
                        file.length(),
                        state,
                        firstSequence,
                        firstSequence - 1,
                        SegmentHeaderDescriptor.FRAMES_OFFSET,
                        List.of()));
    }

    /** Damage, unless the process died, or is, while it creates the segment. */
    private void withoutHeader(StorageFile file, long base, boolean newest) {
        boolean durable = manifest == null || manifest.durablePosition() > base;
        if (newest && !durable && file.length() <= SegmentHeaderDescriptor.FRAMES_OFFSET) {
            notes.add("The creation of segment " + file.name() + " was cut short, or goes on.");
        } else {
            problem(file.name(), 0, "the segment's header is damaged");
        }
        add(file, base, SegmentState.DAMAGED, 0);
        last = new Link(base + file.length(), -1, 0);
    }

    private void checkHeader(SegmentHeader header, String name, long base) {
        if (manifest != null && !header.storeId().equals(manifest.storeId())) {
            problem(
                    name,
                    SegmentHeaderDescriptor.STORE_ID_HIGH_OFFSET,
                    "the segment belongs to store " + header.storeId());
        }
        Link before = last;
        if (before == null) {
            return;
        }
        if (header.basePosition() != base || base != before.nextBase()) {
            problem(
                    name,
                    SegmentHeaderDescriptor.BASE_POSITION_OFFSET,
                    "a segment is missing: the next one should start at position "
                            + before.nextBase());
        } else if (before.sequence() >= 0
                && (header.firstSequence() != before.sequence() + 1
                        || header.previousFrameCrc() != before.frameCrc())) {
            problem(
                    name,
                    SegmentHeaderDescriptor.FIRST_SEQUENCE_OFFSET,
                    "the segment begins with frame " + header.firstSequence()
                            + ", and does not follow frame " + before.sequence());
        }
    }

    private void sealed(StorageFile file, SegmentHeader header, SegmentFooter footer) {
        facts.add(
                new SegmentFacts(
                        file.name(),
                        footer.basePosition(),
                        file.length(),
                        SegmentState.SEALED,
                        header.firstSequence(),
                        footer.lastSequence(),
                        footer.framesEnd(),
                        footer.readTables(file)));
        last =
                new Link(
                        footer.basePosition() + file.length(),
                        footer.lastSequence(),
                        footer.lastFrameCrc());
    }

    /** The last segment: its frames tell what a footer would. */
    private void open(StorageFile file, SegmentHeader header) {
        long base = header.basePosition();
        long durable = manifest == null ? 0 : manifest.durablePosition();
        TableCounts counts = new TableCounts();
        FrameLook.Tail tail;
        try (FrameLook look = new FrameLook(storage, base, durable)) {
            tail =
                    look.tail(
                            record ->
                                    counts.add(record.table(), record.height(), record.length()),
                            notes::add);
        }
        facts.add(
                new SegmentFacts(
                        file.name(),
                        base,
                        file.length(),
                        SegmentState.OPEN,
                        header.firstSequence(),
                        tail.sequence(),
                        tail.offset(),
                        ranges(counts)));
    }

    private static List<TableRange> ranges(TableCounts counts) {
        List<TableRange> ranges = new ArrayList<>();
        counts.byTable()
                .forEach(
                        (table, c) ->
                                ranges.add(
                                        new TableRange(
                                                table,
                                                c.records(),
                                                c.bytes(),
                                                c.minHeight(),
                                                c.maxHeight())));
        return List.copyOf(ranges);
    }

    private void problem(String file, long offset, String what) {
        String place = " (file " + file + ", offset " + offset + ")";
        problems.add(new Problem(file, offset, what + place));
    }
}
