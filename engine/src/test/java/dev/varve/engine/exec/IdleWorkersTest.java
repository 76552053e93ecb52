package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits, and who is woken. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class IdleWorkersTest {

    private final IdleWorkers idle = new IdleWorkers(2);

    /**
     * Two pieces of work: the first worker finds the one by itself, and is woken for the other
     * before it has left. That one is not its own to forget: the second worker waits for it.
     */
    @Test
    void shouldWakeAnotherWhenTheOneWokenGoesOnAnyway() throws Exception {
        Waiter finder = new Waiter(0, true);
        Waiter sleeper = new Waiter(1, false);
        finder.lastLook.await();
        sleeper.lastLook.await();
        idle.wake(1);
        assertNull(parked().get(0));
        assertNotNull(parked().get(1));
        finder.leave();
        assertNull(parked().get(1), "the wake-up was lost");
        sleeper.leave();
    }

    @Test
    void shouldWakeNobodyElseWhenTheOneWokenWaits() throws Exception {
        Waiter first = new Waiter(0, false);
        Waiter second = new Waiter(1, false);
        first.lastLook.await();
        second.lastLook.await();
        idle.wake(1);
        first.leave();
        assertNotNull(parked().get(1));
        second.leave();
        assertFalse(idle.hasWaiting());
    }

    @Test
    void shouldAskForEverythingOnlyWhenItHasRegistered() {
        List<String> asked = new ArrayList<>();
        IdleWorkers.Condition condition =
                new IdleWorkers.Condition() {
                    @Override
                    public boolean holds() {
                        asked.add("everything, registered: " + idle.hasWaiting());
                        return true;
                    }

                    @Override
                    public boolean seemsToHold(int look) {
                        assertEquals(asked.size(), look);
                        asked.add("look");
                        return false;
                    }
                };
        idle.await(0, condition, new WorkerTally(KeyClassifier.NONE));
        assertTrue(asked.size() > 1);
        assertEquals(asked.size() - 1, asked.indexOf("everything, registered: true"));
    }

    @SuppressWarnings("unchecked")
    private AtomicReferenceArray<@Nullable Thread> parked() throws Exception {
        var field = IdleWorkers.class.getDeclaredField("parked");
        field.setAccessible(true);
        return (AtomicReferenceArray<@Nullable Thread>) field.get(idle);
    }

    /** A worker that is held at its last look for work, after it has registered. */
    private final class Waiter {

        private final CountDownLatch lastLook = new CountDownLatch(1);
        private final CountDownLatch mayLook = new CountDownLatch(1);
        private final Thread thread;

        Waiter(int worker, boolean finds) {
            IdleWorkers.Condition condition =
                    () -> {
                        if (!isRegistered(worker)) {
                            return false;
                        }
                        lastLook.countDown();
                        await(mayLook);
                        return finds;
                    };
            WorkerTally tally = new WorkerTally(KeyClassifier.NONE);
            thread = new Thread(() -> idle.await(worker, condition, tally));
            thread.setDaemon(true);
            thread.start();
        }

        private boolean isRegistered(int worker) {
            try {
                return parked().get(worker) != null;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        void leave() throws InterruptedException {
            mayLook.countDown();
            thread.join();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
