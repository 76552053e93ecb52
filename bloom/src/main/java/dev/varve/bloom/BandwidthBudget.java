package dev.varve.bloom;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Slows a background writer down to a number of bytes per second, so that it leaves the disk to
 * others. Belongs to one thread at a time. An interrupted thread is not slowed down; it stays
 * interrupted.
 */
public final class BandwidthBudget {

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final long SEEKING_BYTES_PER_SECOND = 64 << 20;
    private static final double NANOS_PER_SECOND = 1e9;

    /** Between two looks at whether the budget was lifted. */
    private static final long MAX_PAUSE_NS = 100_000_000;

    private final long bytesPerSecond;
    private final LongSupplier clock;
    private final LongConsumer pause;
    private BooleanSupplier lifted = () -> false;
    private long nextNs;

    /**
     * For tests.
     *
     * @param clock nanoseconds since anything
     * @param pause waits for about that many nanoseconds
     */
    BandwidthBudget(long bytesPerSecond, LongSupplier clock, LongConsumer pause) {
        this.bytesPerSecond = bytesPerSecond;
        this.clock = clock;
        this.pause = pause;
        nextNs = clock.getAsLong();
    }

    public static BandwidthBudget unlimited() {
        return new BandwidthBudget(UNLIMITED, System::nanoTime, LockSupport::parkNanos);
    }

    public static BandwidthBudget of(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "bytes per second must be positive, not " + bytesPerSecond);
        }
        return new BandwidthBudget(bytesPerSecond, System::nanoTime, LockSupport::parkNanos);
    }

    /** A budget that nobody waits for any more once {@code lifted} says so. */
    public static BandwidthBudget of(long bytesPerSecond, BooleanSupplier lifted) {
        BandwidthBudget budget = of(bytesPerSecond);
        budget.lifted = lifted;
        return budget;
    }

    /** Whether nobody ever waits for it. */
    boolean isUnlimited() {
        return bytesPerSecond == UNLIMITED;
    }

    /**
     * Bytes after which a file is forced. Few, so that no force has much to write, for which others
     * would wait; more for a disk of which only little may be used, because it must seek: there a
     * force is some ten milliseconds, however little it has to write.
     */
    long bytesPerForce() {
        return bytesPerSecond < SEEKING_BYTES_PER_SECOND ? 1 << 20 : 128 << 10;
    }

    /** Waits until that many bytes more are within the budget. */
    public void spend(long bytes) {
        if (isUnlimited()) {
            return;
        }
        // What was not used in the past is forfeited: no burst after a pause. Only differences are
        // compared, because the clock may overflow.
        long nowNs = clock.getAsLong();
        nextNs = nowNs + Math.max(nextNs - nowNs, 0);
        nextNs += (long) (bytes * NANOS_PER_SECOND / bytesPerSecond);
        long waitNs = nextNs - nowNs;
        while (waitNs > 0 && !lifted.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
            pause.accept(Math.min(waitNs, MAX_PAUSE_NS));
            waitNs = nextNs - clock.getAsLong();
        }
    }
}
