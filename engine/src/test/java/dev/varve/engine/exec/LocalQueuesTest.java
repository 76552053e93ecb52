package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Tag;
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

    /** Who spins looks at one queue at a time, but at all of the others, and not at its own. */
    @Test
    void shouldFindTheOthersQueuesByTurns() {
        assertTrue(queues.add(1, 4));
        for (int look = 0; look < 10; look++) {
            assertTrue(queues.isOtherEmpty(1, look));
            assertEquals(look % 2 != 0, queues.isOtherEmpty(0, look));
            assertEquals(look % 2 == 0, queues.isOtherEmpty(2, look));
        }
        assertTrue(new LocalQueues(1).isOtherEmpty(0, 3), "there is no other");
    }

    @Test
    void shouldForgetWhatABlockHasLeft() {
        assertTrue(queues.add(2, 4));
        queues.begin();
        assertTrue(queues.isEmpty());
        assertEquals(NONE, queues.poll(2));
    }

    /** The helper never comes, so what the caller has freed is left in its queue. */
    @Test
    void shouldExecuteTheNextBlockWhenOneFailsWithTransactionsQueued() {
        byte[] key = Counters.encode(0);
        AccessHints hints =
                new AccessHints() {
                    @Override
                    public Precision precision() {
                        return Precision.EXACT;
                    }

                    @Override
                    public void declare(int index, KeySink sink) {
                        if (index == 0) {
                            sink.write(key);
                        } else {
                            sink.read(key);
                        }
                        sink.read(Counters.encode(index + 1));
                    }
                };
        List<Integer> executed = new ArrayList<>();
        TxProgram<Integer> program =
                (index, view) -> {
                    executed.add(index);
                    if (index == 0) {
                        view.put(key, key);
                    }
                    view.get(Counters.encode(index + 1));
                    return index;
                };
        BaseState failing =
                read -> {
                    if (Counters.decode(read) == 2) {
                        throw new IllegalStateException("of transaction 1");
                    }
                    return null;
                };
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.ORDERED_LOCKS)
                        .threads(2, NeverStarted::new)
                        .build()) {
            assertThrows(
                    IllegalStateException.class,
                    () -> executor.execute(failing, 2 + LocalQueues.ROOM, program, hints, null));
            assertEquals(List.of(0, 1), executed);
            executed.clear();
            assertEquals(3, executor.execute(none -> null, 3, program, hints, null).size());
            assertEquals(List.of(0, 1, 2), executed);
        }
    }

    private static final class NeverStarted extends Thread {

        NeverStarted(Runnable task) {
            super(task);
        }

        @Override
        public void start() {}
    }

    @Test
    void shouldGiveEachOnceWhenAllTake() throws Exception {
        giveEachOnce(3, 100_000);
    }

    @Test
    void shouldGiveEachOnceWhenManyTake() throws Exception {
        giveEachOnce(64, 2_000);
    }

    @Test
    @Tag("nightly")
    void shouldGiveEachOnceWhenAllTakeForLong() throws Exception {
        for (int workers = 2; workers < 10; workers++) {
            giveEachOnce(workers, 5_000_000);
        }
    }

    /**
     * Each worker adds its share, takes from itself and from the others; nothing is lost or
     * doubled, and who takes sees what was written before.
     */
    private static void giveEachOnce(int workers, int share) throws Exception {
        Takers takers = new Takers(workers, share);
        List<Thread> threads = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            int own = worker;
            Thread thread = new Thread(() -> takers.addAndTake(own));
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        takers.takeRest();
        for (int i = 0; i < workers * share; i++) {
            assertEquals(1, takers.taken.get(i), "transaction " + i + ", " + workers + " workers");
        }
        assertEquals(0, takers.unseen.get(), "taken without what was written before");
    }

    /** Transactions of many workers, and how often each was taken. */
    private static final class Takers {

        private final int workers;
        private final LocalQueues queues;
        private final AtomicIntegerArray taken;
        private final AtomicInteger unseen = new AtomicInteger();

        /** By transaction: written plainly by who adds it. */
        private final int[] written;

        Takers(int workers, int share) {
            this.workers = workers;
            queues = new LocalQueues(workers);
            taken = new AtomicIntegerArray(workers * share);
            written = new int[workers * share];
        }

        /** Now its queue has one, for which all compete, and now it is full. */
        void addAndTake(int worker) {
            for (int i = worker; i < written.length; i += workers) {
                written[i] = i + 1;
                while (!queues.add(worker, i)) {
                    note(queues.poll(worker));
                }
                if (i % 3 != 0) {
                    note(queues.steal(worker));
                    note(queues.poll(worker));
                }
            }
        }

        void takeRest() {
            for (int worker = 0; worker < workers; worker++) {
                while (note(queues.poll(worker))) {}
            }
        }

        private boolean note(int transaction) {
            if (transaction == NONE) {
                return false;
            }
            if (written[transaction] != transaction + 1) {
                unseen.incrementAndGet();
            }
            taken.incrementAndGet(transaction);
            return true;
        }
    }
}
