package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;

/**
 * One configuration of the property tests, with its executor.
 *
 * @param name what to print when it fails
 */
record Setup(String name, ExecutorMode mode, BlockExecutor executor, Disturbance disturbance)
        implements AutoCloseable {

    private static final int[] STRIPES = {1, 2, 64, 65_536};
    private static final int[] WINDOWS = {1, 2, 8, 0};
    private static final long[] HASH_MASKS = {-1, 3, 0, -1, -1L << 32};

    static final ThreadFactory DAEMONS =
            task -> {
                Thread thread = new Thread(task, "varve-test-worker");
                thread.setDaemon(true);
                return thread;
            };

    static Setup of(ExecutorMode mode, int threads, int variant, Disturbance disturbance) {
        int stripes = STRIPES[variant % STRIPES.length];
        int window = WINDOWS[(variant / 2) % WINDOWS.length];
        long mask = HASH_MASKS[(variant + threads) % HASH_MASKS.length];
        BlockExecutor.Builder builder =
                BlockExecutor.builder()
                        .mode(mode)
                        .threads(threads, DAEMONS)
                        .stripes(stripes)
                        .statistics(StatisticsLevel.DEPENDENCIES, KeyClassifier.NONE)
                        .hash(variant * 31L + threads, mask)
                        .interference(disturbance);
        if (window != 0) {
            builder.window(window);
        }
        String name =
                mode + " threads=" + threads + " stripes=" + stripes + " window=" + window
                        + " hashMask=" + mask + " disturbance=" + disturbance;
        return new Setup(name, mode, builder.build(), disturbance);
    }

    /** All thread counts with all stripes, windows, collisions and disturbances, mixed. */
    static List<Setup> all(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Setup> setups = new ArrayList<>();
        for (int threads = 1; threads <= 8; threads++) {
            for (int variant = 0; variant < 4; variant++) {
                setups.add(
                        of(
                                ExecutorMode.SPECULATIVE,
                                threads,
                                variant,
                                Disturbance.of(variant, random)));
            }
            for (int variant = 0; variant < 2; variant++) {
                int mixed = threads + variant * 2;
                setups.add(
                        of(
                                ExecutorMode.ORDERED_LOCKS,
                                threads,
                                mixed,
                                Disturbance.of(mixed, random)));
            }
        }
        return setups;
    }

    @Override
    public void close() {
        executor.close();
    }
}
