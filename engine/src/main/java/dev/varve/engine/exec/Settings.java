package dev.varve.engine.exec;

import java.util.concurrent.ThreadFactory;

/** The choices of a {@link BlockExecutor}, checked by its builder. */
record Settings(
        ExecutorMode mode,
        int threads,
        ThreadFactory threadFactory,
        int stripes,
        int window,
        StatisticsLevel statistics,
        KeyClassifier classifier,
        long hashSeed,
        long hashMask,
        Interference interference) {

    static final int DEFAULT = 0;

    private static final int ORDERED_STRIPES = 1 << 16;
    private static final int MIN_SPECULATIVE_STRIPES = 256;
    private static final int STRIPES_PER_THREAD = 64;
    private static final int WINDOW_PER_THREAD = 32;

    /** Queues of declared keys. Cheap, so many: two keys in one stripe wait for each other. */
    int orderedStripes() {
        return stripes == DEFAULT ? ORDERED_STRIPES : stripes;
    }

    /** Locks of versions: as many as make it unlikely that two threads meet at one. */
    int speculativeStripes() {
        return stripes == DEFAULT
                ? Math.max(MIN_SPECULATIVE_STRIPES, powerOfTwo(STRIPES_PER_THREAD * threads))
                : stripes;
    }

    /** How far ahead of the first unfinished transaction others may start. */
    int speculativeWindow() {
        return powerOfTwo(window == DEFAULT ? WINDOW_PER_THREAD * threads : window);
    }

    private static int powerOfTwo(int atLeast) {
        return atLeast <= 1 ? 1 : Integer.highestOneBit(atLeast - 1) << 1;
    }
}
