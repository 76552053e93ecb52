package dev.varve.engine.exec;

import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;

/** One configuration of the property tests, with its executor. */
record Setup(Choice choice, BlockExecutor executor, Disturbance disturbance)
        implements AutoCloseable {

    /** Stands for the window that an executor has if it is not told another. */
    static final int DEFAULT_WINDOW = 0;

    static final ThreadFactory DAEMONS =
            task -> {
                Thread thread = new Thread(task, "varve-test-worker");
                thread.setDaemon(true);
                return thread;
            };

    /** What a configuration consists of; each may be combined with each. */
    record Choice(
            ExecutorMode mode,
            int threads,
            int stripes,
            int window,
            long hashMask,
            Disturbance.Kind disturbance) {}

    /** Starts the threads. */
    static Setup of(Choice choice, SplittableRandom random) {
        Disturbance disturbance = new Disturbance(choice.disturbance(), random.nextLong());
        BlockExecutor.Builder builder =
                BlockExecutor.builder()
                        .mode(choice.mode())
                        .threads(choice.threads(), DAEMONS)
                        .stripes(choice.stripes())
                        .statistics(StatisticsLevel.DEPENDENCIES, KeyClassifier.NONE)
                        .hash(random.nextLong(), choice.hashMask())
                        .interference(disturbance);
        if (choice.window() != DEFAULT_WINDOW) {
            builder.window(choice.window());
        }
        return new Setup(choice, builder.build(), disturbance);
    }

    ExecutorMode mode() {
        return choice.mode();
    }

    /**
     * The program with executions that differ from the valid one, where these are thrown away: not
     * where an execution may be the only one.
     */
    TxProgram<Long> spoil(ScriptBlock block, boolean isExact, ScriptBlock others) {
        boolean isSpeculative =
                mode() == ExecutorMode.SPECULATIVE
                        || (mode() == ExecutorMode.ORDERED_LOCKS && !isExact);
        return isSpeculative ? disturbance.spoil(block, others) : block;
    }

    @Override
    public void close() {
        executor.close();
    }
}
