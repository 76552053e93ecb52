package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Declared additions beside each other: cases that a generator meets once in 300,000 blocks. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class OrderedAdditionsTest {

    private static final byte[] KEY = {1};

    /**
     * Two adders ask the base at once. The second gets its answer only when the first transaction
     * is committed: it must not put the base's value over the committed one.
     */
    @Test
    void shouldNotForgetACommittedAdditionWhenTheBaseAnswersLate() {
        CountDownLatch firstCommitted = new CountDownLatch(1);
        CountDownLatch bothAsked = new CountDownLatch(2);
        ThreadLocal<Integer> running = ThreadLocal.withInitial(() -> -1);
        BaseState base =
                key -> {
                    bothAsked.countDown();
                    await(bothAsked);
                    if (running.get() == 1) {
                        await(firstCommitted);
                    }
                    return Counters.encode(100);
                };
        try (BlockExecutor executor = executor()) {
            BlockOutcome<Integer> outcome =
                    executor.execute(
                            base,
                            2,
                            (index, view) -> {
                                running.set(index);
                                return addOne(index, view);
                            },
                            hints(0, 1),
                            (index, result, failure) -> firstCommitted.countDown());
            assertArrayEquals(Counters.encode(102), outcome.batch().value(0));
        }
    }

    /** The first one is held back, so that the others have only their declared ranges to go by. */
    @Test
    void shouldCheckEachAdditionWhenTheDeclaredSumsExceedALong() {
        long step = 4_000_000_000_000_000_000L;
        BaseState base = key -> Counters.encode(-2 * step);
        CountDownLatch fourExecuted = new CountDownLatch(1);
        TxProgram<Integer> program =
                (index, view) -> {
                    if (index == 4) {
                        fourExecuted.countDown();
                    } else if (index == 0) {
                        await(fourExecuted);
                    }
                    view.add(KEY, step, Long.MIN_VALUE, step + step / 2);
                    return index;
                };
        AccessHints hints = hints(0, step);
        try (BlockExecutor reference =
                        BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build();
                BlockExecutor executor = executor()) {
            BlockRecord actual = BlockRecord.of(executor, base, 200, program, hints);
            BlockRecord expected = BlockRecord.of(reference, base, 200, program, null);
            assertEquals(expected, actual);
        }
    }

    @Test
    void shouldRunInItsSlotWhenAnAdditionMayFail() {
        try (BlockExecutor executor = executor()) {
            BlockOutcome<Integer> outcome =
                    executor.execute(
                            key -> Counters.encode(95),
                            8,
                            (index, view) -> {
                                view.add(KEY, 1, 0, 100);
                                return index;
                            },
                            hints(0, 1),
                            null);
            for (int i = 0; i < 8; i++) {
                assertEquals(i >= 5, outcome.isFailed(i), "transaction " + i);
            }
            assertInstanceOf(BoundExceededException.class, outcome.failure(7));
            assertArrayEquals(Counters.encode(100), outcome.batch().value(0));
            assertTrue(outcome.stats().inSlot() > 0);
        }
    }

    @Test
    void shouldRunOnceWhenNoAdditionCanFail() {
        try (BlockExecutor executor = executor()) {
            BlockOutcome<Integer> outcome =
                    executor.execute(
                            key -> null, 500, OrderedAdditionsTest::addOne, hints(0, 1), null);
            assertEquals(500, outcome.stats().executions());
            assertEquals(0, outcome.stats().inSlot());
            assertArrayEquals(Counters.encode(500), outcome.batch().value(0));
        }
    }

    private static Integer addOne(int index, TxView view) {
        view.add(KEY, 1, 0, 1_000_000);
        return index;
    }

    private static AccessHints hints(long low, long high) {
        return new AccessHints() {
            @Override
            public Precision precision() {
                return Precision.EXACT;
            }

            @Override
            public void declare(int index, KeySink sink) {
                sink.add(KEY, low, high);
            }
        };
    }

    /** For a while only: where the second thread comes too late, there is nothing to wait for. */
    private static void await(CountDownLatch latch) {
        try {
            boolean reached = latch.await(300, TimeUnit.MILLISECONDS);
            assertTrue(reached || latch.getCount() > 0);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BlockExecutor executor() {
        return BlockExecutor.builder()
                .mode(ExecutorMode.ORDERED_LOCKS)
                .threads(2, Setup.DAEMONS)
                .build();
    }
}
