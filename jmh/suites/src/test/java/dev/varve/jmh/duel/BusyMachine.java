package dev.varve.jmh.duel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Threads that do nothing but work, so that others have to wait for a processor. They end when this
 * is closed, and by themselves after some minutes.
 */
final class BusyMachine implements AutoCloseable {

    private static final long LIMIT_NS = TimeUnit.MINUTES.toNanos(5);

    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;

    /** Starts so many. */
    BusyMachine(int count) {
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().daemon().start(this::work));
        }
    }

    private void work() {
        long start = System.nanoTime();
        while (!ended && System.nanoTime() - start < LIMIT_NS) {
            Thread.onSpinWait();
        }
    }

    @Override
    public String toString() {
        return threads.size() + " busy threads";
    }

    @Override
    public void close() {
        ended = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
