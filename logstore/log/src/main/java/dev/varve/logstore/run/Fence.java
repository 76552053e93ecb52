package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.BASE_SHIFT;

import dev.varve.logstore.format.LittleEndian;
import java.lang.foreign.MemorySegment;

/**
 * The leading 32 bits of the first hash of every page of entries, pinned in memory: it tells which
 * page a hash is in. Immutable, for any thread; the memory is its owner's.
 */
final class Fence {

    /** Guessing is off by about the square root of the pages; more is a skew, and is halved. */
    private static final int STEPS = 24;

    private static final int BITS = 32;
    private static final long MASK = (1L << BITS) - 1;

    private final MemorySegment values;
    private final long count;

    Fence(MemorySegment values, long count) {
        this.values = values;
        this.count = count;
    }

    long count() {
        return count;
    }

    /** What the fence has of a key hash. */
    static long of(long keyHash) {
        return keyHash >>> BASE_SHIFT;
    }

    /** The value of a page; 2^32 behind the last. */
    long get(long page) {
        return page == count
                ? MASK + 1
                : values.get(LittleEndian.INT, page * Integer.BYTES) & MASK;
    }

    /** The key hash that the tags of a page are relative to. */
    long base(long page) {
        return get(page) << BASE_SHIFT;
    }

    /**
     * How many pages have a value below {@code limit}, which is at most 2^32: looked for from where
     * it would be if hashes were spread evenly (interpolation search, as in Peterson 1957).
     */
    long countBelow(long limit) {
        long low = 0;
        long high = count;
        long probe = limit * count >>> BITS;
        for (int step = 0; low < high; step++) {
            if (probe < count && get(probe) < limit) {
                low = probe + 1;
                probe = step < STEPS ? low : low + high >>> 1;
            } else {
                high = Math.min(probe, high);
                probe = step < STEPS ? high - 1 : low + high >>> 1;
            }
        }
        return low;
    }

    /** The first page whose value is below that of the page before it, or -1 if none is. */
    long firstDescent() {
        for (long page = 1; page < count; page++) {
            if (get(page) < get(page - 1)) {
                return page;
            }
        }
        return -1;
    }
}
