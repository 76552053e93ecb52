package dev.varve.sync;

/**
 * One piece of work that every item of a chain goes through: checking headers, executing blocks,
 * building an index.
 *
 * <p>A stage never commits. It writes through its {@link StepContext}, says in its {@link
 * StepResult} how far it came, and the pipeline commits both together, or drops both. Its output
 * must not depend on how the heights were cut into ranges: any partition of {@code [0, n)} gives
 * the same tables.
 *
 * <p>The methods are called by one thread at a time, the one that is inside {@link Pipeline#run},
 * and a stage object belongs to one pipeline. What a stage keeps in memory between steps is a cache
 * of the store and may be ahead of it, because a step can be dropped after it returned: it is good
 * only if {@link StepContext#continues()} says so.
 */
public interface Stage {

    /** What the stage is called, reads and owns. Always the same. */
    StageSpec spec();

    /**
     * Does the items of {@code range}, or the first of them, or says why not.
     *
     * <p>The range is not empty and starts at the stage's {@code next}. Whatever is thrown drops
     * the step, ends the run, and reaches the caller of {@link Pipeline#run} as it is: it never
     * makes an item a bad one.
     */
    StepResult forward(StepContext context, HeightRange range);
}
