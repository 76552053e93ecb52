package dev.varve.jmh.duel;

import java.time.Duration;

/**
 * How long a duel goes on.
 *
 * @param minPairs pairs of processes before the first verdict, at least 2
 * @param maxPairs pairs after which a duel that is not decided is inconclusive
 * @param slices stretches that each of a pair runs
 * @param slice how long a stretch should take
 * @param warmUp how long each of a pair runs before it is measured, at least
 */
public record DuelEffort(
        int minPairs, int maxPairs, int slices, Duration slice, Duration warmUp) {

    public DuelEffort {
        if (minPairs < 2 || maxPairs < minPairs || slices < 1) {
            throw new IllegalArgumentException(
                    "pairs from " + minPairs + " to " + maxPairs + ", slices " + slices);
        }
    }

    /**
     * What tells 3 percent on a quiet machine; about three seconds for a pair. Processes differ
     * more than the slices of one, so there are more pairs rather than more slices.
     */
    public static DuelEffort of(Medium medium) {
        return switch (medium) {
            case PROCESSOR, PROCESSORS, MEMORY ->
                new DuelEffort(4, 10, 24, Duration.ofMillis(20), Duration.ofSeconds(1));
            case DISK ->
                new DuelEffort(4, 10, 8, Duration.ofMillis(100), Duration.ofSeconds(1));
        };
    }

    /** A fifth of the time, for a first look. */
    public DuelEffort quick() {
        return new DuelEffort(3, 4, Math.max(6, slices / 3), slice, warmUp.dividedBy(3));
    }

    /** What bounds a program, and so how it has to take turns. */
    public enum Medium {
        PROCESSOR,
        /** All of them at once: where others have them meanwhile, nothing can be told. */
        PROCESSORS,
        MEMORY,
        /** Stretches end in a force, so that neither program pays for what the other wrote. */
        DISK
    }
}
