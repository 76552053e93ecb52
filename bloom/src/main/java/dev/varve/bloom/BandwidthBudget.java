package dev.varve.bloom;

import java.util.concurrent.locks.LockSupport;

/**
 * Slows a background writer down to a number of bytes per second, so that it leaves the disk to
 * others. Belongs to one thread at a time. An interrupted thread is not slowed down; it stays
 * interrupted.
 */
public final class BandwidthBudget {

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final double NANOS_PER_SECOND = 1e9;

    private final long bytesPerSecond;
    private long nextNs;

    private BandwidthBudget(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        nextNs = System.nanoTime();
    }

    public static BandwidthBudget unlimited() {
        return new BandwidthBudget(UNLIMITED);
    }

    public static BandwidthBudget of(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "bytes per second must be positive, not " + bytesPerSecond);
        }
        return new BandwidthBudget(bytesPerSecond);
    }

    /** Waits until that many bytes more are within the budget. */
    void spend(long bytes) {
        if (bytesPerSecond == UNLIMITED) {
            return;
        }
        long nowNs = System.nanoTime();
        // What was not used in the past is forfeited: no burst after a pause.
        nextNs = Math.max(nextNs - nowNs, 0) + nowNs;
        nextNs += (long) (bytes * NANOS_PER_SECOND / bytesPerSecond);
        long waitNs = nextNs - System.nanoTime();
        while (waitNs > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(waitNs);
            waitNs = nextNs - System.nanoTime();
        }
    }
}
