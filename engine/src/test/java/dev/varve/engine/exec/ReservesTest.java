package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What workers keep to themselves: in order for its owner, for others if need be, and once. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ReservesTest {

    private static final int NONE = OrderedPlan.NONE;

    private final Reserves reserves = new Reserves(3);

    @Test
    void shouldGiveTheLowestFirst() {
        assertTrue(reserves.keep(1, 7));
        assertTrue(reserves.keep(1, 0));
        assertTrue(reserves.keep(1, 5));
        assertEquals(0, reserves.take(1));
        assertTrue(reserves.keep(1, 6));
        assertEquals(5, reserves.take(1));
        assertEquals(6, reserves.take(1));
        assertEquals(7, reserves.take(1));
        assertEquals(NONE, reserves.take(1));
    }

    @Test
    void shouldRefuseWhatHasNoRoom() {
        for (int i = 0; i < Reserves.ROOM; i++) {
            assertTrue(reserves.keep(0, i));
        }
        assertFalse(reserves.keep(0, 99));
        assertTrue(reserves.keep(1, 99));
        assertEquals(0, reserves.take(0));
        assertTrue(reserves.keep(0, 98));
    }

    @Test
    void shouldGiveToOthersWhatItsOwnerHasKept() {
        assertTrue(reserves.isEmpty());
        assertEquals(NONE, reserves.takeFromOthers(0));
        assertTrue(reserves.keep(2, 4));
        assertFalse(reserves.isEmpty());
        assertEquals(NONE, reserves.take(0));
        assertEquals(NONE, reserves.takeFromOthers(2));
        assertEquals(4, reserves.takeFromOthers(0));
        assertTrue(reserves.isEmpty());
    }

    @Test
    void shouldForgetWhatABlockHasLeft() {
        assertTrue(reserves.keep(2, 4));
        reserves.begin();
        assertTrue(reserves.isEmpty());
        assertEquals(NONE, reserves.take(2));
    }

    /** Each keeps a third, takes from itself and from the others; nothing is lost or doubled. */
    @Test
    void shouldGiveEachOnceWhenAllTake() throws Exception {
        int count = 300_000;
        AtomicIntegerArray taken = new AtomicIntegerArray(count);
        List<Thread> threads = new ArrayList<>();
        for (int worker = 0; worker < 3; worker++) {
            int own = worker;
            Thread thread = new Thread(() -> keepAndTake(own, taken));
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        while (note(reserves.takeFromOthers(0), taken) || note(reserves.take(0), taken)) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < count; i++) {
            assertEquals(1, taken.get(i), "transaction " + i);
        }
    }

    private void keepAndTake(int worker, AtomicIntegerArray taken) {
        for (int i = worker; i < taken.length(); i += 3) {
            while (!reserves.keep(worker, i)) {
                note(reserves.take(worker), taken);
            }
            if (i % 5 == 0) {
                note(reserves.takeFromOthers(worker), taken);
            }
        }
    }

    private static boolean note(int transaction, AtomicIntegerArray taken) {
        if (transaction != NONE) {
            taken.incrementAndGet(transaction);
        }
        return transaction != NONE;
    }
}
