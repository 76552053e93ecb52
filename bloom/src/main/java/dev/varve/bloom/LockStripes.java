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
 */
final class LockStripes {

    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int FREE = 0;
    private static final int HELD = 1;
    private static final int SPINS = 128;
    private static final long PAUSE_NS = 1_000;

    // Not padded: two of two random stripes of 4,096 share a cache line in one case of 256.
    private final int[] states;

    LockStripes(int count) {
        states = new int[count];
    }

    void lock(int stripe) {
        if (!STATE.compareAndSet(states, stripe, FREE, HELD)) {
            lockContended(stripe);
        }
    }

    void unlock(int stripe) {
        STATE.setRelease(states, stripe, FREE);
    }

    private void lockContended(int stripe) {
        for (int spin = 0; ; spin++) {
            if ((int) STATE.getOpaque(states, stripe) == FREE
                    && STATE.compareAndSet(states, stripe, FREE, HELD)) {
                return;
            }
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }
}
