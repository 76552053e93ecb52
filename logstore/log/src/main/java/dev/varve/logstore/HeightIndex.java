package dev.varve.logstore;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The records of one height-ordered table in one segment: an off-heap array of (height, offset)
 * pairs, ascending by height and, within a height, by offset.
 *
 * <p>Threads: one writer at a time; readers take no lock and see every entry added before the
 * watermark they read was published. Heights that come in ascending order are appended in place;
 * one that comes late copies the array.
 */
final class HeightIndex {

    static final long NONE = -1;

    private static final int ENTRY_BYTES = 2 * Long.BYTES;
    private static final int INITIAL_ENTRIES = 16;

    private final Arena arena;
    private volatile Entries entries;

    /** The array is allocated from {@code arena} and lives as long as it does. */
    HeightIndex(Arena arena) {
        this.arena = arena;
        this.entries = new Entries(arena.allocate(INITIAL_ENTRIES * ENTRY_BYTES, Long.BYTES));
    }

    /** Adds a record; offsets must come in ascending order. */
    void add(long height, long offset) {
        Entries e = entries;
        long count = e.count;
        if (count * ENTRY_BYTES == e.memory.byteSize()) {
            e = e.copy(arena.allocate(2 * e.memory.byteSize(), Long.BYTES));
        }
        if (count == 0 || e.height(count - 1) <= height) {
            e.set(count, height, offset);
            e.count = count + 1;
            entries = e;
            return;
        }
        // Readers may be inside: never move an entry in place.
        Entries moved = e.copy(arena.allocate(e.memory.byteSize(), Long.BYTES));
        long at = moved.lowerBound(height + 1);
        MemorySegment.copy(
                e.memory,
                at * ENTRY_BYTES,
                moved.memory,
                (at + 1) * ENTRY_BYTES,
                (count - at) * ENTRY_BYTES);
        moved.set(at, height, offset);
        moved.count = count + 1;
        entries = moved;
    }

    /** The newest record at {@code height} with an offset below {@code bound}, or {@link #NONE}. */
    long findBelow(long height, long bound) {
        Entries e = entries;
        for (long i = e.lowerBound(height + 1) - 1; i >= 0 && e.height(i) == height; i--) {
            if (e.offset(i) < bound) {
                return e.offset(i);
            }
        }
        return NONE;
    }

    /**
     * The lowest height of at least {@code from} with a record below {@code bound}, or {@link
     * #NONE}.
     */
    long nextHeight(long from, long bound) {
        Entries e = entries;
        long count = e.count;
        for (long i = e.lowerBound(from); i < count; i++) {
            if (e.offset(i) < bound) {
                return e.height(i);
            }
        }
        return NONE;
    }

    /** The highest height with a record below {@code bound}, or {@link #NONE}. */
    long lastHeight(long bound) {
        Entries e = entries;
        for (long i = e.count - 1; i >= 0; i--) {
            if (e.offset(i) < bound) {
                return e.height(i);
            }
        }
        return NONE;
    }

    long count() {
        return entries.count;
    }

    void forEachOffset(java.util.function.LongConsumer sink) {
        Entries e = entries;
        long count = e.count;
        for (long i = 0; i < count; i++) {
            sink.accept(e.offset(i));
        }
    }

    long memoryBytes() {
        return entries.memory.byteSize();
    }

    private static final class Entries {
        private final MemorySegment memory;
        private volatile long count;

        Entries(MemorySegment memory) {
            this.memory = memory;
        }

        Entries copy(MemorySegment target) {
            Entries copy = new Entries(target);
            MemorySegment.copy(memory, 0, target, 0, count * ENTRY_BYTES);
            copy.count = count;
            return copy;
        }

        long height(long index) {
            return memory.get(JAVA_LONG, index * ENTRY_BYTES);
        }

        long offset(long index) {
            return memory.get(JAVA_LONG, index * ENTRY_BYTES + Long.BYTES);
        }

        void set(long index, long height, long offset) {
            memory.set(JAVA_LONG, index * ENTRY_BYTES, height);
            memory.set(JAVA_LONG, index * ENTRY_BYTES + Long.BYTES, offset);
        }

        /** Index of the first entry whose height is at least {@code height}. */
        long lowerBound(long height) {
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
