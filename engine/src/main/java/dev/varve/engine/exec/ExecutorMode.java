package dev.varve.engine.exec;

/** How a block is executed. The choice changes the time a block takes, never its result. */
public enum ExecutorMode {
    /** One transaction after the other on the calling thread: the reference for all others. */
    SEQUENTIAL,

    /**
     * For transactions that declare their keys: each starts when the earlier ones that share a key
     * with it are done. Nothing is ever thrown away. Needs {@link AccessHints.Precision#EXACT}; with
     * mere hints a block runs as in {@link #SPECULATIVE}.
     */
    ORDERED_LOCKS,

    /**
     * For transactions whose keys are unknown: all start at once, each is checked when all earlier
     * ones are final, and one that read something else than it should have runs again.
     */
    SPECULATIVE,

    /** One of the above for each block, by what earlier blocks were measured to cost. */
    ADAPTIVE
}
