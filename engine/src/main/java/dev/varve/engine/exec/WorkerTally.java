package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * What one worker has done in a block. Written by that worker only, read when the block is over. The
 * counters lie in the middle of an array, so that no two workers share a cache line.
 */
final class WorkerTally {

    static final int EXECUTIONS = 0;
    static final int INVALIDATED = 1;
    static final int ABANDONED = 2;
    static final int IN_SLOT = 3;
    static final int WAITS = 4;
    static final int WAITED_NS = 5;
    static final int TOOK_PART = 6;

    private static final int COUNTERS = 7;
    private static final int PADDING = 16;

    private final long[] counters = new long[PADDING + COUNTERS + PADDING];
    private final KindCounts kinds;

    WorkerTally(KeyClassifier classifier) {
        kinds = new KindCounts(classifier);
    }

    void count(int counter) {
        counters[PADDING + counter]++;
    }

    void add(int counter, long amount) {
        counters[PADDING + counter] += amount;
    }

    /** A run was thrown away because of a key. */
    void countInvalidated(byte[] key) {
        count(INVALIDATED);
        kinds.count(key);
    }

    void addTo(WorkerTally total) {
        for (int i = 0; i < COUNTERS; i++) {
            total.counters[PADDING + i] += counters[PADDING + i];
        }
        kinds.addTo(total.kinds);
    }

    long get(int counter) {
        return counters[PADDING + counter];
    }

    KindCounts kinds() {
        return kinds;
    }

    void clear() {
        Arrays.fill(counters, 0);
        kinds.clear();
    }
}
