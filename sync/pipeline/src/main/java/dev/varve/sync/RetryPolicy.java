package dev.varve.sync;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How often and after what waits a step that returned {@link StepResult.Retry} is tried again. Each
 * wait is twice the one before.
 *
 * @param maxAttempts tries of one step, the first included
 * @param firstWait wait before the second try
 * @param maxWait the longest wait
 */
public record RetryPolicy(int maxAttempts, Duration firstWait, Duration maxWait) {

    public RetryPolicy {
        if (maxAttempts < 1) {
            throw new IllegalArgumentException("maxAttempts is " + maxAttempts + ", not 1 or more");
        }
        if (firstWait.isNegative() || maxWait.compareTo(firstWait) < 0) {
            throw new IllegalArgumentException(
                    "waits of " + firstWait + " to " + maxWait + " are no range");
        }
    }

    /** Eight tries with waits of 200 ms to 10 s: about 22 seconds in all. */
    public static RetryPolicy defaults() {
        return new RetryPolicy(8, Duration.ofMillis(200), Duration.ofSeconds(10));
    }

    /**
     * Wait after a try that failed.
     *
     * @param attempt number of that try, from 1
     */
    long waitNanos(int attempt) {
        int doublings = Math.min(attempt - 1, Long.SIZE - 1);
        long first = TimeUnit.NANOSECONDS.convert(firstWait); // saturates
        long max = TimeUnit.NANOSECONDS.convert(maxWait);
        return first > max >>> doublings ? max : first << doublings;
    }
}
