package dev.varve.engine.dedup;

import java.lang.foreign.MemorySegment;

/**
 * An id as key of {@link Claims}: its hash, and where its bytes lie, which do not change as long as
 * it is claimed. Equal only if all bytes are, for equal hashes are not equal ids.
 */
final class PendingId {

    private final long high;
    private final long low;
    private final MemorySegment id;

    PendingId(long high, long low, MemorySegment id) {
        this.high = high;
        this.low = low;
        this.id = id;
    }

    /** The first half of the hash, as the filter has it. */
    long high() {
        return high;
    }

    /** The last half of the hash. */
    long low() {
        return low;
    }

    MemorySegment id() {
        return id;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PendingId that
                && high == that.high
                && id.byteSize() == that.id.byteSize()
                && id.mismatch(that.id) < 0;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high);
    }
}
