package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * What the speculation knows about one unfinished transaction. Belongs to whoever has the right to
 * it by {@link TxStates}; the slot is used again a window later.
 */
final class TxSlot {

    final AccessLog log = new AccessLog();

    /** Executions so far; never the same for two of one transaction. */
    int incarnation;

    /** The frontier when the transaction was claimed: what is below was final already. */
    int floor;

    /** Executions that were thrown away. */
    int attempts;

    /** Whether all earlier transactions were final when the execution began: so it is valid. */
    boolean inSlot;

    boolean succeeded;
    long durationNs;

    /**
     * The cells in which this transaction has an entry that another execution may have to remove.
     */
    private VersionedCell[] published = {};

    private int publishedCount;

    void open(int transaction, int frontier) {
        floor = frontier;
        incarnation = 0;
        attempts = 0;
        inSlot = transaction == frontier;
        publishedCount = 0;
    }

    void addPublished(VersionedCell cell) {
        if (publishedCount == published.length) {
            int length = Math.max(8, publishedCount * 2);
            VersionedCell[] larger = Arrays.copyOf(published, length);
            Arrays.fill(larger, publishedCount, length, cell);
            published = larger;
        }
        published[publishedCount++] = cell;
    }

    int publishedCount() {
        return publishedCount;
    }

    VersionedCell published(int i) {
        return published[i];
    }

    void clearPublished() {
        publishedCount = 0;
    }

    /** Drops the references to values. */
    void forget() {
        log.forget();
        publishedCount = 0;
    }
}
