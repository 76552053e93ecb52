package dev.varve.sync;

/**
 * Where a stage stands.
 *
 * @param stage the stage's id
 * @param resumedAt its next height when the run, or before the first run the pipeline, began
 * @param next first height that is not done and committed
 * @param target height behind the target's head, or -1 before the first run
 * @param work what it did since the run began
 */
public record StageStatus(String stage, long resumedAt, long next, long target, Work work) {}
