package dev.varve.engine;

import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StoragePoisonedException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The one thread by which a ledger keeps its filter, if it was given a factory: looks for work
 * every 100 ms, and without a pause as long as there is some. A failure is counted, and the work
 * begun again after a pause that doubles from 100 ms to 10 s; only a store that is poisoned or
 * closed ends it.
 *
 * <p>Begun by {@link #start}; ended by {@link #close}, which waits for the piece of work that it is
 * at. The thread is never interrupted.
 */
final class UpkeepThread implements AutoCloseable {

    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(10);

    private final BooleanSupplier step;
    private final Thread thread;
    private volatile boolean ended;
    private volatile long failures;

    /**
     * @param step does a piece of work and tells whether there is more
     */
    UpkeepThread(ThreadFactory factory, BooleanSupplier step) {
        this.step = step;
        this.thread = factory.newThread(this::run);
    }

    void start() {
        thread.start();
    }

    long failures() {
        return failures;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread
    private void run() {
        long pauseNs = PAUSE_NS;
        while (!ended) {
            // Nobody may mean this thread by an interrupt; it would not pause any more.
            boolean ignored = Thread.interrupted();
            try {
                boolean more = step.getAsBoolean();
                pauseNs = PAUSE_NS;
                if (!more && !ended) {
                    LockSupport.parkNanos(this, PAUSE_NS);
                }
            } catch (StorageClosedException | StoragePoisonedException e) {
                return; // whoever commits next is told
            } catch (RuntimeException | Error e) {
                failures++;
                LockSupport.parkNanos(this, pauseNs);
                pauseNs = Math.min(2 * pauseNs, MAX_PAUSE_NS);
            }
        }
    }

    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
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
}
