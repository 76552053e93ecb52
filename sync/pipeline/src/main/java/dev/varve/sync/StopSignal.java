package dev.varve.sync;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pipeline is to stop, who runs it, and the waits that end with either. For any thread.
 * Once requested, a stop stays requested.
 */
final class StopSignal {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Sleeper sleeper;
    private volatile boolean requested;
    private @Nullable Thread runner;

    StopSignal(Sleeper sleeper) {
        this.sleeper = sleeper;
    }

    boolean isRequested() {
        return requested;
    }

    void request() {
        lock.lock();
        try {
            requested = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Notes that this thread runs the pipeline, unless one does. */
    void enter() {
        lock.lock();
        try {
            if (runner != null) {
                throw new IllegalStateException(
                        "the pipeline already runs in thread " + runner.getName());
            }
            runner = Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            runner = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no other thread runs the pipeline; is not interrupted out of it. */
    void awaitIdle() {
        lock.lock();
        try {
            while (runsElsewhere()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #awaitIdle()}, for a limited time; whether no other thread runs the pipeline. */
    boolean awaitIdle(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (runsElsewhere() && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !runsElsewhere();
        } finally {
            lock.unlock();
        }
    }

    private boolean runsElsewhere() {
        return runner != null && !runner.equals(Thread.currentThread());
    }

    /**
     * Waits, or returns early when a stop is requested. An interrupt requests a stop, because
     * somebody wants this thread back; its status is kept.
     */
    void pause(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!requested && left > 0) {
                left = sleeper.await(changed, left);
            }
        } catch (InterruptedException e) {
            requested = true;
            changed.signalAll();
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Lets a test wait without waiting. */
    @FunctionalInterface
    interface Sleeper {

        Sleeper REAL = Condition::awaitNanos;

        /** Waits for a signal, at most {@code nanos}; returns what is left of them. */
        long await(Condition condition, long nanos) throws InterruptedException;
    }
}
