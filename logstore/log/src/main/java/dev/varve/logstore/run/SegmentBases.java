package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.UNITS_BITS;
import static dev.varve.logstore.format.EntryPageDescriptor.UNIT_LENGTH;

import dev.varve.logstore.format.LittleEndian;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The base positions of the segments that a run names by slot, and the arithmetic between positions
 * and locators. Immutable, for any thread.
 */
final class SegmentBases {

    private static final long UNITS_MASK = (1L << UNITS_BITS) - 1;
    private static final long MAX_SEGMENT_LENGTH = UNIT_LENGTH << UNITS_BITS;

    private final long[] bases;

    private SegmentBases(long[] bases) {
        this.bases = bases;
    }

    /**
     * The bases that a caller gives for a range.
     *
     * @throws IllegalArgumentException if they do not fit it
     */
    static SegmentBases of(RunRange range, long[] bases) {
        if (bases.length < 1 || bases.length > RunGeometry.MAX_SEGMENTS) {
            throw new IllegalArgumentException(
                    bases.length + " segments, not 1 to " + RunGeometry.MAX_SEGMENTS);
        }
        SegmentBases result = new SegmentBases(bases.clone());
        if (!result.fit(range)) {
            throw new IllegalArgumentException(
                    "base positions from " + bases[0] + " to " + bases[bases.length - 1]
                            + " do not ascend, or do not fit " + range);
        }
        return result;
    }

    /** The bases of a run that was read; whether they fit is for the caller to ask. */
    static SegmentBases decode(MemorySegment list, int count) {
        long[] bases = new long[count];
        for (int slot = 0; slot < bases.length; slot++) {
            bases[slot] = list.getAtIndex(LittleEndian.LONG, slot);
        }
        return new SegmentBases(bases);
    }

    /** The list of that length in bytes, zeros behind the bases. */
    MemorySegment encode(long length) {
        MemorySegment list = MemorySegment.ofArray(new byte[Math.toIntExact(length)]);
        for (int slot = 0; slot < bases.length; slot++) {
            list.setAtIndex(LittleEndian.LONG, slot, bases[slot]);
        }
        return list;
    }

    /** Whether they ascend, the first is not behind the range's start, and the last is in front. */
    boolean fit(RunRange range) {
        for (int slot = 1; slot < bases.length; slot++) {
            if (bases[slot] <= bases[slot - 1]) {
                return false;
            }
        }
        return bases[0] >= 0
                && bases[0] <= range.start()
                && bases[bases.length - 1] < range.end();
    }

    int count() {
        return bases.length;
    }

    long[] toArray() {
        return bases.clone();
    }

    /** Whether a locator names a slot that there is. */
    boolean has(long locator) {
        return locator >>> UNITS_BITS < bases.length;
    }

    long position(long locator) {
        return bases[(int) (locator >>> UNITS_BITS)] + (locator & UNITS_MASK) * UNIT_LENGTH;
    }

    /** The slot of the segment that a position is in; the position is not in front of the first. */
    int slot(long position) {
        int found = Arrays.binarySearch(bases, position);
        return found >= 0 ? found : -found - 2;
    }

    /** Whether the position is of that slot. */
    boolean isIn(int slot, long position) {
        return position >= bases[slot]
                && (slot + 1 == bases.length || position < bases[slot + 1]);
    }

    /**
     * The locator of a position of that slot.
     *
     * @throws IllegalArgumentException if a record cannot be there
     */
    long locator(int slot, long position) {
        long offset = position - bases[slot];
        if (offset % UNIT_LENGTH != 0 || offset >= MAX_SEGMENT_LENGTH - UNIT_LENGTH) {
            throw new IllegalArgumentException(
                    "position " + position + " is " + offset + " bytes into its segment");
        }
        return (long) slot << UNITS_BITS | offset / UNIT_LENGTH;
    }

    /** The bound that locators of positions below {@code position} are below, and no others. */
    long limit(long position) {
        int slot = slot(position);
        long offset = Math.min(position - bases[slot], MAX_SEGMENT_LENGTH);
        return ((long) slot << UNITS_BITS) + (offset + UNIT_LENGTH - 1) / UNIT_LENGTH;
    }
}
