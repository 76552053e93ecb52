package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class WarmthTest {

    private static void sample(Warmth warmth, int times, long ns) {
        for (int i = 0; i < times; i++) {
            warmth.sample(ns);
        }
    }

    @Test
    void shouldBeWarmAfterALongRowOfFastReads() {
        Warmth warmth = new Warmth();
        sample(warmth, Warmth.ROW - 1, 1_000);
        assertFalse(warmth.isWarm());
        sample(warmth, 1, Warmth.SLOW_NS);
        assertTrue(warmth.isWarm());
        sample(warmth, 1_000_000, 1_000);
        assertTrue(warmth.isWarm());
    }

    @Test
    void shouldBeColdAfterOneReadThatWaitedForTheDisk() {
        Warmth warmth = new Warmth();
        sample(warmth, 10 * Warmth.ROW, 1_000);
        sample(warmth, 1, Warmth.SLOW_NS + 1);
        assertFalse(warmth.isWarm());
        sample(warmth, Warmth.ROW - 1, 1_000);
        assertFalse(warmth.isWarm());
    }
}
