package dev.varve.jmh.duel;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * How many times longer one program takes than another, with an interval that holds the true ratio
 * with the confidence asked for. Immutable.
 *
 * <p>Measured are log ratios of slices that ran side by side, in several pairs of processes. The
 * median of a pair ignores the slices in which the machine did something else. Processes differ for
 * good (memory layout, what the compiler decided), so slices of one pair are not independent of
 * each other: the interval comes from the pairs, in two ways of which the wider end counts.
 *
 * <ul>
 *   <li>A hierarchical bootstrap (Kalibera and Jones, Rigorous Benchmarking in Reasonable Time,
 *       2013):
 *       draw pairs, then slices in each pair, with replacement. It knows how noisy the slices are.
 *   <li>Student's t over the medians of the pairs. A bootstrap of three pairs cannot be wider than
 *       those three; this one knows how little three are.
 * </ul>
 *
 * @param ratio the estimate
 * @param lo lower end
 * @param hi upper end
 */
public record RatioInterval(double ratio, double lo, double hi) {

    private static final int RESAMPLES = 2_000;

    /** More, since a chance that is shared by many duels has to be told when it is small. */
    private static final int RESAMPLES_OF_CHANCE = 20_000;

    /**
     * The interval of what was measured.
     *
     * @param pairs the log ratios of each pair of processes; at least two pairs of at least one
     * @param confidence for example 0.95
     */
    public static RatioInterval of(
            List<double[]> pairs, double confidence, SplittableRandom random) {
        if (pairs.size() < 2) {
            throw new IllegalArgumentException("an interval needs 2 pairs, not " + pairs.size());
        }
        double[] medians = pairs.stream().mapToDouble(RatioInterval::median).toArray();
        double center = mean(medians);
        double quantile =
                student(medians).inverseCumulativeProbability((1 + confidence) / 2);
        double half = quantile * standardError(medians, center);
        double[] drawn = resample(pairs, RESAMPLES, random);
        Arrays.sort(drawn);
        double tail = (1 - confidence) / 2;
        double lo = Math.min(center - half, drawn[(int) (tail * RESAMPLES)]);
        double hi = Math.max(center + half, drawn[(int) Math.ceil((1 - tail) * RESAMPLES) - 1]);
        return new RatioInterval(Math.exp(center), Math.exp(lo), Math.exp(hi));
    }

    /**
     * The chance to measure this, or more, if the true ratio were not above a limit; in the two
     * ways of which the larger counts.
     *
     * @param pairs as for an interval
     */
    static double chance(List<double[]> pairs, double limit, SplittableRandom random) {
        double[] medians = pairs.stream().mapToDouble(RatioInterval::median).toArray();
        double center = mean(medians);
        double distance = center - Math.log(limit);
        if (distance <= 0) {
            return 1;
        }
        double error = standardError(medians, center);
        double byStudent =
                error == 0 ? 0 : student(medians).cumulativeProbability(-distance / error);
        double[] drawn = resample(pairs, RESAMPLES_OF_CHANCE, random);
        long below = Arrays.stream(drawn).filter(ratio -> ratio <= Math.log(limit)).count();
        return Math.max(byStudent, (below + 1.0) / (drawn.length + 1));
    }

    private static TDistribution student(double[] medians) {
        return new TDistribution(null, medians.length - 1);
    }

    private static double standardError(double[] medians, double mean) {
        double squares = 0;
        for (double median : medians) {
            squares += (median - mean) * (median - mean);
        }
        int n = medians.length;
        return Math.sqrt(squares / (n - 1) / n);
    }

    private static double[] resample(
            List<double[]> pairs, int times, SplittableRandom random) {
        double[] drawn = new double[times];
        for (int i = 0; i < times; i++) {
            drawn[i] = resample(pairs, random);
        }
        return drawn;
    }

    private static double resample(List<double[]> pairs, SplittableRandom random) {
        double sum = 0;
        for (int i = 0; i < pairs.size(); i++) {
            double[] pair = pairs.get(random.nextInt(pairs.size()));
            double[] slices = new double[pair.length];
            for (int s = 0; s < slices.length; s++) {
                slices[s] = pair[random.nextInt(pair.length)];
            }
            sum += median(slices);
        }
        return sum / pairs.size();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1
                ? sorted[middle]
                : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
