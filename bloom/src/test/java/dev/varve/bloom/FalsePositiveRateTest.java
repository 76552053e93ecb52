package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FalsePositiveRateTest {

    /**
     * Percentages that an independent computation found. With fewer than eight words that one takes
     * the words as independent, which makes up to 0.6 percent of the rate; a simulation gave 2.350,
     * 0.974 and 0.419.
     */
    @ParameterizedTest
    @CsvSource({
        "8, 5, 2.344, 0.006",
        "10, 6, 0.978, 0.006",
        "12, 7, 0.421, 0.006",
        "16, 8, 0.0909, 0.001",
        "20, 8, 0.0260, 0.002",
        "24, 8, 0.0091, 0.006",
    })
    void shouldAgreeWithTheKnownRates(double bits, int words, double percent, double tolerance) {
        assertEquals(words, FalsePositiveRate.bestWordsPerId(bits));
        double rate = 100 * FalsePositiveRate.of(bits, words);
        assertEquals(1, rate / percent, tolerance, "rate " + rate);
    }

    /** Overload of a filter made for 12 bits per id, with eight words. */
    @ParameterizedTest
    @CsvSource({"1.25, 1.28, 0.005", "1.5, 2.9, 0.05", "2, 9.3, 0.05"})
    void shouldAgreeWithTheKnownRatesWhenOverloaded(double load, double percent, double half) {
        assertEquals(percent, 100 * FalsePositiveRate.of(12 / load, 8), half);
    }

    /** A naive twin: throws ids at lines and looks. */
    @Test
    void shouldAgreeWithAThrowOfTheDice() {
        SplittableRandom random = new SplittableRandom(7);
        int words = 6;
        int idsPerLine = 48;
        long hits = 0;
        int lines = 40_000;
        for (int line = 0; line < lines; line++) {
            long[] bits = new long[8];
            int ids = poisson(random, idsPerLine);
            for (int id = 0; id < ids; id++) {
                int first = random.nextInt(8);
                for (int i = 0; i < words; i++) {
                    bits[(first + i) & 7] |= 1L << random.nextInt(64);
                }
            }
            for (int query = 0; query < 20; query++) {
                int first = random.nextInt(8);
                int hit = 1;
                for (int i = 0; i < words; i++) {
                    hit &= (int) (bits[(first + i) & 7] >>> random.nextInt(64));
                }
                hits += hit;
            }
        }
        double measured = hits / (lines * 20.0);
        double theory = FalsePositiveRate.of(512.0 / idsPerLine, words);
        assertEquals(1, measured / theory, 0.03, measured + " against " + theory);
    }

    @ParameterizedTest
    @CsvSource({"0.1", "0.01", "0.001", "0.0001", "1e-6", "1e-8"})
    void shouldFindTheFewestBits(double rate) {
        double bits = FalsePositiveRate.bitsPerIdFor(rate);
        assertTrue(FalsePositiveRate.of(bits, FalsePositiveRate.bestWordsPerId(bits)) <= rate);
        double fewer = bits * 0.999;
        assertTrue(FalsePositiveRate.of(fewer, FalsePositiveRate.bestWordsPerId(fewer)) > rate);
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> FalsePositiveRate.of(10, 4));
        assertThrows(IllegalArgumentException.class, () -> FalsePositiveRate.of(10, 9));
        assertThrows(IllegalArgumentException.class, () -> FalsePositiveRate.of(0, 8));
        assertThrows(IllegalArgumentException.class, () -> FalsePositiveRate.of(Double.NaN, 8));
        for (double rate : new double[] {0, 1e-10, 0.6, 1, -1, Double.NaN}) {
            assertThrows(
                    IllegalArgumentException.class, () -> FalsePositiveRate.bitsPerIdFor(rate));
        }
    }

    private static int poisson(SplittableRandom random, double mean) {
        double limit = Math.exp(-mean);
        int count = 0;
        for (double product = random.nextDouble(); product > limit; count++) {
            product *= random.nextDouble();
        }
        return count;
    }
}
