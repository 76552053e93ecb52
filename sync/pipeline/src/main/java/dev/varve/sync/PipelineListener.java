package dev.varve.sync;

/**
 * Is told what a run does, by the thread that runs it; meant for display. What a listener throws
 * ends the run and reaches its caller; what was committed stays.
 */
@FunctionalInterface
public interface PipelineListener {

    /** A step was committed. */
    void onStep(StepEvent event);

    /** A step is tried again after {@code waitNanos}; {@code attempt} tries of it failed so far. */
    default void onRetry(String stage, StepResult.Retry retry, int attempt, long waitNanos) {}

    /**
     * What one stage had done when a commit returned.
     *
     * @param range the heights that were done; empty if only the stage's cursor moved
     */
    record StepEvent(String stage, HeightRange range, Work work) {}
}
