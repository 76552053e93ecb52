package dev.varve.sync;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogStore;

/**
 * Turns a unit into a commit. There is one right way; the tests have a wrong one, which they must
 * catch.
 */
@FunctionalInterface
interface Committer {

    /**
     * Records and progress in one batch: they become visible, and survive, together or not at all.
     */
    Committer ONE_BATCH =
            (store, batch, unit) -> {
                unit.addRecords(batch);
                unit.addProgress(batch);
                store.commit(batch);
            };

    /**
     * Commits a unit.
     *
     * @param batch empty, to be filled; cleared by the caller
     */
    void commit(LogStore store, Batch batch, CommitUnit unit);
}
