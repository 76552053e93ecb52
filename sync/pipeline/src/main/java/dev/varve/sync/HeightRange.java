package dev.varve.sync;

/**
 * Heights from {@code from} up to, not including, {@code to}.
 *
 * @param from first height, 0 or more
 * @param to behind the last height
 */
public record HeightRange(long from, long to) {

    public HeightRange {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("no range of heights: [" + from + ", " + to + ")");
        }
    }

    /** How many heights there are. */
    public long count() {
        return to - from;
    }

    public boolean isEmpty() {
        return from == to;
    }

    public boolean contains(long height) {
        return from <= height && height < to;
    }

    @Override
    public String toString() {
        return "[" + from + ", " + to + ")";
    }
}
