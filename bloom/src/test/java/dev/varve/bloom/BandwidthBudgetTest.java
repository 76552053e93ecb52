package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class BandwidthBudgetTest {

    private static final long SECOND_NS = 1_000_000_000;

    private long nowNs = Long.MAX_VALUE - SECOND_NS;
    private int pauses;

    /** Wakes up early, as a parked thread may. */
    private void pause(long ns) {
        assertTrue(ns <= SECOND_NS / 10, "nobody would see for so long that it was lifted: " + ns);
        nowNs += Math.max(1, ns * 2 / 3);
        pauses++;
    }

    private BandwidthBudget budget() {
        return new BandwidthBudget(1_000, () -> nowNs, this::pause);
    }

    @Test
    void shouldWaitUntilTheBytesAreWithinTheBudget() {
        long startNs = nowNs;
        BandwidthBudget budget = budget();
        budget.spend(500);
        assertEquals(SECOND_NS / 2, nowNs - startNs);
        budget.spend(2_500);
        assertEquals(3 * SECOND_NS, nowNs - startNs);
    }

    @Test
    void shouldNotSaveUpWhatWasNotUsed() {
        BandwidthBudget budget = budget();
        nowNs += 60 * SECOND_NS;
        long startNs = nowNs;
        budget.spend(1_000);
        assertEquals(SECOND_NS, nowNs - startNs);
    }

    @Test
    void shouldNotWaitWhenInterrupted() {
        BandwidthBudget budget = budget();
        Thread.currentThread().interrupt();
        budget.spend(1_000_000);
        assertTrue(Thread.interrupted());
        assertEquals(0, pauses);
    }

    @Test
    void shouldRefuseNoBandwidth() {
        assertThrows(IllegalArgumentException.class, () -> BandwidthBudget.of(0));
    }
}
