package dev.varve.jmh.matrix;

import dev.varve.engine.exec.ExecutorMode;
import java.util.Locale;

/**
 * What one mode did at one point, beside the sequential mode in the same run.
 *
 * @param costUs microseconds that a transaction works; 0 for the cost of the executor alone
 * @param sequentialNs time of a transaction, sequentially: median of the slices
 * @param ns time of a transaction in this mode: the same
 * @param speedUp sequential by this mode's time: median of the slices' ratios
 */
record MatrixPoint(
        ExecutorMode mode,
        int threads,
        int accounts,
        double costUs,
        double sequentialNs,
        double ns,
        Median speedUp) {

    /** Nanoseconds per transaction above the sequential mode. */
    double overheadNs() {
        return ns - sequentialNs;
    }

    String modeName() {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
