package dev.varve.engine.exec;

/**
 * What a block takes by itself, where the calling thread prepares another one before it works
 * along. A preparation counts for the block that is prepared, as much of it as the block would have
 * been faster without: one thread's share. For the calling thread.
 */
final class BlockTime {

    private long beganNs;
    private long lastedNs;

    /** Of this block, while the one before was executed; and of the next one, so far. */
    private long ownPreparationNs;

    private long otherPreparationNs;

    /** A block begins, for which the last preparation was or was not. */
    void begin(long nowNs, boolean isPrepared) {
        beganNs = nowNs;
        lastedNs = Long.MAX_VALUE;
        ownPreparationNs = isPrepared ? otherPreparationNs : 0;
        otherPreparationNs = 0;
    }

    /** Another block was prepared within this one's time. */
    void addPreparation(long ns) {
        otherPreparationNs += ns;
    }

    /** A worker has left the block since all was done: the first one has left at its end. */
    void left(long atNs) {
        lastedNs = Math.min(lastedNs, atNs - beganNs);
    }

    /**
     * Nanoseconds from the beginning to the end, less the share of the other preparation and with
     * that of its own.
     *
     * @param threads that took part
     */
    long ownNs(int threads) {
        long withinBlock = Math.min(otherPreparationNs, lastedNs);
        return lastedNs + (ownPreparationNs - withinBlock) / threads;
    }
}
