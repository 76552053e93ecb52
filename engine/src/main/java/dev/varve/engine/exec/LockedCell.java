package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A cell with a lock of its own for what is added to it: a sequence lock, whose readers write
 * nothing. Its word is even while the lock is open and odd while it is shut, and grows with every
 * change. In the cell, because a lock elsewhere is one more cache line that goes from core to core
 * with every write.
 *
 * <p>Assumes: {@link #unlock} and {@link #unlockUnchanged} are called by who has locked; what is
 * read between {@link #stamp} and {@link #validate} is thrown away if that says so.
 *
 * <p>Guarantees: one thread at a time has locked; what was read is of one moment if its stamp is
 * valid. Not if 2^31 changes were made meanwhile: half a minute of nothing else.
 *
 * <p>Progress: nothing waits here; {@link VersionStore} does.
 *
 * <p>Memory ordering, after Boehm, "Can Seqlocks Get Along With Programming Language Memory
 * Models?", MSPC 2012: a stamp is loaded with acquire, and loaded again behind an acquire fence,
 * for plain loads could sink below an acquire load. The lock is shut by a compare-and-set, of which
 * later stores may be seen before its own, and so with a fence of stores behind it; it is opened
 * with release.
 */
abstract class LockedCell extends Cell {

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(LockedCell.class, "word", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int word;

    /** Shuts the lock if it is open. */
    final boolean tryLock() {
        int open = (int) WORD.getOpaque(this);
        if (isShut(open) || !WORD.compareAndSet(this, open, open + 1)) {
            return false;
        }
        VarHandle.storeStoreFence();
        return true;
    }

    /** Opens the lock after changes. */
    final void unlock() {
        WORD.setRelease(this, word + 1);
    }

    /** Opens the lock as if it had not been shut: stamps from before stay valid. */
    final void unlockUnchanged() {
        WORD.setRelease(this, word - 1);
    }

    /** To be shown to {@link #validate} when something was read without the lock. */
    final int stamp() {
        return (int) WORD.getAcquire(this);
    }

    /** Whether the lock was shut when that stamp was taken: what is read then is not valid. */
    static boolean isShut(int stamp) {
        return (stamp & 1) != 0;
    }

    /** Whether nothing was changed since that stamp, taken of an open lock. */
    final boolean validate(int stamp) {
        VarHandle.acquireFence();
        return (int) WORD.getOpaque(this) == stamp;
    }
}
