package dev.varve.engine;

import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FalsePositiveRate;

/**
 * What a store does differently on one kind of disk. Only what depends on the disk is here; what
 * depends on the ledger is set at the {@link LedgerStore.Builder}.
 */
public enum StorageProfile {

    /** Reads at any place cost some ten microseconds, and several at a time cost no more. */
    SSD(12, 4, 256L << 20),

    /**
     * Every read at another place costs a seek of some ten milliseconds. So the filter has a rate
     * of false positives, each of which is one, that is 4.6 times lower, for a third more memory;
     * its files are read by one thread, in the order in which they were written; and its
     * checkpoints leave most of the time to the log.
     */
    HDD(16, 1, 32L << 20);

    private final double bitsPerId;
    private final int loaders;
    private final long checkpointBytesPerSecond;

    StorageProfile(double bitsPerId, int loaders, long checkpointBytesPerSecond) {
        this.bitsPerId = bitsPerId;
        this.loaders = loaders;
        this.checkpointBytesPerSecond = checkpointBytesPerSecond;
    }

    /** Bits of filter for each id that is expected. */
    public double bitsPerId() {
        return bitsPerId;
    }

    /** How many threads load the filter, if the embedder gives threads. */
    public int loaders() {
        return loaders;
    }

    /** Bytes per second that checkpoints of the filter take at most. */
    public long checkpointBytesPerSecond() {
        return checkpointBytesPerSecond;
    }

    /** The filter for that many ids. */
    public BloomGeometry geometry(long expectedIds) {
        int words = FalsePositiveRate.bestWordsPerId(bitsPerId);
        return BloomGeometry.forExpected(expectedIds, FalsePositiveRate.of(bitsPerId, words));
    }
}
