package dev.varve.bloom;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed number of tiny locks for sections of some dozen instructions that never block: setting
 * the bits of a line. Not reentrant, not fair. A thread that does not get its lock at once spins a
 * little, then sleeps, because the holder can only have lost its processor.
 *
 * <p>Locking is an acquire and unlocking a release: what was written under a lock is seen by its
 * next holder.
 *
 * <p>Each lock carries two marks, which change under it only: so the access that takes the lock
 * also tells what is marked.
 */
final class LockStripes {

    /** Mark: a bit was set since the last checkpoint. */
    static final int DIRTY = 2;

    /** Mark: the shard is rebuilt, and bits are set in a second place too. */
    static final int REBUILT = 4;

    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final byte HELD = 1;
    private static final byte DIRTY_ONLY = DIRTY;
    private static final int SPINS = 128;
    private static final long PAUSE_NS = 1_000;

    // Not padded: a thread finds the line of a random lock at another thread every second time,
    // however few locks share it, and 4 KiB leave more of the cache to lines that were touched.
    private final byte[] states;

    LockStripes(int count) {
        states = new byte[count];
    }

    /** Takes the lock; returns its marks. */
    int lock(int stripe) {
        for (int spin = 0; ; spin++) {
            byte marks = (byte) STATE.getOpaque(states, stripe);
            if ((marks & HELD) == 0
                    && STATE.compareAndSet(states, stripe, marks, (byte) (marks | HELD))) {
                return marks;
            }
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    /** Takes the lock if it is free, and marked as dirty and nothing else. */
    boolean tryLockDirty(int stripe) {
        return STATE.compareAndSet(states, stripe, DIRTY_ONLY, (byte) (DIRTY_ONLY | HELD));
    }

    /** Gives the lock back, with its marks as they are. */
    void unlock(int stripe) {
        unlock(stripe, states[stripe] & ~HELD);
    }

    /** Gives the lock back with other marks. */
    void unlock(int stripe, int marks) {
        STATE.setRelease(states, stripe, (byte) marks);
    }

    /** Gives back what {@link #tryLockDirty} has taken. */
    void unlockDirty(int stripe) {
        STATE.setRelease(states, stripe, DIRTY_ONLY);
    }

    /** Sets or clears the mark of a rebuild, under the lock. */
    void markRebuilt(int stripe, boolean value) {
        states[stripe] = (byte) (value ? states[stripe] | REBUILT : states[stripe] & ~REBUILT);
    }
}
