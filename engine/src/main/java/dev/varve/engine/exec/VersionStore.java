package dev.varve.engine.exec;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a block with what its unfinished transactions have written: a multi-version memory,
 * after Block-STM (Gelashvili et al., arXiv 2203.06871). Keys are added in lock stripes; each has a
 * lock of its own for its versions.
 *
 * <p>Assumes: {@link #begin} runs while no worker is inside; a {@link Pool} belongs
 * to one worker; {@link #publish} and {@link #estimate} are called by who has the right to the
 * transaction.
 *
 * <p>Guarantees: one cell per key, found by comparing the whole key; {@link #resolve} gives a state
 * that the cell had at one moment.
 *
 * <p>Progress: readers try {@link #OPTIMISTIC_READS} times without a key's lock and then take it;
 * writers take it for some dozen instructions. Who waits for one, or for a stripe's, looks {@link
 * #SPINS} times and then sleeps in between, for its holder may have lost its processor, until the
 * store is {@link #abandoned}. No code of a caller runs under a lock.
 *
 * <p>Memory ordering: that of {@link LockedCell}: plain accesses between its stamps.
 */
final class VersionStore {

    private static final int OPTIMISTIC_READS = 16;
    private static final int SPINS = 100;
    private static final long PAUSE_NS = 50_000;

    private final Stripe[] stripes;

    /**
     * Whether a lock may stay shut for ever, left so by a thread without stack: whoever waits for
     * one then meets an exception, and the store is of no use any more. Set when the block has
     * failed by an error, and without a call, since there may be no stack for one.
     */
    volatile boolean abandoned;

    private long block;

    /** The cells that a worker has made, for use in the next block too. */
    static final class Pool {

        /**
         * Whether its worker may be inside a stripe's lock; still so after a machine error there.
         * Set without a call, since there may be no stack left for one.
         */
        boolean isInside;

        private VersionedCell[] cells = {};
        private int used;

        private VersionedCell take(byte[] key, long hash) {
            if (used == cells.length) {
                int length = Math.max(64, used * 2);
                VersionedCell[] larger = Arrays.copyOf(cells, length);
                for (int i = used; i < length; i++) {
                    larger[i] = new VersionedCell();
                }
                cells = larger;
            }
            VersionedCell cell = cells[used++];
            cell.reset(key, hash);
            return cell;
        }

        private void clear() {
            for (int i = 0; i < used; i++) {
                cells[i].forgetValues();
            }
            used = 0;
        }
    }

    VersionStore(int stripeCount) {
        stripes = new Stripe[stripeCount];
        for (int i = 0; i < stripeCount; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** Forgets the keys of the last block. */
    void begin(Iterable<Pool> pools) {
        block++;
        for (Pool pool : pools) {
            pool.clear();
        }
    }

    VersionedCell cell(byte[] key, long hash, Pool pool) {
        Stripe stripe = stripes[(int) hash & (stripes.length - 1)];
        VersionedCell known = stripe.find(key, hash, block);
        return known != null ? known : addCell(stripe, key, hash, pool);
    }

    void resolve(VersionedCell cell, int transaction, Resolution out) {
        for (int i = 0; i < OPTIMISTIC_READS; i++) {
            int stamp = cell.stamp();
            if (!LockedCell.isShut(stamp)) {
                cell.resolve(transaction, out);
                if (cell.validate(stamp)) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
        out.isInside = true;
        lock(cell);
        try {
            cell.resolve(transaction, out);
        } finally {
            cell.unlockUnchanged();
        }
        out.isInside = false;
    }

    /** Makes the writes of an execution visible to later transactions, instead of earlier ones'. */
    void publish(int transaction, TxSlot slot, int frontier) {
        long version = VersionedCell.version(transaction, slot.incarnation);
        AccessLog log = slot.log;
        for (int i = 0; slot.succeeded && i < log.size(); i++) {
            Access access = log.get(i);
            if (access.write != Access.Write.NONE) {
                write((VersionedCell) access.cell, access, version, frontier);
            }
        }
        for (int i = 0; i < slot.publishedCount(); i++) {
            retract(slot.published(i), version);
        }
        slot.clearPublished();
        for (int i = 0; slot.succeeded && !slot.inSlot && i < log.size(); i++) {
            if (log.get(i).write != Access.Write.NONE) {
                slot.addPublished((VersionedCell) log.get(i).cell);
            }
        }
    }

    /** Warns readers of all that a transaction has written: it will be executed again. */
    void estimate(int transaction, TxSlot slot) {
        long version = VersionedCell.version(transaction, slot.incarnation);
        for (int i = 0; i < slot.publishedCount(); i++) {
            estimate(slot.published(i), version);
        }
    }

    /** The first access that has read something else than it would read now, or null. */
    @Nullable Access firstStale(int transaction, AccessLog log, Resolution scratch) {
        for (int i = 0; i < log.size(); i++) {
            Access access = log.get(i);
            if (access.loaded) {
                resolve((VersionedCell) access.cell, transaction, scratch);
                if (!scratch.confirms(access)) {
                    return access;
                }
            }
        }
        return null;
    }

    /** The first pending addition that is outside of its bounds, as far as known now, or null. */
    @Nullable Access firstForbidden(int transaction, AccessLog log, Resolution scratch) {
        for (int i = 0; i < log.size(); i++) {
            Access access = log.get(i);
            if (access.pending) {
                resolve((VersionedCell) access.cell, transaction, scratch);
                if (!scratch.allows(access)) {
                    return access;
                }
            }
        }
        return null;
    }

    void estimate(VersionedCell cell, long version) {
        lock(cell);
        try {
            cell.estimate(version);
        } finally {
            cell.unlock();
        }
    }

    private void lock(VersionedCell cell) {
        for (int i = 0; !cell.tryLock(); i++) {
            pause(i);
        }
    }

    private long lock(Stripe stripe) {
        long stamp = stripe.tryWriteLock();
        for (int i = 0; stamp == 0; i++) {
            pause(i);
            stamp = stripe.tryWriteLock();
        }
        return stamp;
    }

    /** Between two looks at a lock. */
    @SuppressWarnings("ThreadPriorityCheck") // an interrupted thread cannot park
    private void pause(int looks) {
        if (looks < SPINS) {
            Thread.onSpinWait();
        } else if (abandoned) {
            throw new IllegalStateException("a lock was left shut by an error");
        } else if (Thread.currentThread().isInterrupted()) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(this, PAUSE_NS);
        }
    }

    private void write(VersionedCell cell, Access access, long version, int frontier) {
        lock(cell);
        try {
            cell.collapse(frontier);
            if (access.loaded) {
                cell.noteUpdate();
            }
            if (access.write == Access.Write.SET) {
                cell.set(version, access.written);
            } else {
                cell.add(version, access.sum);
            }
        } finally {
            cell.unlock();
        }
    }

    private void retract(VersionedCell cell, long version) {
        lock(cell);
        try {
            cell.retractOthers(version);
        } finally {
            cell.unlock();
        }
    }

    private VersionedCell addCell(Stripe stripe, byte[] key, long hash, Pool pool) {
        pool.isInside = true;
        long stamp = lock(stripe);
        VersionedCell cell;
        try {
            cell = stripe.find(key, hash, block);
            if (cell == null) {
                cell = pool.take(key, hash);
                stripe.add(cell, block);
            }
        } finally {
            stripe.unlockWrite(stamp);
        }
        pool.isInside = false;
        return cell;
    }
}
