package dev.varve.logstore;

import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StoragePoisonedException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The one thread that a store runs, if it was given a factory: does maintenance whenever a segment
 * was sealed. A failure is counted, and the work begun again after a pause that doubles from 10 ms
 * to 10 s; only a store that is poisoned or closed ends it.
 *
 * <p>Started by {@link #start}; ended by {@link #close}, which waits for it. The thread is never
 * interrupted.
 */
final class MaintenanceThread implements AutoCloseable {

    private static final long MIN_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(10);

    private final BooleanSupplier step;
    private final Thread thread;
    private volatile boolean ended;
    private volatile long failures;

    /**
     * @param step does a piece of work and tells whether there is more
     */
    MaintenanceThread(ThreadFactory factory, BooleanSupplier step) {
        this.step = step;
        this.thread = factory.newThread(this::run);
    }

    void start() {
        thread.start();
    }

    /** Tells that there is work. */
    void signal() {
        LockSupport.unpark(thread);
    }

    long failures() {
        return failures;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread
    private void run() {
        long pauseNs = MIN_PAUSE_NS;
        while (!ended) {
            // Nobody may mean this thread by an interrupt; it would not pause any more.
            boolean ignored = Thread.interrupted();
            try {
                if (!step.getAsBoolean() && !ended) {
                    LockSupport.park(this);
                }
                pauseNs = MIN_PAUSE_NS;
            } catch (StorageClosedException | StoragePoisonedException e) {
                return; // whoever commits next is told
            } catch (RuntimeException | Error e) {
                failures++;
                LockSupport.parkNanos(this, pauseNs);
                pauseNs = Math.min(2 * pauseNs, MAX_PAUSE_NS);
            }
        }
    }

    /** Returns when the thread has ended: after the piece of work that it is at. */
    @Override
    public void close() {
        ended = true;
        signal();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
