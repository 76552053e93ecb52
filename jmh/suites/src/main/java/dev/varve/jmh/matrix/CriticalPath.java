package dev.varve.jmh.matrix;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.KeyClassifier;
import dev.varve.engine.exec.StatisticsLevel;
import dev.varve.sync.ethereum.replay.BlockProgram;
import java.util.Objects;

/**
 * What the measured times of a block's own transactions allow so many threads: a model, and no
 * measurement of these threads.
 *
 * <p>No schedule is faster than the longest chain of dependent transactions, nor than the work
 * divided by the threads; the model takes the larger of both for the time. It assumes that
 * transactions take as long on any thread as they took on one, that moving data between cores costs
 * nothing, and that some schedule reaches the bound.
 *
 * @param transactions of the block
 * @param totalNs time of all its transactions
 * @param parallelism that by the longest chain in time, 1 or more
 */
record CriticalPath(int transactions, double totalNs, double parallelism) {

    /**
     * Executes the block on one thread, and measures each transaction. Of all executions the
     * medians count, since an interruption makes one transaction, and so one chain, long.
     */
    static CriticalPath measure(BlockProgram<?> block, int executions) {
        double[] totalNs = new double[executions];
        double[] parallelism = new double[executions];
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.SEQUENTIAL)
                        .statistics(StatisticsLevel.TIMES, KeyClassifier.NONE)
                        .build()) {
            for (int i = 0; i < executions; i++) {
                DependencyStats stats = block.executeOn(executor).stats().dependencies();
                CriticalPath path = of(Objects.requireNonNull(stats, "dependencies"));
                totalNs[i] = path.totalNs;
                parallelism[i] = path.parallelism;
            }
        }
        return new CriticalPath(
                block.count(), Median.of(totalNs).value(), Median.of(parallelism).value());
    }

    /** By the times of one execution. */
    static CriticalPath of(DependencyStats stats) {
        double total = stats.executionNs();
        double longest = stats.criticalPathNs();
        return new CriticalPath(stats.transactions(), total, longest <= 0 ? 1 : total / longest);
    }

    /** How many times as fast as one thread so many can be, if the executor costs nothing. */
    double bound(int threads) {
        return Math.min(threads, parallelism);
    }

    /**
     * The same over sequential execution if the executor costs something, all of it, planning and
     * commits too, as work that only one thread does.
     *
     * @param serialNs for each transaction
     */
    double speedUp(int threads, double serialNs) {
        return totalNs / (totalNs / bound(threads) + transactions * serialNs);
    }
}
