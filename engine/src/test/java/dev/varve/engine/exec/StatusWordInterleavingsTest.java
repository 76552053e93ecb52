package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.exec.StatusWordInterleavings.Taking;
import org.junit.jupiter.api.Test;

/** All schedules of few workers and few transactions, and a window that makes them share slots. */
final class StatusWordInterleavingsTest {

    @Test
    void shouldGiveATransactionToOneWorkerAtATimeWhateverTheSchedule() {
        assertTrue(new StatusWordInterleavings(2, 4, 2, Taking.AT_ONCE).explore() > 1_000);
        assertTrue(new StatusWordInterleavings(3, 3, 2, Taking.AT_ONCE).explore() > 10_000);
    }

    @Test
    void shouldFindAScheduleWithTwoOwnersWhenTakingIsNotAtomic() {
        StatusWordInterleavings broken =
                new StatusWordInterleavings(2, 2, 2, Taking.LOOK_THEN_SET);
        assertThrows(AssertionError.class, broken::explore);
    }
}
