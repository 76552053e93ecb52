package dev.varve.jmh.duel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The statistics alone, on made-up slices of which the true ratio is known. */
final class RatioIntervalTest {

    private static final int SLICES = 40;
    private static final double CONFIDENCE = 0.99;

    /** Log ratios around {@code ratio}: each pair is off for good, each slice on its own. */
    private static List<double[]> measured(double ratio, Noise noise, SplittableRandom random) {
        List<double[]> pairs = new ArrayList<>();
        for (int p = 0; p < noise.pairs(); p++) {
            double offset = random.nextGaussian() * noise.ofPair();
            double[] slices = new double[SLICES];
            for (int s = 0; s < SLICES; s++) {
                slices[s] = Math.log(ratio) + offset + noise.slice(random);
            }
            pairs.add(slices);
        }
        return pairs;
    }

    private static RatioInterval interval(double ratio, Noise noise, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return RatioInterval.of(measured(ratio, noise, random), CONFIDENCE, random);
    }

    @Test
    void shouldHitTheRatioWhenThereIsNoNoise() {
        RatioInterval interval = interval(1.25, new Noise(3, 0, 0, 0), 1);
        assertEquals(1.25, interval.ratio(), 1e-12);
        assertEquals(1.25, interval.lo(), 1e-12);
        assertEquals(1.25, interval.hi(), 1e-12);
    }

    @Test
    void shouldTellThreePercentWhenTheMachineIsQuiet() {
        for (long seed = 0; seed < 50; seed++) {
            RatioInterval interval = interval(1.03, new Noise(5, 0.002, 0.005, 0.05), seed);
            assertTrue(interval.lo() > 1.015 && interval.hi() < 1.045, seed + ": " + interval);
        }
    }

    @Test
    void shouldIgnoreOutliersWhenTailsAreHeavy() {
        // One slice in five takes up to ten times longer on one side, never on the other.
        for (long seed = 0; seed < 50; seed++) {
            RatioInterval interval = interval(1, new Noise(5, 0.002, 0.01, 0.2), seed);
            assertEquals(1, interval.ratio(), 0.02, "seed " + seed);
        }
    }

    @Test
    void shouldHoldTheTruthAsOftenAsItSaysWhenPairsDiffer() {
        // Pairs that are off by 10 percent for good are what a bootstrap of few pairs misjudges.
        int missed = 0;
        int runs = 1_000;
        for (long seed = 0; seed < runs; seed++) {
            RatioInterval interval = interval(1.1, new Noise(3, 0.1, 0.01, 0), seed);
            missed += interval.lo() > 1.1 || interval.hi() < 1.1 ? 1 : 0;
        }
        assertTrue(missed <= 25, missed + " of " + runs + " intervals miss the truth");
    }

    @Test
    void shouldWidenWhenThePairsDisagree() {
        RatioInterval quiet = interval(1, new Noise(4, 0.001, 0.01, 0), 7);
        RatioInterval noisy = interval(1, new Noise(4, 0.1, 0.01, 0), 7);
        assertTrue(noisy.hi() - noisy.lo() > 5 * (quiet.hi() - quiet.lo()));
    }

    @Test
    void shouldRefuseWhenThereIsOnePair() {
        assertThrows(
                IllegalArgumentException.class, () -> interval(1, new Noise(1, 0, 0, 0), 1));
    }

    @Test
    void shouldTakeTheMiddleWhenAskedForAMedian() {
        assertEquals(2, RatioInterval.median(new double[] {9, 1, 2}));
        assertEquals(2.5, RatioInterval.median(new double[] {9, 1, 2, 3}));
    }

    /**
     * How the made-up slices are disturbed.
     *
     * @param ofPair standard deviation of what a pair is off by
     * @param ofSlice standard deviation of a slice
     * @param outliers part of the slices in which one side is much slower
     */
    private record Noise(int pairs, double ofPair, double ofSlice, double outliers) {

        double slice(SplittableRandom random) {
            double usual = random.nextGaussian() * ofSlice;
            return random.nextDouble() < outliers
                    ? usual + random.nextDouble() * Math.log(10)
                    : usual;
        }
    }
}
