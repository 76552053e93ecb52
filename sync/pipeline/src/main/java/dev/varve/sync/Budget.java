package dev.varve.sync;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What is left of one step. The items need no asking: the range that the stage was given holds no
 * more of them than a step may do. Used by the thread that runs the step.
 */
public final class Budget {

    private final LongSupplier nanoClock;
    private final BooleanSupplier stop;
    private final long deadlineNanos;
    private long bytesLeft;

    Budget(StepLimits limits, LongSupplier nanoClock, BooleanSupplier stop) {
        this.nanoClock = nanoClock;
        this.stop = stop;
        long maxNanos = TimeUnit.NANOSECONDS.convert(limits.maxTime()); // saturates
        this.deadlineNanos = nanoClock.getAsLong() + maxNanos;
        this.bytesLeft = limits.maxBytes();
    }

    /**
     * Whether the step should end now: it wrote enough, it ran long enough, or a stop was
     * requested. Cheap enough to ask between any two items. A stage then returns {@link
     * StepResult.More}.
     */
    public boolean exhausted() {
        return bytesLeft <= 0
                || deadlineNanos - nanoClock.getAsLong() <= 0
                || stop.getAsBoolean();
    }

    void charge(long bytes) {
        bytesLeft -= bytes;
    }
}
