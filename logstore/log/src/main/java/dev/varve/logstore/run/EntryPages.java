package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.BASE_SHIFT;
import static dev.varve.logstore.format.EntryPageDescriptor.LENGTH;

import java.lang.foreign.MemorySegment;

/**
 * The entries of a run, as a reader finds them: the fence tells the page, interpolation the place
 * in it. Immutable, for any thread.
 *
 * <p>Entries are in the order of their hashes and, within a hash, of descending locators. What is
 * looked for is always the first entry that does not come before a point of that order: a hash, and
 * the locator from which on entries are too new.
 */
final class EntryPages {

    static final long ABSENT = -1;

    /** The page has no entry from that point on. */
    private static final long BEHIND = -2;

    /** Guessing is off by some 8 entries; where it is more, the hashes are skewed: halve. */
    private static final int STEPS = 32;

    private final PageAccess pages;
    private final Fence fence;
    private final EntryLayout layout;
    private final long firstPage;

    EntryPages(PageAccess pages, Fence fence, EntryLayout layout, long firstPage) {
        this.pages = pages;
        this.fence = fence;
        this.layout = layout;
        this.firstPage = firstPage;
    }

    /** The highest locator below {@code limit} of an entry of that key hash, or {@link #ABSENT}. */
    long find(long keyHash, long limit) {
        long value = Fence.of(keyHash);
        long next = fence.countBelow(value);
        if (fence.get(next) == value) {
            return findAmong(Math.max(next - 1, 0), keyHash, limit);
        }
        return next == 0 ? ABSENT : Math.max(search(next - 1, keyHash, limit), ABSENT);
    }

    /**
     * Where several pages may hold the hash: those from {@code first} to the last that begins with
     * its value. The last of them whose first entry comes before the point has the entry that is
     * looked for, or ends before it.
     */
    private long findAmong(long first, long keyHash, long limit) {
        long low = first;
        long high = fence.countBelow(Fence.of(keyHash) + 1) - 1;
        while (low < high) {
            long middle = low + high + 1 >>> 1;
            if (beginsBefore(middle, keyHash, limit)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        long found = search(low, keyHash, limit);
        boolean more = found == BEHIND && low + 1 < fence.count();
        return Math.max(more ? search(low + 1, keyHash, limit) : found, ABSENT);
    }

    private boolean beginsBefore(long page, long keyHash, long limit) {
        long tag = keyHash - fence.base(page);
        while (true) {
            long fetched = pages.fetch(firstPage + page);
            long first = pages.offset(fetched) + LENGTH;
            boolean before = tag >= 0 && isBefore(pages.memory(fetched), first, tag, limit);
            if (pages.isCurrent(fetched)) {
                return before;
            }
        }
    }

    /** The locator of the first entry from the point on if it has the hash. */
    private long search(long page, long keyHash, long limit) {
        long base = fence.base(page);
        long tag = keyHash - base;
        if (tag < 0) {
            return ABSENT;
        }
        if (tag > layout.maxTag()) {
            return BEHIND;
        }
        int guess = guess(page, tag);
        while (true) {
            long fetched = pages.fetch(firstPage + page);
            MemorySegment memory = pages.memory(fetched);
            long found = search(memory, pages.offset(fetched) + LENGTH, tag, limit, guess);
            if (pages.isCurrent(fetched)) {
                return found;
            }
        }
    }

    /** Where an entry is, were hashes spread evenly. */
    private int guess(long page, long tag) {
        long span = fence.get(page + 1) - Fence.of(fence.base(page)) << BASE_SHIFT;
        return (int) Math.min(tag * layout.capacity() / Math.max(span, 1), layout.capacity() - 1);
    }

    /** Brings near where a key hash probably is. */
    long touch(long keyHash) {
        long page = Math.max(fence.countBelow(Fence.of(keyHash)) - 1, 0);
        long tag = Math.clamp(keyHash - fence.base(page), 0, layout.maxTag());
        return pages.touch(firstPage + page, LENGTH + (long) guess(page, tag) * layout.width());
    }

    private long search(MemorySegment memory, long first, long tag, long limit, int guess) {
        long width = layout.width();
        int low = 0;
        int high = layout.capacity();
        int probe = guess;
        for (int step = 0; low < high; step++) {
            if (isBefore(memory, first + probe * width, tag, limit)) {
                low = probe + 1;
                probe = step < STEPS ? low : low + high >>> 1;
            } else {
                high = probe;
                probe = step < STEPS ? high - 1 : low + high >>> 1;
            }
        }
        if (low == layout.capacity()) {
            return BEHIND;
        }
        long at = first + low * width;
        long found = layout.tag(memory, at);
        if (found == tag) {
            return EntryLayout.locator(memory, at);
        }
        return found > layout.maxTag() ? BEHIND : ABSENT;
    }

    /** The bytes behind the last entry are all ones: no tag is as high, so they come behind all. */
    private boolean isBefore(MemorySegment memory, long at, long tag, long limit) {
        long found = layout.tag(memory, at);
        return found < tag || found == tag && EntryLayout.locator(memory, at) >= limit;
    }
}
