package dev.varve.logstore.io;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The one thread by which a store does work in the background, if it was given a factory: piece
 * after piece as long as there is some, then a pause until the idle time is over or {@link #signal}
 * is called. A failure is counted, and the work begun again after a pause that doubles from 10 ms
 * to 10 s; only a store that is poisoned or closed ends it.
 *
 * <p>Not for embedders. Begun by {@link #start}; ended by {@link #close}, which waits for the piece
 * of work that it is at. Any thread may call anything; the agent is never interrupted.
 */
public final class AgentThread implements AutoCloseable {

    /** Idle until it is signalled: some centuries. */
    public static final long UNTIL_SIGNALLED = Long.MAX_VALUE;

    private static final long MIN_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(10);

    private final BooleanSupplier step;
    private final long idleNs;
    private final Thread thread;
    private volatile boolean ended;
    private volatile long failures;

    /**
     * @param step does a piece of work and tells whether there is more
     * @param idleNs after how many nanoseconds it looks for work again
     * @throws IllegalStateException if the factory makes no thread
     */
    public AgentThread(ThreadFactory factory, BooleanSupplier step, long idleNs) {
        this.step = step;
        this.idleNs = idleNs;
        this.thread = newThread(factory, this::run);
    }

    /**
     * A thread of that factory, not started.
     *
     * @throws IllegalStateException if the factory makes none, as it may
     */
    public static Thread newThread(ThreadFactory factory, Runnable work) {
        Thread made = factory.newThread(work);
        if (made == null) {
            throw new IllegalStateException("the thread factory made no thread");
        }
        return made;
    }

    /** Returns when a thread has ended, however often this one is interrupted meanwhile. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins; once. */
    public void start() {
        thread.start();
    }

    /** Tells that there is work. */
    public void signal() {
        LockSupport.unpark(thread);
    }

    /** How often the work has failed, and was begun again. */
    public long failures() {
        return failures;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread
    private void run() {
        long pauseNs = MIN_PAUSE_NS;
        while (!ended) {
            // Nobody may mean this thread by an interrupt; it would not pause any more.
            boolean ignored = Thread.interrupted();
            try {
                boolean more = step.getAsBoolean();
                pauseNs = MIN_PAUSE_NS;
                if (!more && !ended) {
                    LockSupport.parkNanos(this, idleNs);
                }
            } catch (StorageClosedException | StoragePoisonedException e) {
                return; // whoever commits next is told
            } catch (RuntimeException | Error e) {
                failures++;
                if (!ended) {
                    LockSupport.parkNanos(this, pauseNs);
                }
                pauseNs = Math.min(2 * pauseNs, MAX_PAUSE_NS);
            }
        }
    }

    /** Returns when the thread has ended: after the piece of work that it is at. */
    @Override
    public void close() {
        ended = true;
        signal();
        join(thread);
    }
}
