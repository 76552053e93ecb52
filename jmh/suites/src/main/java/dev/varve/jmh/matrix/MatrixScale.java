package dev.varve.jmh.matrix;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The points of a matrix, and how long each is measured.
 *
 * @param threads that execute a block, 1 and 2 at least
 * @param accounts between which a block transfers
 * @param costsUs microseconds that a transaction works
 * @param slices blocks of each mode that are measured at a point
 * @param warmUp how long each mode runs before it is measured at a point
 */
record MatrixScale(
        List<Integer> threads,
        List<Integer> accounts,
        List<Double> costsUs,
        int slices,
        Duration warmUp) {

    private static final int MIN_TRANSACTIONS = 250;
    private static final int MAX_TRANSACTIONS = 2_000;

    /** Short enough to fit between two interruptions of a shared machine. */
    private static final double BLOCK_US = 15_000;

    /** All points, with as many threads as there are cores, 16 at most. */
    static MatrixScale full(int cores) {
        return new MatrixScale(
                IntStream.of(1, 2, 4, 8, 16).filter(n -> n <= Math.max(2, cores)).boxed().toList(),
                List.of(2, 10, 100, 1_000, 10_000),
                List.of(0.3, 1.0, 3.0, 15.0, 60.0),
                21,
                Duration.ofMillis(150));
    }

    /** The corners, for a first look. */
    static MatrixScale quick() {
        return new MatrixScale(
                List.of(1, 2),
                List.of(2, 100, 10_000),
                List.of(0.3, 3.0, 15.0),
                9,
                Duration.ofMillis(50));
    }

    /** Transactions of a block of that cost. */
    static int transactions(double costUs) {
        return (int) Math.clamp(BLOCK_US / costUs, MIN_TRANSACTIONS, MAX_TRANSACTIONS);
    }
}
