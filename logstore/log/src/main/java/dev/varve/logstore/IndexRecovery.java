package dev.varve.logstore;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens the files of the index that a manifest names when a store is opened. One that is missing or
 * damaged is no loss: {@link Recovery} reads its part of the log again. One use, one thread; what
 * it opened is for its maker to close, whether it throws or not.
 */
final class IndexRecovery {

    private final IndexDirectory files;
    private final IndexedLog indexed;
    private final NavigableSet<Long> bases;
    private final Consumer<String> notes;
    private final List<KeyPart> keys = new ArrayList<>();
    private final List<HeightPart> heights = new ArrayList<>();
    private final List<RunRange> lostKeys = new ArrayList<>();
    private final List<RunRange> lostHeights = new ArrayList<>();

    /**
     * @param bases base positions of all segment files
     * @param notes takes one sentence for each file that is lost
     */
    IndexRecovery(
            IndexDirectory files, IndexedLog indexed, List<Long> bases, Consumer<String> notes) {
        this.files = files;
        this.indexed = indexed;
        this.bases = new TreeSet<>(bases);
        this.notes = notes;
    }

    /**
     * Opens all files.
     *
     * @throws CorruptionException if a run tells of a segment that is not there
     */
    void open() {
        for (RunRange range : indexed.runs()) {
            RunPart part = openOrLose(range, range.runName(), files::openRun);
            if (part == null) {
                lostKeys.addAll(LostPart.pieces(bases, range));
            } else {
                keys.add(part);
                checkSegments(range, part.run().segmentBases());
            }
        }
        for (RunRange range : indexed.heights()) {
            HeightsPart part = openOrLose(range, range.heightsName(), files::openHeights);
            if (part == null) {
                lostHeights.addAll(LostPart.pieces(bases, range));
            } else {
                heights.add(part);
            }
        }
    }

    /** The file, or null if there is none or it is damaged; a disk that fails is told. */
    private <P> @Nullable P openOrLose(
            RunRange range, String name, Function<RunRange, P> open) {
        String why = "there is no file " + name;
        if (files.exists(name)) {
            try {
                return open.apply(range);
            } catch (CorruptionException | FormatVersionException e) {
                why = e.getMessage();
            }
        }
        notes.accept(
                "The index of positions " + range.start() + " to " + range.end()
                        + " is lost and was read from the log again: " + why);
        return null;
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
