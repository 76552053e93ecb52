package dev.varve.sync;

import org.jspecify.annotations.Nullable;

/**
 * How a step ended. {@code next} is the first height that is not done; 0 means that nothing is.
 *
 * <p>Only {@link BadItem} says anything about the chain. Everything that may pass, a lost peer or a
 * slow disk, is a {@link Retry}; everything that should not happen is thrown.
 */
public sealed interface StepResult {

    /**
     * The range is done, and what was written is to be committed. If {@code next} lies before the
     * range's end, then the stage's source has ended there and the stage is not called again in
     * this run.
     */
    record Done(long next) implements StepResult {}

    /**
     * A part of the range is done and is to be committed; call again for the rest. What a stage
     * returns that found its {@link Budget} exhausted. It has moved {@code next} or set its cursor,
     * unless a stop was requested.
     */
    record More(long next) implements StepResult {}

    /**
     * The item at {@code height}, which lies in the range, breaks the chain's rules.
     *
     * <p>What the step wrote is dropped, and the stage is called again for the items before {@code
     * height}: so the good prefix is committed by an ordinary step, and a stage needs not keep
     * apart what it wrote for which item. Then the run ends in a {@link BadItemException}.
     *
     * @param reason what the item breaks, for a person
     */
    record BadItem(long height, ItemId id, String reason) implements StepResult {}

    /**
     * The step could not be done now. What it wrote is dropped, and it is tried again after a
     * while, as the {@link RetryPolicy} says.
     *
     * @param reason what was missing, for a person
     */
    record Retry(String reason, @Nullable Throwable cause) implements StepResult {}

    /**
     * The step needs so many bytes of disk that are not there. It is dropped, and the run ends in a
     * {@link dev.varve.logstore.io.StorageFullException}; another run goes on where this one stood.
     */
    record NeedSpace(long bytes) implements StepResult {}
}
