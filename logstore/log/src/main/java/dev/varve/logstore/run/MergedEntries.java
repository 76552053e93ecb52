package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.UNITS_BITS;

import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The entries of neighbouring runs in one order, handed to a writer. Keys are never compared, and
 * nothing is dropped. For one thread; closed by whoever made it, before the runs are.
 */
final class MergedEntries implements AutoCloseable {

    /** Above every key hash: what a run that is at its end is said to come to. */
    private static final long AT_END = Long.MAX_VALUE;

    /** How many are added between two looks at whether to stop: less than a megabyte's. */
    private static final long ENTRIES_PER_LOOK = 1 << 16;

    /** Newest first: of equal hashes the first in here has the highest positions. */
    private final RunCursor[] cursors;

    /** The key hash that each cursor is at. */
    private final long[] heads;

    /** What is added to a cursor's locators to name the slots of the merged run. */
    private final long[] shifts;

    private final long[] segmentBases;
    private final long count;

    MergedEntries(List<Run> runs) {
        int k = runs.size();
        cursors = new RunCursor[k];
        heads = new long[k];
        shifts = new long[k];
        long entries = 0;
        long[] bases = {};
        for (int i = k - 1; i >= 0; i--) {
            Run run = runs.get(k - 1 - i);
            entries += run.entries();
            long[] more = run.segmentBases();
            // Two neighbours may have parts of the same segment.
            int shared = bases.length > 0 && bases[bases.length - 1] == more[0] ? 1 : 0;
            shifts[i] = (long) (bases.length - shared) << UNITS_BITS;
            bases = concatenated(Arrays.copyOf(bases, bases.length - shared), more);
            cursors[i] = run.cursor();
        }
        count = entries;
        segmentBases = bases;
    }

    static void requireNeighbours(List<Run> runs) {
        if (runs.size() < 2) {
            throw new IllegalArgumentException("a merge of " + runs.size() + " runs");
        }
        for (int i = 1; i < runs.size(); i++) {
            RunRange older = runs.get(i - 1).range();
            RunRange newer = runs.get(i).range();
            if (older.end() != newer.start()) {
                throw new IllegalArgumentException(newer + " does not follow " + older);
            }
        }
    }

    private static long[] concatenated(long[] first, long[] second) {
        long[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** The base positions of the segments of all runs. */
    long[] segmentBases() {
        return segmentBases;
    }

    /** How many entries there are. */
    long count() {
        return count;
    }

    void addAll(RunWriter writer, BooleanSupplier stopped) {
        long added = 0;
        for (int i = 0; i < cursors.length; i++) {
            advance(i);
        }
        for (int i = lowest(); heads[i] != AT_END; i = lowest()) {
            RunCursor cursor = cursors[i];
            writer.add(heads[i], cursor.tombstone(), cursor.locator() + shifts[i]);
            added++;
            if (added % ENTRIES_PER_LOOK == 0 && stopped.getAsBoolean()) {
                throw new StorageClosedException(
                        "the merge was stopped", "", StorageException.NO_OFFSET, null);
            }
            advance(i);
        }
    }

    private void advance(int i) {
        heads[i] = cursors[i].next() ? cursors[i].keyHash() : AT_END;
    }

    /** Few runs are merged at a time: looking at all of them is as fast as a tree. */
    private int lowest() {
        int lowest = 0;
        for (int i = 1; i < heads.length; i++) {
            if (heads[i] < heads[lowest]) {
                lowest = i;
            }
        }
        return lowest;
    }

    @Override
    public void close() {
        for (RunCursor cursor : cursors) {
            cursor.close();
        }
    }
}
