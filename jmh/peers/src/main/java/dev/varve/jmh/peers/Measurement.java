package dev.varve.jmh.peers;

import java.util.Arrays;

/**
 * One figure of one store.
 *
 * @param value the median of several passes, or the only one
 * @param lo the least of them
 * @param hi the greatest
 */
record Measurement(double value, double lo, double hi) {

    static Measurement of(double value) {
        return new Measurement(value, value, value);
    }

    static Measurement ofPasses(double... passes) {
        double[] sorted = passes.clone();
        Arrays.sort(sorted);
        return new Measurement(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    /** As {@link #parse} reads it. */
    String text() {
        return value + " " + lo + " " + hi;
    }

    static Measurement parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("three numbers make a measurement, not " + text);
        }
        return new Measurement(
                Double.parseDouble(parts[0]),
                Double.parseDouble(parts[1]),
                Double.parseDouble(parts[2]));
    }
}
