package dev.varve.engine.exec;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where workers wait for something to do: a bounded spin, then parked.
 *
 * <p>Assumes: whoever makes work available does so by a volatile write and then calls
 * {@link #wake}.
 *
 * <p>Guarantees: no wake-up is lost. A waiter registers and then looks for work; a waker makes work
 * and then looks for waiters; all four are sequentially consistent, so one sees the other. A
 * waiter that is woken after it has found work by itself wakes the next one instead.
 *
 * <p>Progress: a parked worker returns at the latest after {@link #BACKSTOP_NS}, to look again,
 * even if all of the above were wrong.
 */
final class IdleWorkers {

    /**
     * About 6 to 15 us, which is what parking and waking up cost: so a wait costs at most twice
     * what the better of the two would have. With fewer, workers park between two transactions of
     * a chain; with more, they keep a busy machine from others. Figures: decision 0010.
     */
    private static final int SPINS = 300;

    private static final long BACKSTOP_NS = 2_000_000;

    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable Thread> parked;

    /** Tells a waiting worker whether to go on. */
    interface Condition {

        /** Asked after it has registered, so nothing may be overlooked. */
        boolean holds();

        /**
         * Asked while it spins, so it should be cheap however many workers there are: each look may
         * be at another part of the whole.
         */
        default boolean seemsToHold(int look) {
            return holds();
        }
    }

    IdleWorkers(int workers) {
        parked = new AtomicReferenceArray<>(workers);
    }

    /** Waits until the condition holds, or for a while. */
    void await(int worker, Condition condition, WorkerTally tally) {
        for (int i = 0; i < SPINS; i++) {
            if (condition.seemsToHold(i)) {
                return;
            }
            Thread.onSpinWait();
        }
        tally.count(WorkerTally.WAITS);
        long from = System.nanoTime();
        park(worker, condition);
        tally.add(WorkerTally.WAITED_NS, System.nanoTime() - from);
    }

    /** Whether somebody is parked, or about to be. */
    boolean hasWaiting() {
        return waiting.get() != 0;
    }

    /** Wakes up to {@code most} waiting workers. */
    void wake(int most) {
        if (!hasWaiting()) {
            return;
        }
        int woken = 0;
        for (int i = 0; i < parked.length() && woken < most; i++) {
            Thread thread = parked.getAndSet(i, null);
            if (thread != null) {
                LockSupport.unpark(thread);
                woken++;
            }
        }
    }

    void wakeAll() {
        wake(Integer.MAX_VALUE);
    }

    private void park(int worker, Condition condition) {
        parked.set(worker, Thread.currentThread());
        waiting.incrementAndGet();
        boolean goesOn = false;
        try {
            goesOn = condition.holds();
            if (!goesOn) {
                parkOrYield();
            }
        } finally {
            waiting.decrementAndGet();
            boolean isWoken = parked.getAndSet(worker, null) == null;
            if (isWoken && goesOn) {
                wake(1); // it has found other work, and was not the one to be woken for this
            }
        }
    }

    /** A thread that its owner has interrupted cannot park; its status is not ours to clear. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void parkOrYield() {
        if (Thread.currentThread().isInterrupted()) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(this, BACKSTOP_NS);
        }
    }
}
