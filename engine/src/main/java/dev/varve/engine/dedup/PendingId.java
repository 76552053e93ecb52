package dev.varve.engine.dedup;

import java.lang.foreign.MemorySegment;

/**
 * An id as key of {@link Claims}: its hash, and where its bytes lie, which do not change as long as
 * it is claimed. Equal only if all bytes are, for equal hashes are not equal ids.
 */
final class PendingId {

    private final long hash;
    private final MemorySegment id;

    PendingId(long hash, MemorySegment id) {
        this.hash = hash;
        this.id = id;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PendingId that
                && hash == that.hash
                && id.byteSize() == that.id.byteSize()
                && id.mismatch(that.id) < 0;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(hash);
    }
}
