package dev.varve.logstore;

import static java.util.stream.Collectors.toCollection;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens the runs that a manifest names when a store is opened, and finds the heights files, which
 * are opened when they are needed. A file that is missing, and a run that is damaged, is no loss:
 * {@link Recovery} reads its part of the log again. One use, one thread; what it opened is for its
 * maker to close, whether it throws or not.
 */
final class IndexRecovery {

    private final IndexDirectory files;
    private final IndexedLog indexed;
    private final Set<String> names;
    private final NavigableSet<Long> bases;
    private final Function<RunRange, HotPart> log;
    private final Consumer<String> notes;
    private final List<KeyPart> keys = new ArrayList<>();
    private final List<HeightPart> heights = new ArrayList<>();
    private final List<RunRange> lostKeys = new ArrayList<>();
    private final List<RunRange> lostHeights = new ArrayList<>();

    /**
     * @param names of all files of the store
     * @param log reads a part of one segment again, by height, when all segments are known
     * @param notes takes one sentence for each file that is lost
     */
    IndexRecovery(
            IndexDirectory files,
            IndexedLog indexed,
            List<String> names,
            Function<RunRange, HotPart> log,
            Consumer<String> notes) {
        this.files = files;
        this.indexed = indexed;
        this.names = new HashSet<>(names);
        this.bases =
                names.stream()
                        .map(Segment::basePosition)
                        .filter(base -> base >= 0)
                        .collect(toCollection(TreeSet::new));
        this.log = log;
        this.notes = notes;
    }

    /**
     * Opens all files.
     *
     * @throws CorruptionException if a run tells of a segment that is not there
     */
    void open() {
        for (RunRange range : indexed.runs()) {
            RunPart part = openOrLose(range);
            if (part == null) {
                lostKeys.addAll(LostPart.pieces(bases, range));
            } else {
                keys.add(part);
                checkSegments(range, part.run().segmentBases());
            }
        }
        for (RunRange range : indexed.heights()) {
            if (names.contains(range.heightsName())) {
                heights.add(new HeightsPart(range, files::openHeights, log, files::heightsLength));
            } else {
                lost(range, "there is no file " + range.heightsName());
                lostHeights.addAll(LostPart.pieces(bases, range));
            }
        }
    }

    /** The run, or null if there is none or it is damaged; a disk that fails is told. */
    private @Nullable RunPart openOrLose(RunRange range) {
        String name = range.runName();
        if (!names.contains(name)) {
            lost(range, "there is no file " + name);
            return null;
        }
        try {
            return files.openRun(range);
        } catch (CorruptionException | FormatVersionException e) {
            lost(range, e.getMessage());
            return null;
        }
    }

    private void lost(RunRange range, String why) {
        notes.accept(
                "The index of positions " + range.start() + " to " + range.end()
                        + " is lost and was read from the log again: " + why);
    }

    /** The segments in which the range is are those that the run knows. */
    private void checkSegments(RunRange range, long[] known) {
        Long first = bases.floor(range.start());
        List<Long> found = new ArrayList<>();
        if (first != null) {
            found.add(first);
        }
        found.addAll(bases.subSet(range.start(), false, range.end(), false));
        List<Long> expected = Arrays.stream(known).boxed().toList();
        if (!found.equals(expected)) {
            List<Long> missing = new ArrayList<>(expected);
            missing.removeAll(found);
            throw new CorruptionException(
                    missing.isEmpty()
                            ? "segments " + found + ", of which the index knows only " + expected
                            : "a segment is missing, or one in front of it",
                    Segment.fileName(missing.isEmpty() ? found.getLast() : missing.getFirst()),
                    0,
                    null);
        }
    }

    /** Parts of the index that were opened; {@link Recovery} adds what it builds again. */
    List<KeyPart> keys() {
        return keys;
    }

    /** As {@link #keys()}. */
    List<HeightPart> heights() {
        return heights;
    }

    /** Parts of single segments whose records by key no file covers. */
    List<RunRange> lostKeys() {
        return lostKeys;
    }

    /** Parts of single segments whose records by height no file covers. */
    List<RunRange> lostHeights() {
        return lostHeights;
    }
}
