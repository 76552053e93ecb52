package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.HASH_BITS;
import static dev.varve.logstore.format.EntryPageDescriptor.LENGTH;
import static dev.varve.logstore.format.EntryPageDescriptor.LOCATOR_BITS;
import static dev.varve.logstore.format.EntryPageDescriptor.TAG_SHIFT;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.LittleEndian;
import java.lang.foreign.MemorySegment;

/**
 * How entries of one width are laid out in a page, and the only code that reads and writes their
 * bits. An entry is longer than a long, so it is seen as two that overlap: the low one has locator
 * and tombstone, the high one ends with the tag. Immutable, for any thread.
 */
final class EntryLayout {

    static final int MIN_WIDTH = 9;
    static final int MAX_WIDTH = 11;

    /** The locator that no record has; a bound below which all are. */
    static final long NO_LOCATOR = (1L << LOCATOR_BITS) - 1;

    private static final long LOCATOR_MASK = NO_LOCATOR;
    private static final long TOMBSTONE = 1L << LOCATOR_BITS;

    /** From that many entries on a full page spans few enough hashes for tags of 31 bits. */
    private static final long MANY = 1L << 22;

    /** The same for 39 bits. */
    private static final long SOME = 1L << 14;

    private final int width;
    private final int capacity;
    private final long maxTag;
    private final int highOffset;
    private final int highShift;

    EntryLayout(int width) {
        if (width < MIN_WIDTH || width > MAX_WIDTH) {
            throw new IllegalArgumentException("entries of " + width + " bytes");
        }
        this.width = width;
        capacity = (PAGE_LENGTH - LENGTH) / width;
        maxTag = (1L << width * Byte.SIZE - TAG_SHIFT) - 2;
        highOffset = width - Long.BYTES;
        highShift = TAG_SHIFT - highOffset * Byte.SIZE;
    }

    static EntryLayout forEntries(long count) {
        return new EntryLayout(count >= MANY ? MIN_WIDTH : count >= SOME ? 10 : MAX_WIDTH);
    }

    int width() {
        return width;
    }

    /** How many entries fit into a page. */
    int capacity() {
        return capacity;
    }

    /** The highest tag of an entry; a page that would need a higher one ends before it. */
    long maxTag() {
        return maxTag;
    }

    /** How many pages that number of entries takes at most, whatever their hashes are. */
    long maxPages(long entries) {
        long endedEarly = 1L << Math.max(HASH_BITS - (width * Byte.SIZE - TAG_SHIFT), 0);
        return Math.min(entries, entries / capacity + 1 + endedEarly);
    }

    /** The tag of the entry at {@code offset}. */
    long tag(MemorySegment memory, long offset) {
        return memory.get(LittleEndian.LONG, offset + highOffset) >>> highShift;
    }

    static long locator(MemorySegment memory, long offset) {
        return memory.get(LittleEndian.LONG, offset) & LOCATOR_MASK;
    }

    static boolean tombstone(MemorySegment memory, long offset) {
        return (memory.get(LittleEndian.LONG, offset) & TOMBSTONE) != 0;
    }

    /**
     * Writes an entry.
     *
     * @param mark the locator, with bit 40 set for a tombstone
     */
    void put(MemorySegment memory, long offset, long tag, long mark) {
        memory.set(LittleEndian.LONG, offset, tag << TAG_SHIFT | mark);
        long high = tag << highShift | mark >>> highOffset * Byte.SIZE;
        memory.set(LittleEndian.LONG, offset + highOffset, high);
    }

    static long mark(long locator, boolean tombstone) {
        return tombstone ? locator | TOMBSTONE : locator;
    }
}
