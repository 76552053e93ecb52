package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which heights of one table the parts of a view may hold, as far as they were asked before: a
 * store has as many parts as segments, and a look-up passes those that need not be asked again.
 *
 * <p>For any thread, without locks. Each bound is right by itself, so that a reader may see the one
 * without the other.
 */
final class HeightRanges {

    /** Of a table of which nothing is remembered. */
    static final HeightRanges NOTHING = new HeightRanges(0, 0);

    private static final long UNKNOWN = -1;

    private final int table;
    private final AtomicLongArray lowest;
    private final AtomicLongArray highest;

    HeightRanges(int table, int parts) {
        this.table = table;
        lowest = new AtomicLongArray(filled(parts, UNKNOWN));
        highest = new AtomicLongArray(filled(parts, Long.MAX_VALUE));
    }

    /**
     * The same for parts of another view: what was learnt of those that both have, by what {@code
     * before} is of them.
     *
     * @param before for each part its index here, or -1 if it is new
     */
    HeightRanges movedTo(int[] before) {
        HeightRanges moved = new HeightRanges(table, before.length);
        for (int i = 0; i < before.length; i++) {
            // A part that grew told no bound, and is asked again: by now it may be whole.
            long known = before[i] < 0 ? Long.MAX_VALUE : highest.getOpaque(before[i]);
            if (known != Long.MAX_VALUE) {
                moved.lowest.setOpaque(i, lowest.getOpaque(before[i]));
                moved.highest.setOpaque(i, known);
            }
        }
        return moved;
    }

    private static long[] filled(int length, long value) {
        long[] array = new long[length];
        Arrays.fill(array, value);
        return array;
    }

    /** Whether that part of the view may hold a height from {@code first} to {@code last}. */
    boolean mayHold(int part, long first, long last) {
        return part >= lowest.length()
                || lowest.getOpaque(part) <= last && highest.getOpaque(part) >= first;
    }

    /** Remembers of a part that was asked what it may hold. */
    void learn(int index, HeightPart part) {
        if (index < lowest.length() && lowest.getOpaque(index) == UNKNOWN) {
            lowest.setOpaque(index, part.lowest(table)); // first: what follows is tried once
            try {
                highest.setOpaque(index, part.highest(table));
            } catch (StorageException e) {
                // There stays no bound: of a page that nobody need read; who needs it is told.
            }
        }
    }
}
