package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class WarmthTest {

    private final Warmth warmth = new Warmth();

    private void sample(int times, long ns) {
        for (int i = 0; i < times; i++) {
            warmth.sample(ns);
        }
    }

    @Test
    void shouldBeWarmAfterALongRowOfFastReads() {
        sample(Warmth.ROW - 1, 1_000);
        assertFalse(warmth.isWarm());
        sample(1, Warmth.SLOW_NS);
        assertTrue(warmth.isWarm());
        sample(1_000_000, 1_000);
        assertTrue(warmth.isWarm());
    }

    @Test
    void shouldStayWarmAfterSingleReadsThatWaitedForTheProcessor() {
        sample(Warmth.ROW, 1_000);
        for (int i = 0; i < 1_000; i++) {
            sample(1, Warmth.SLOW_NS + 1);
            assertTrue(warmth.isWarm());
            sample(Warmth.ROW / 2, 1_000);
        }
    }

    @Test
    void shouldBeColdAfterTwoReadsThatWaitedForTheDisk() {
        sample(10 * Warmth.ROW, 1_000);
        sample(1, Warmth.SLOW_NS + 1);
        sample(Warmth.ROW / 2 - 1, 1_000);
        assertTrue(warmth.isWarm());
        sample(2, Warmth.SLOW_NS + 1);
        assertFalse(warmth.isWarm());
        sample(Warmth.ROW - 1, 1_000);
        assertFalse(warmth.isWarm());
        sample(1, 1_000);
        assertTrue(warmth.isWarm());
    }

    /** As measured between waits for a disk, where the processor's caches have nothing left. */
    @Test
    void shouldBecomeWarmInARestlessHour() {
        for (int i = 0; i < 100 && !warmth.isWarm(); i++) {
            sample(24, 8_000 + 80L * i);
            sample(1, 16_000 + 200L * i);
            if (i % 20 == 19) {
                sample(1, 300_000); // waited for the processor
            }
        }
        assertTrue(warmth.isWarm());
    }

    /** An SSD that takes no longer than that, and has a page of a hundred to give. */
    @Test
    void shouldNotBecomeWarmWhileOneReadInAHundredWaitsForAFastDisk() {
        for (int i = 0; i < 10_000; i++) {
            sample(99, 1_000);
            sample(1, 45_000);
            assertFalse(warmth.isWarm());
        }
    }

    @Test
    void shouldNotBecomeWarmWhileOneReadInAHundredWaits() {
        for (int i = 0; i < 10_000; i++) {
            sample(99, 1_000);
            sample(1, Warmth.SLOW_NS + 1);
            assertFalse(warmth.isWarm());
        }
    }
}
