package dev.varve.jmh.matrix;

import java.util.Arrays;

/**
 * A median, with an interval that holds the true one with a confidence of about 95 percent, if the
 * values are independent of each other: by the ranks that a binomial distribution gives, so without
 * any assumption on how the values are distributed.
 */
record Median(double value, double lo, double hi) {

    /** Standard deviations that 95 percent of a normal distribution lie within. */
    private static final double DEVIATIONS = 1.96;

    /** The median of one value or more. */
    static Median of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int below = (int) Math.floor(n / 2.0 - DEVIATIONS * Math.sqrt(n) / 2);
        int lowest = Math.clamp(below - 1, 0, n - 1);
        return new Median(sorted[n / 2], sorted[lowest], sorted[n - 1 - lowest]);
    }
}
