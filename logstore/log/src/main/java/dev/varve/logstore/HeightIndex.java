package dev.varve.logstore;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The records of one height-ordered table in one segment: off-heap runs of (height, offset) pairs,
 * each ascending by height and, within a height, by offset.
 *
 * <p>Heights that come in ascending order are appended to one run in place. One that comes late
 * starts another run, and runs of like length are merged, as a merge sort does: whatever the order,
 * there are at most about two runs for each power of two of records, and each record is copied as
 * often.
 *
 * <p>Threads: one writer at a time; readers take no lock and see every entry added before the
 * watermark they read was published. An entry that a reader can see is never moved.
 */
final class HeightIndex {

    static final long NONE = -1;

    private static final int ENTRY_BYTES = 2 * Long.BYTES;
    private static final int INITIAL_ENTRIES = 4;

    private final Arena arena;
    private volatile long allocatedBytes;

    /** By descending length, but for the last, which is appended to. */
    private volatile Run[] runs = {};

    /** Memory is allocated from {@code arena} and lives as long as it does. */
    HeightIndex(Arena arena) {
        this.arena = arena;
    }

    /** Adds a record; offsets must come in ascending order. */
    void add(long height, long offset) {
        Run[] r = runs;
        Run last = r.length == 0 ? null : r[r.length - 1];
        if (last == null || last.height(last.count - 1) > height) {
            Run[] merged = merged(r);
            r = Arrays.copyOf(merged, merged.length + 1);
            last = new Run(allocate(INITIAL_ENTRIES));
            r[r.length - 1] = last;
        } else if (last.count * ENTRY_BYTES == last.memory.byteSize()) {
            last = last.copy(allocate(2 * last.count));
            r = r.clone();
            r[r.length - 1] = last;
        }
        last.append(height, offset);
        runs = r;
    }

    /** Merges from the end as long as a run is not twice as long as the one behind it. */
    private Run[] merged(Run[] r) {
        int length = r.length;
        Run[] result = r.clone();
        while (length > 1 && result[length - 2].count < 2 * result[length - 1].count) {
            result[length - 2] = merge(result[length - 2], result[length - 1]);
            length--;
        }
        return Arrays.copyOf(result, length);
    }

    private Run merge(Run older, Run newer) {
        Run merged = new Run(allocate(older.count + newer.count));
        long o = 0;
        long n = 0;
        while (o < older.count || n < newer.count) {
            // Of one height the older comes first, for its offsets are lower.
            boolean takeOlder =
                    n == newer.count || o < older.count && older.height(o) <= newer.height(n);
            Run from = takeOlder ? older : newer;
            long i = takeOlder ? o++ : n++;
            merged.append(from.height(i), from.offset(i));
        }
        return merged;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private MemorySegment allocate(long entries) {
        allocatedBytes += entries * ENTRY_BYTES;
        return arena.allocate(entries * ENTRY_BYTES, Long.BYTES);
    }

    /** The newest record at {@code height} with an offset below {@code bound}, or {@link #NONE}. */
    long findBelow(long height, long bound) {
        long newest = NONE;
        for (Run run : runs) {
            for (long i = run.end(height) - 1; i >= 0 && run.height(i) == height; i--) {
                if (run.offset(i) < bound) {
                    newest = Math.max(newest, run.offset(i));
                    break;
                }
            }
        }
        return newest;
    }

    /**
     * The lowest height of at least {@code from} with a record below {@code bound}, or {@link
     * #NONE}.
     */
    long nextHeight(long from, long bound) {
        long lowest = NONE;
        for (Run run : runs) {
            long count = run.count;
            for (long i = run.lowerBound(from, count); i < count; i++) {
                if (run.offset(i) < bound) {
                    lowest = lowest == NONE ? run.height(i) : Math.min(lowest, run.height(i));
                    break;
                }
            }
        }
        return lowest;
    }

    /** The highest height with a record below {@code bound}, or {@link #NONE}. */
    long lastHeight(long bound) {
        long highest = NONE;
        for (Run run : runs) {
            for (long i = run.count - 1; i >= 0; i--) {
                if (run.offset(i) < bound) {
                    highest = Math.max(highest, run.height(i));
                    break;
                }
            }
        }
        return highest;
    }

    long count() {
        long count = 0;
        for (Run run : runs) {
            count += run.count;
        }
        return count;
    }

    /** All records, by ascending height, those of one height by ascending offset. */
    Cursor cursor() {
        return new Cursor(runs);
    }

    /** How many records with an offset below {@code bound} were added. */
    long countBelow(long bound) {
        long below = 0;
        for (Run run : runs) {
            long count = run.count;
            for (long i = 0; i < count; i++) {
                below += run.offset(i) < bound ? 1 : 0;
            }
        }
        return below;
    }

    /** Bytes of native memory held, merged runs included. */
    long memoryBytes() {
        return allocatedBytes;
    }

    /** Goes through an index; what is added meanwhile is not met. Confined to one thread. */
    static final class Cursor {
        private final Run[] runs;
        private final long[] counts;
        private final long[] next;
        private long height;
        private long offset;

        private Cursor(Run[] runs) {
            this.runs = runs;
            this.counts = Arrays.stream(runs).mapToLong(run -> run.count).toArray();
            this.next = new long[runs.length];
        }

        boolean next() {
            int lowest = -1;
            for (int i = 0; i < runs.length; i++) {
                if (next[i] < counts[i] && (lowest < 0 || isBefore(i, lowest))) {
                    lowest = i;
                }
            }
            if (lowest < 0) {
                return false;
            }
            height = runs[lowest].height(next[lowest]);
            offset = runs[lowest].offset(next[lowest]);
            next[lowest]++;
            return true;
        }

        private boolean isBefore(int run, int other) {
            long one = runs[run].height(next[run]);
            long two = runs[other].height(next[other]);
            return one < two
                    || one == two && runs[run].offset(next[run]) < runs[other].offset(next[other]);
        }

        long height() {
            return height;
        }

        long offset() {
            return offset;
        }
    }

    private static final class Run {
        private final MemorySegment memory;
        private volatile long count;

        Run(MemorySegment memory) {
            this.memory = memory;
        }

        long height(long index) {
            return memory.get(JAVA_LONG, index * ENTRY_BYTES);
        }

        long offset(long index) {
            return memory.get(JAVA_LONG, index * ENTRY_BYTES + Long.BYTES);
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
        void append(long height, long offset) {
            memory.set(JAVA_LONG, count * ENTRY_BYTES, height);
            memory.set(JAVA_LONG, count * ENTRY_BYTES + Long.BYTES, offset);
            count++;
        }

        Run copy(MemorySegment target) {
            Run copy = new Run(target);
            MemorySegment.copy(memory, 0, target, 0, count * ENTRY_BYTES);
            copy.count = count;
            return copy;
        }

        /** Index behind the last entry whose height is at most {@code height}. */
        long end(long height) {
            return height == Long.MAX_VALUE ? count : lowerBound(height + 1, count);
        }

        /** Index of the first of {@code count} entries whose height is at least {@code height}. */
        long lowerBound(long height, long count) {
            long low = 0;
            long high = count;
            while (low < high) {
                long middle = low + high >>> 1;
                if (height(middle) < height) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
