package dev.varve.sync;

import java.util.List;

/**
 * How a run ended that was not ended by an exception.
 *
 * @param commits how many were made
 * @param commitNanos time in commits
 * @param stages in the order in which they run
 */
public record CycleReport(
        Outcome outcome, long commits, long commitNanos, List<StageStatus> stages) {

    public CycleReport {
        stages = List.copyOf(stages);
    }

    /** Why the run ended. */
    public enum Outcome {
        /** Every stage has done the target's head. */
        REACHED,
        /**
         * A stage's source ended before the target; all other stages came as far as that lets them.
         */
        SOURCE_ENDED,
        /** A stop was requested. */
        STOPPED
    }
}
