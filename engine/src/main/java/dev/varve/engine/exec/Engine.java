package dev.varve.engine.exec;

/**
 * One way to execute a block. On return every transaction is final, or the run has a failure; no
 * worker is inside. Used by one thread at a time; holds the memory of the last block until the
 * next.
 */
interface Engine {

    void execute(BlockRun run);

    /** Forgets what it has prepared for a block that it will not execute next. */
    default void dropPrepared() {}

    /**
     * What the last block would have taken by itself.
     *
     * @param wallNs what it took, with what was prepared for another one meanwhile
     */
    default long ownNs(long wallNs) {
        return wallNs;
    }

    /** Adds up what the workers did in the last block. */
    void addTo(WorkerTally total);
}
