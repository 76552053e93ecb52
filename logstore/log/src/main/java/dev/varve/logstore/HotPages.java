package dev.varve.logstore;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The native memory of one {@link HotIndex}: pages of 128 longs, taken and given back. Freed with
 * the arena that it was made with.
 *
 * <p>Threads: taking and giving back exclude each other; any thread reads and writes the longs of a
 * page, with acquire and release order. A page that is given back may be taken by another stripe at
 * once: whoever may still read it must be able to tell.
 */
final class HotPages {

    /** The longs of a page, as a power of two. */
    static final int PAGE_SHIFT = 7;

    static final int PAGE_LONGS = 1 << PAGE_SHIFT;

    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final int PAGE_MASK = PAGE_LONGS - 1;
    private static final long PAGE_BYTES = (long) PAGE_LONGS * Long.BYTES;

    /** 128 KiB at a time: little for a small store, and few pieces for a large one. */
    private static final int CHUNK_SHIFT = 7;

    private static final int CHUNK_PAGES = 1 << CHUNK_SHIFT;

    private final Arena arena;
    private volatile MemorySegment[] chunks = {};
    private int[] free = new int[16];
    private int freeCount;
    private int usedCount;

    HotPages(Arena arena) {
        this.arena = arena;
    }

    /** A page of zeros. */
    synchronized int take() {
        if (freeCount > 0) {
            int page = free[--freeCount];
            chunks[page >>> CHUNK_SHIFT].asSlice(start(page), PAGE_BYTES).fill((byte) 0);
            return page;
        }
        if (usedCount >>> CHUNK_SHIFT == chunks.length) {
            MemorySegment[] more = Arrays.copyOf(chunks, chunks.length + 1);
            more[chunks.length] = arena.allocate(CHUNK_PAGES * PAGE_BYTES, 64);
            chunks = more;
        }
        return usedCount++;
    }

    synchronized void give(int[] pages) {
        if (freeCount + pages.length > free.length) {
            free = Arrays.copyOf(free, 2 * (freeCount + pages.length));
        }
        System.arraycopy(pages, 0, free, freeCount, pages.length);
        freeCount += pages.length;
    }

    /**
     * Index of the first long from {@code from} on, over the pages of a list and around, that is 0
     * or has {@code bits} among those of {@code mask}; any index if there is none.
     */
    int find(int[] pages, int from, long mask, long bits) {
        int index = from;
        for (int seen = 0; seen <= pages.length; seen++) {
            int page = pages[index >>> PAGE_SHIFT];
            MemorySegment chunk = chunks[page >>> CHUNK_SHIFT];
            long start = start(page);
            for (int i = index & PAGE_MASK; i < PAGE_LONGS; i++) {
                long value = (long) LONG.getAcquire(chunk, start + i * 8L);
                if (value == 0 || (value & mask) == bits) {
                    return (index & ~PAGE_MASK) + i;
                }
            }
            index = (index | PAGE_MASK) + 1;
            index = index == pages.length << PAGE_SHIFT ? 0 : index;
        }
        return from;
    }

    /** The long at an index, counted over the pages of a list. */
    long get(int[] pages, int index) {
        int page = pages[index >>> PAGE_SHIFT];
        MemorySegment chunk = chunks[page >>> CHUNK_SHIFT];
        return (long) LONG.getAcquire(chunk, start(page) + (index & PAGE_MASK) * 8L);
    }

    /** As {@link #get}, in no order with anything else. */
    long peek(int[] pages, int index) {
        int page = pages[index >>> PAGE_SHIFT];
        MemorySegment chunk = chunks[page >>> CHUNK_SHIFT];
        return chunk.get(JAVA_LONG, start(page) + (index & PAGE_MASK) * 8L);
    }

    /** The chunk that a page is in; the page begins at {@link #start(int)} of it. */
    MemorySegment chunk(int page) {
        return chunks[page >>> CHUNK_SHIFT];
    }

    void set(int[] pages, int index, long value) {
        int page = pages[index >>> PAGE_SHIFT];
        MemorySegment chunk = chunks[page >>> CHUNK_SHIFT];
        LONG.setRelease(chunk, start(page) + (index & PAGE_MASK) * 8L, value);
    }

    /** Where in its chunk a page begins, in bytes. */
    static long start(int page) {
        return (page & CHUNK_PAGES - 1) * PAGE_BYTES;
    }

    /** Bytes of native memory held, free pages included. */
    long memoryBytes() {
        return chunks.length * (CHUNK_PAGES * PAGE_BYTES);
    }
}
