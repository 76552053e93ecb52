package dev.varve.jmh.matrix;

import dev.varve.engine.exec.ExecutorMode;
import dev.varve.jmh.BenchResult;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The matrix of the block executor with what belongs to it: what the executor needs for a
 * transaction that does no work, and what the model foretells of more threads. Immutable once
 * measured.
 */
public final class MatrixRun {

    /** Where more threads should pay most: long transactions, few conflicts. */
    static final int MODEL_ACCOUNTS = 10_000;

    static final double MODEL_COST_US = 15;

    private static final List<Integer> MODEL_THREADS = List.of(1, 2, 4, 8, 16);
    /** Threads of the model by measured times, where more than one gain something. */
    private static final List<Integer> PATH_THREADS = List.of(2, 4, 8, 16);

    private static final List<ExecutorMode> MODELLED =
            List.of(ExecutorMode.ORDERED_LOCKS, ExecutorMode.SPECULATIVE);

    /** Two threads hand transactions to each other, as more would; one alone does not. */
    private static final int HANDING_OVER = 2;

    private final List<MatrixPoint> points;
    private final List<MatrixPoint> bare = new ArrayList<>();
    private final List<Forecast> forecasts = new ArrayList<>();
    private final List<Bound> bounds = new ArrayList<>();

    private MatrixRun(MatrixScale scale, long seed) {
        ExecutorMatrix matrix = new ExecutorMatrix(scale, seed);
        points = matrix.measure();
        for (int threads : List.of(1, HANDING_OVER)) {
            for (int accounts : List.of(100, MODEL_ACCOUNTS)) {
                bare.addAll(matrix.measure(threads, accounts, 0));
            }
        }
        List<MatrixPoint> measured = new ArrayList<>();
        for (int threads : scale.threads()) {
            measured.addAll(matrix.measure(threads, MODEL_ACCOUNTS, MODEL_COST_US));
        }
        SyntheticTransfers block = matrix.block(MODEL_ACCOUNTS, MODEL_COST_US);
        ScalingModel model = new ScalingModel(block, block.count());
        for (ExecutorMode mode : MODELLED) {
            forecast(mode, model, measured);
        }
        Stream.concat(scale.accounts().stream(), Stream.of(MODEL_ACCOUNTS))
                .distinct()
                .forEach(accounts -> bound(accounts, matrix, scale.slices()));
    }

    /** Measures every point, with as many threads as the machine has cores; some minutes. */
    public static MatrixRun full(long seed) {
        return of(MatrixScale.full(Runtime.getRuntime().availableProcessors()), seed);
    }

    /** Measures the corners, for a first look; some seconds. */
    public static MatrixRun quick(long seed) {
        return of(MatrixScale.quick(), seed);
    }

    static MatrixRun of(MatrixScale scale, long seed) {
        return new MatrixRun(scale, seed);
    }

    /**
     * One line of the model.
     *
     * @param rounds of transactions side by side that the block needs
     * @param foretold speed-up over sequential execution
     * @param measured the same as it was measured, or not a number
     */
    record Forecast(
            ExecutorMode mode, int threads, int rounds, double foretold, double measured) {}

    /**
     * One line of the model by measured times.
     *
     * @param roundsBound speed-up that the rounds allow, where all transactions take the same time
     * @param pathBound the same by the measured times of the transactions
     * @param ordered what declared keys get of it, by what the executor costs on one thread
     * @param speculative the same for unknown keys
     */
    record Bound(
            int accounts,
            int threads,
            double roundsBound,
            double pathBound,
            double ordered,
            double speculative) {}

    private void bound(int accounts, ExecutorMatrix matrix, int executions) {
        SyntheticTransfers block = matrix.block(accounts, MODEL_COST_US);
        ScalingModel model = new ScalingModel(block, block.count());
        CriticalPath path = CriticalPath.measure(block, executions);
        for (int threads : PATH_THREADS) {
            bounds.add(
                    new Bound(
                            accounts,
                            threads,
                            (double) block.count() / model.rounds(threads),
                            path.bound(threads),
                            path.speedUp(threads, serialNs(ExecutorMode.ORDERED_LOCKS)),
                            path.speedUp(threads, serialNs(ExecutorMode.SPECULATIVE))));
        }
    }

    /** What one thread needs for a transaction above the sequential mode; noise is no gain. */
    private double serialNs(ExecutorMode mode) {
        return Math.max(0, find(bare, mode, 1).orElseThrow().overheadNs());
    }

    private void forecast(ExecutorMode mode, ScalingModel model, List<MatrixPoint> measured) {
        double executorNs =
                find(bare, mode, HANDING_OVER)
                        .filter(point -> point.accounts() == MODEL_ACCOUNTS)
                        .orElseThrow()
                        .ns();
        double sequentialNs = find(measured, mode, 1).orElseThrow().sequentialNs();
        for (int threads : MODEL_THREADS) {
            forecasts.add(
                    new Forecast(
                            mode,
                            threads,
                            model.rounds(threads),
                            model.speedUp(threads, sequentialNs, executorNs),
                            find(measured, mode, threads)
                                    .map(point -> point.speedUp().value())
                                    .orElse(BenchResult.NONE)));
        }
    }

    /** The last point of a mode with so many threads: that of the most accounts. */
    private static Optional<MatrixPoint> find(
            List<MatrixPoint> points, ExecutorMode mode, int threads) {
        return points.reversed().stream()
                .filter(point -> point.mode() == mode && point.threads() == threads)
                .findFirst();
    }

    /** Every point of the matrix. */
    List<MatrixPoint> points() {
        return points;
    }

    /** Points without any work. */
    List<MatrixPoint> bare() {
        return bare;
    }

    List<Forecast> forecasts() {
        return forecasts;
    }

    List<Bound> bounds() {
        return bounds;
    }
}
