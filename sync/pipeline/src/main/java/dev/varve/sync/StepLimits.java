package dev.varve.sync;

import java.time.Duration;

/**
 * What bounds one step of one stage, so that a stop waits for little, a crash loses little, and a
 * commit fits into memory.
 *
 * @param maxItems heights of a range that a stage is given; never exceeded
 * @param maxBytes bytes of keys and values after which a step should end
 * @param maxTime time after which a step should end
 */
public record StepLimits(int maxItems, long maxBytes, Duration maxTime) {

    public StepLimits {
        if (maxItems < 1) {
            throw new IllegalArgumentException("maxItems is " + maxItems + ", not 1 or more");
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes is " + maxBytes + ", not 1 or more");
        }
        if (maxTime.isNegative() || maxTime.isZero()) {
            throw new IllegalArgumentException("maxTime is " + maxTime + ", not above 0");
        }
    }

    /** 256 items, 16 MiB, one second. */
    public static StepLimits defaults() {
        return new StepLimits(256, 16 << 20, Duration.ofSeconds(1));
    }

    public StepLimits withMaxItems(int items) {
        return new StepLimits(items, maxBytes, maxTime);
    }

    public StepLimits withMaxBytes(long bytes) {
        return new StepLimits(maxItems, bytes, maxTime);
    }

    public StepLimits withMaxTime(Duration time) {
        return new StepLimits(maxItems, maxBytes, time);
    }
}
