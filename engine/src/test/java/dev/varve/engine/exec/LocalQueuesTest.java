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

/** Queues of workers: in order for the owner, for others if need be, and each once. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class LocalQueuesTest {

    private static final int NONE = OrderedPlan.NONE;

    private final LocalQueues queues = new LocalQueues(3);

    @Test
    void shouldGiveTheLowestFirst() {
        assertTrue(queues.add(1, 7));
        assertTrue(queues.add(1, 0));
        assertTrue(queues.add(1, 5));
        assertEquals(0, queues.poll(1));
        assertTrue(queues.add(1, 6));
        assertEquals(5, queues.poll(1));
        assertEquals(6, queues.poll(1));
        assertEquals(7, queues.poll(1));
        assertEquals(NONE, queues.poll(1));
    }

    @Test
    void shouldRefuseWhatHasNoRoom() {
        for (int i = 0; i < LocalQueues.ROOM; i++) {
            assertTrue(queues.add(0, i));
        }
        assertFalse(queues.add(0, 99));
        assertTrue(queues.add(1, 99));
        assertEquals(0, queues.poll(0));
        assertTrue(queues.add(0, 98));
    }

    @Test
    void shouldLetOthersSteal() {
        assertTrue(queues.isEmpty());
        assertEquals(NONE, queues.steal(0));
        assertTrue(queues.add(2, 4));
        assertFalse(queues.isEmpty());
        assertEquals(NONE, queues.poll(0));
        assertEquals(NONE, queues.steal(2));
        assertEquals(4, queues.steal(0));
        assertTrue(queues.isEmpty());
    }

    @Test
    void shouldForgetWhatABlockHasLeft() {
        assertTrue(queues.add(2, 4));
        queues.begin();
        assertTrue(queues.isEmpty());
        assertEquals(NONE, queues.poll(2));
    }

    /** Each adds a third, takes from itself and from the others; nothing is lost or doubled. */
    @Test
    void shouldGiveEachOnceWhenAllTake() throws Exception {
        int count = 300_000;
        AtomicIntegerArray taken = new AtomicIntegerArray(count);
        List<Thread> threads = new ArrayList<>();
        for (int worker = 0; worker < 3; worker++) {
            int own = worker;
            Thread thread = new Thread(() -> addAndTake(own, taken));
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        while (note(queues.steal(0), taken) || note(queues.poll(0), taken)) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < count; i++) {
            assertEquals(1, taken.get(i), "transaction " + i);
        }
    }

    private void addAndTake(int worker, AtomicIntegerArray taken) {
        for (int i = worker; i < taken.length(); i += 3) {
            while (!queues.add(worker, i)) {
                note(queues.poll(worker), taken);
            }
            if (i % 5 == 0) {
                note(queues.steal(worker), taken);
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
