package dev.varve.engine.dedup;

import dev.varve.logstore.Batch;
import dev.varve.logstore.CommitTicket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The ids that one call of {@link DuplicateGate#reserve} found absent, until their batch commits or
 * is given up. Others who add one of them wait for that, so whoever has a reservation settles it
 * soon, and adds none of its ids again before. Settled by the batch it was made for, and by nobody
 * else: were its ids let go while the batch may still commit, two could add one of them. One made
 * without a batch is settled by its owner, who registers it with {@link Batch#whenSettled} or calls
 * {@link #aborted}. Settling twice does nothing.
 *
 * <p>Filled by one thread; may be settled by another, after which it is of no use.
 */
public final class Reservation implements Batch.Settlement {

    private final Claims claims;
    private final long ownerThread = Thread.currentThread().threadId();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();

    // Filled before the reservation is handed out. Ids that were let go stay in the list.
    private final List<PendingId> claimed = new ArrayList<>();
    private int count;
    private volatile boolean settled;
    private volatile boolean bound;

    Reservation(Claims claims) {
        this.claims = claims;
    }

    /** How many ids are reserved, or were until the reservation was settled. */
    public int count() {
        return count;
    }

    /** Whether the ids were added or are free again. */
    public boolean isSettled() {
        return settled;
    }

    /**
     * The records are visible: whoever claims one of the ids next finds it in the log.
     *
     * @throws IllegalStateException if it was made for a batch that has not settled it
     */
    @Override
    public void committed(CommitTicket ticket) {
        checkUnbound();
        settle();
    }

    /**
     * Lets go of the ids.
     *
     * @throws IllegalStateException if it was made for a batch that has not settled it
     */
    @Override
    public void aborted() {
        checkUnbound();
        settle();
    }

    private void checkUnbound() {
        if (bound && !settled) {
            throw new IllegalStateException(
                    "the batch settles the reservation that was made for it: clear or close it");
        }
    }

    /** What a batch settles; from now on nobody else does. */
    Batch.Settlement bind() {
        bound = true;
        return new Batch.Settlement() {
            @Override
            public void committed(CommitTicket ticket) {
                settle();
            }

            @Override
            public void aborted() {
                settle();
            }
        };
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

    /** Lets go of the ids, whoever should. */
    void settle() {
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
