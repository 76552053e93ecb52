package dev.varve.cli;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.BlockInput;
import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.ExecutionStats;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.KeyClassifier;
import dev.varve.engine.exec.StatisticsLevel;
import dev.varve.engine.exec.WriteBatch;
import dev.varve.sync.ethereum.replay.BlockProgram;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Executes blocks sequentially and as asked for, in turns, so that both meet the same noise of the
 * machine, and compares all that they leave. What is asked for is one of many blocks, as in
 * a replay: the next is announced, the same again. For one thread, which closes it.
 */
final class BlockTrial implements AutoCloseable {

    private static final int MIN_WARM_UP = 2;
    private static final int MAX_WARM_UP = 5_000;
    private static final int ROUNDS = 9;

    /**
     * Code that is not compiled yet takes five to forty times as long as later: so much is executed
     * before anything is measured, once for all blocks.
     */
    private static final long WARM_UP_NS = 250_000_000L;

    /** Enough of one block; a block of long transactions has at least one round. */
    private static final long BUDGET_NS = 2_000_000_000L;

    private final BlockExecutor reference;
    private final BlockExecutor sequential;
    private final BlockExecutor measured;
    private final LongSupplier nanoClock;
    private long warmNs;

    /**
     * What came of one block.
     *
     * @param difference the first thing that is not equal, or null
     * @param dependencies what depends on what, by the sequential execution
     * @param stats of the last execution as asked for
     * @param sequentialNs median time of the block, sequentially
     * @param measuredNs median time of the block as asked for
     */
    record Result(
            @Nullable String difference,
            DependencyStats dependencies,
            ExecutionStats stats,
            long sequentialNs,
            long measuredNs) {

        double speedUp() {
            return (double) sequentialNs / Math.max(1, measuredNs);
        }

        /**
         * Nanoseconds per transaction that all threads together spend beyond what the sequential
         * execution does, waiting included.
         */
        double overheadNs() {
            double spent = (double) measuredNs * Math.max(1, stats.threads());
            return (spent - sequentialNs) / Math.max(1, stats.transactions());
        }
    }

    BlockTrial(
            ExecutorMode mode,
            BlockExecutor.Builder builder,
            KeyClassifier kinds,
            LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        reference =
                BlockExecutor.builder()
                        .mode(ExecutorMode.SEQUENTIAL)
                        .statistics(StatisticsLevel.DEPENDENCIES, kinds)
                        .build();
        sequential = BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build();
        measured = builder.mode(mode).build();
    }

    /**
     * Tries a block.
     *
     * @param check says what else is wrong with an outcome, or null; outside of what is measured
     */
    <R> Result run(
            BlockProgram<R> block, Function<BlockOutcome<R>, @Nullable String> check) {
        BlockOutcome<R> expected = block.executeOn(reference);
        DependencyStats dependencies = Objects.requireNonNull(expected.stats().dependencies());
        String difference = check.apply(expected);
        BlockInput<R> input = block.input();
        warmUp(block, input);
        long[] sequentialNs = new long[ROUNDS];
        long[] measuredNs = new long[ROUNDS];
        long end = nanoClock.getAsLong() + BUDGET_NS;
        ExecutionStats stats;
        int round = 0;
        do {
            long start = nanoClock.getAsLong();
            block.executeOn(sequential);
            long middle = nanoClock.getAsLong();
            BlockOutcome<R> actual = measured.execute(input, input);
            long last = nanoClock.getAsLong();
            stats = actual.stats();
            if (difference == null) {
                difference = difference(expected, actual);
            }
            sequentialNs[round] = middle - start;
            measuredNs[round] = last - middle;
            round++;
        } while (round < ROUNDS && nanoClock.getAsLong() < end);
        return new Result(
                difference,
                dependencies,
                stats,
                median(sequentialNs, round),
                median(measuredNs, round));
    }

    /** Executes a block until its code is compiled; no more than a little if other blocks were. */
    private void warmUp(BlockProgram<?> block, BlockInput<?> input) {
        for (int i = 0; i < MAX_WARM_UP && (i < MIN_WARM_UP || warmNs < WARM_UP_NS); i++) {
            long start = nanoClock.getAsLong();
            block.executeOn(sequential);
            measured.execute(input, input);
            warmNs += nanoClock.getAsLong() - start;
        }
    }

    @Override
    public void close() {
        measured.close();
        sequential.close();
        reference.close();
    }

    /** The first difference of two outcomes and their writes, or null. */
    static @Nullable String difference(BlockOutcome<?> expected, BlockOutcome<?> actual) {
        if (expected.size() != actual.size()) {
            return actual.size() + " outcomes, not " + expected.size();
        }
        for (int i = 0; i < expected.size(); i++) {
            boolean isEqual =
                    expected.isFailed(i) == actual.isFailed(i)
                            && Objects.equals(expected.result(i), actual.result(i))
                            && Objects.equals(
                                    String.valueOf(expected.failure(i)),
                                    String.valueOf(actual.failure(i)));
            if (!isEqual) {
                return "the outcome of transaction " + i + " differs from the sequential one";
            }
        }
        return difference(expected.batch(), actual.batch());
    }

    private static @Nullable String difference(WriteBatch expected, WriteBatch actual) {
        if (expected.size() != actual.size()) {
            return actual.size() + " writes, not " + expected.size();
        }
        for (int i = 0; i < expected.size(); i++) {
            if (!Arrays.equals(expected.key(i), actual.key(i))
                    || !Arrays.equals(expected.value(i), actual.value(i))) {
                return "write " + i + " differs from the sequential one";
            }
        }
        return null;
    }

    private static long median(long[] values, int count) {
        long[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return sorted[count / 2];
    }
}
