package dev.varve.jmh;

/**
 * One row of a report, of whatever layer it comes from. Immutable. A number that does not apply is
 * {@link #NONE}, a text that does not apply is empty.
 *
 * @param suite the suite that was run
 * @param name what was measured in it
 * @param value the measured value
 * @param lo lower end of the value's confidence interval; the value itself if it is exact
 * @param hi upper end
 * @param unit of value, lo and hi
 * @param against what the value is compared with
 * @param ratio value / what it is compared with
 * @param budget the largest ratio, or for an exact counter the largest value, that is still OK
 */
public record BenchResult(
        String suite,
        String name,
        double value,
        double lo,
        double hi,
        String unit,
        String against,
        double ratio,
        double budget,
        Verdict verdict) {

    /** A number that does not apply; null in JSON. */
    public static final double NONE = Double.NaN;

    /** A value for information: compared with nothing. */
    public static BenchResult plain(String suite, String name, double value, String unit) {
        return new BenchResult(
                suite, name, value, value, value, unit, "", NONE, NONE, Verdict.OK);
    }
}
