package dev.varve.logstore;

import static dev.varve.logstore.format.EntryPageDescriptor.HASH_BITS;

import dev.varve.logstore.run.EntryCursor;
import java.util.List;

/**
 * The entries by key of neighbouring parts in memory in the order of a run, so that several
 * segments become one run without a merge. For one thread.
 */
final class JoinedEntries implements EntryCursor {

    /** Above every leading part of a hash: where a part that is at its end is said to be. */
    private static final long AT_END = Long.MAX_VALUE;

    private static final int DROPPED_BITS = Long.SIZE - HASH_BITS;

    /** Newest first: of equal hashes the first in here has the highest positions. */
    private final EntryCursor[] cursors;

    /** The hash that each cursor is at, as far as runs keep it: what is behind breaks no ties. */
    private final long[] heads;

    private int at = -1;

    private JoinedEntries(EntryCursor[] cursors) {
        this.cursors = cursors;
        this.heads = new long[cursors.length];
    }

    /**
     * Joins parts.
     *
     * @param parts oldest first, at least one
     */
    static EntryCursor of(List<HotPart> parts) {
        EntryCursor[] newestFirst =
                parts.reversed().stream().map(HotPart::keys).toArray(EntryCursor[]::new);
        return newestFirst.length == 1 ? newestFirst[0] : new JoinedEntries(newestFirst);
    }

    @Override
    public boolean next() {
        if (at < 0) {
            for (int i = 0; i < cursors.length; i++) {
                advance(i);
            }
        } else {
            advance(at);
        }
        at = lowest();
        return heads[at] != AT_END;
    }

    private void advance(int i) {
        heads[i] = cursors[i].next() ? cursors[i].hash() >>> DROPPED_BITS : AT_END;
    }

    /** Few parts are joined at a time: looking at all of them is as fast as a tree. */
    private int lowest() {
        int lowest = 0;
        for (int i = 1; i < heads.length; i++) {
            if (heads[i] < heads[lowest]) {
                lowest = i;
            }
        }
        return lowest;
    }

    @Override
    public long hash() {
        return cursors[at].hash();
    }

    @Override
    public boolean tombstone() {
        return cursors[at].tombstone();
    }

    @Override
    public long position() {
        return cursors[at].position();
    }
}
