package dev.varve.engine.dedup;

import dev.varve.logstore.Batch;
import dev.varve.logstore.CommitTicket;
import dev.varve.logstore.SoleWriter;
import dev.varve.logstore.Table;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The ids that one call of {@link DuplicateGate#reserve} found absent, with the records that they
 * become, until their batch commits or is given up. Others who add one of them wait for that, so
 * whoever has a reservation settles it soon, and adds none of its ids again before.
 *
 * <p>Its records come into the table in one way: {@link #addTo} adds them to a batch, which from
 * then on settles it, and nobody else does: were its ids let go while the batch may still commit,
 * two could add one of them. One that is in no batch is settled by {@link #giveUp}.
 *
 * <p>Filled by one thread; may be added and settled by another, one at a time. Once it is settled
 * it is of no use.
 */
public final class Reservation {

    private final Claims claims;
    private final IdRequest request;
    private final SoleWriter writer;
    private final long ownerThread = Thread.currentThread().threadId();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();

    // Filled before the reservation is handed out. Ids that were let go stay in the list.
    private final List<PendingId> claimed = new ArrayList<>();
    private int count;
    private volatile boolean settled;
    private volatile boolean added;

    Reservation(Claims claims, IdRequest request, SoleWriter writer) {
        this.claims = claims;
        this.request = request;
        this.writer = writer;
    }

    /** The table that the records are for. */
    public Table table() {
        return writer.table();
    }

    /** How many ids are reserved, or were until the reservation was settled. */
    public int count() {
        return count;
    }

    /** Whether the ids were added or are free again. */
    public boolean isSettled() {
        return settled;
    }

    /** What a record of a reserved id will be. */
    @FunctionalInterface
    public interface RecordVisitor {

        /** The memory is valid inside of the call. */
        void accept(long height, MemorySegment id, MemorySegment value);
    }

    /**
     * Shows the records of the reserved ids, in the order of the request.
     *
     * @throws IllegalStateException if it is settled
     */
    public void forEach(RecordVisitor visitor) {
        checkUnsettled();
        request.forEachReserved(visitor);
    }

    /**
     * Adds the records of the reserved ids to a batch, for good once that commits; the ids are free
     * again when it is cleared or closed without. If the batch takes none of them, this is settled;
     * if it becomes full, it keeps what it took until then, and settles this all the same.
     *
     * @throws IllegalArgumentException if another store made the batch, or it would be too long
     * @throws IllegalStateException if it was added to a batch before, or is settled, or the batch
     *     is closed
     */
    public void addTo(Batch batch) {
        checkUnsettled();
        checkNotAdded();
        added = true;
        int before = batch.count();
        boolean complete = false;
        try {
            // First, for a batch that becomes full may be committed with what it took until then.
            batch.whenSettled(new Settling());
            request.forEachReserved(
                    (height, id, value) -> writer.put(batch, height, id, value));
            complete = true;
        } finally {
            if (!complete && batch.count() == before) {
                settle();
            }
        }
    }

    /**
     * Lets go of the ids; does nothing to one that is settled.
     *
     * @throws IllegalStateException if it was added to a batch that has not settled it
     */
    public void giveUp() {
        if (!settled) {
            checkNotAdded();
            settle();
        }
    }

    private void checkUnsettled() {
        if (settled) {
            throw new IllegalStateException("the reservation is settled");
        }
    }

    private void checkNotAdded() {
        if (added) {
            throw new IllegalStateException(
                    "the batch settles the reservation that was added to it: clear or close it");
        }
    }

    /** What the batch is told, it passes on: the records are visible, or will never be. */
    private final class Settling implements Batch.Settlement {

        @Override
        public void committed(CommitTicket ticket) {
            settle();
        }

        @Override
        public void aborted() {
            settle();
        }
    }

    void hold(PendingId id) {
        claimed.add(id);
        count++;
    }

    /** Lets go of ids that turned out to be there, before the others are settled. */
    void letGo(List<PendingId> present) {
        count -= present.size();
        release(present);
    }

    private void settle() {
        if (!settled) {
            release(claimed);
            settled = true;
        }
    }

    private void release(List<PendingId> ids) {
        lock.lock();
        try {
            for (PendingId id : ids) {
                claims.release(id, this);
            }
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns once this no longer holds an id.
     *
     * @throws IllegalStateException if the caller made this reservation, and would wait for itself
     */
    void awaitRelease(PendingId id) {
        if (ownerThread == Thread.currentThread().threadId() && claims.holder(id) == this) {
            throw new IllegalStateException(
                    "this thread has reserved the id itself, and must settle that first");
        }
        lock.lock();
        try {
            while (claims.holder(id) == this) {
                released.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
