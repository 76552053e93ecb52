package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks that are announced while the one before is executed. */
final class AnnouncedBlockTest {

    private static final int COUNT = 200;
    private static final byte[] KEY = {1};

    private final Ledger ledger = new Ledger();

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldReadWhatTheCallerHasAppliedWhenItIsItsTurn(ExecutorMode mode) {
        try (BlockExecutor executor = executor(mode)) {
            BlockInput<Integer> block = increments(COUNT);
            for (int i = 1; i <= 50; i++) {
                BlockInput<Integer> next = increments(COUNT);
                BlockOutcome<Integer> outcome = executor.execute(block, next);
                ledger.value = outcome.batch().value(0);
                assertArrayEquals(Counters.encode((long) i * COUNT), ledger.value);
                block = next;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldThrowWhatTheHintsThrowWhenItIsItsTurn(ExecutorMode mode) {
        RuntimeException cause = new IllegalStateException("hints");
        BlockInput<Integer> broken =
                increments(
                        COUNT,
                        new Hints() {
                            @Override
                            public void declare(int index, KeySink sink) {
                                throw cause;
                            }
                        });
        try (BlockExecutor executor = executor(mode)) {
            assertEquals(COUNT, executor.execute(increments(COUNT), broken).size());
            assertSame(
                    cause,
                    assertThrows(
                            IllegalStateException.class,
                            () -> executor.execute(broken, increments(COUNT))));
            assertEquals(COUNT, executor.execute(increments(COUNT), null).size());
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldThrowWhatThePrecisionThrowsWhenItIsItsTurn(ExecutorMode mode) {
        BlockInput<Integer> broken =
                increments(
                        COUNT,
                        new Hints() {
                            @Override
                            public Precision precision() {
                                throw new IllegalStateException("precision");
                            }
                        });
        try (BlockExecutor executor = executor(mode)) {
            assertEquals(COUNT, executor.execute(increments(COUNT), broken).size());
            assertThrows(IllegalStateException.class, () -> executor.execute(broken, null));
            assertEquals(COUNT, executor.execute(increments(COUNT), null).size());
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheAnnouncedBlockWhenTheOneBeforeHasFailed(ExecutorMode mode) {
        BlockInput<Integer> next = increments(COUNT);
        BlockInput<Integer> failing =
                new BlockInput<>(
                        ledger,
                        COUNT,
                        AnnouncedBlockTest::increment,
                        new Hints(),
                        (index, result, failure) -> {
                            throw new IllegalArgumentException("listener");
                        });
        try (BlockExecutor executor = executor(mode)) {
            assertThrows(CommitListenerException.class, () -> executor.execute(failing, next));
            BlockOutcome<Integer> outcome = executor.execute(next, null);
            assertArrayEquals(Counters.encode(COUNT), outcome.batch().value(0));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldGoOnWhenABlockHasNoTransactions(ExecutorMode mode) {
        BlockInput<Integer> none = increments(0);
        BlockInput<Integer> some = increments(COUNT);
        try (BlockExecutor executor = executor(mode)) {
            assertEquals(COUNT, executor.execute(some, none).size());
            assertEquals(0, executor.execute(none, some).size());
            assertEquals(COUNT, executor.execute(some, none).size());
            assertEquals(0, executor.execute(none, null).batch().size());
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEndTheOutcomeWhenTheNextBlockBegins(ExecutorMode mode) {
        BlockInput<Integer> next = increments(COUNT);
        try (BlockExecutor executor = executor(mode)) {
            BlockOutcome<Integer> first = executor.execute(increments(COUNT), next);
            assertEquals(1, first.batch().size());
            executor.execute(next, null);
            assertThrows(IllegalStateException.class, first::size);
            assertThrows(IllegalStateException.class, first::batch);
        }
    }

    @Test
    void shouldAskTheHintsOnceWhenTheBlockWasAnnounced() {
        AtomicInteger asked = new AtomicInteger();
        BlockInput<Integer> counted =
                increments(
                        COUNT,
                        new Hints() {
                            @Override
                            public void declare(int index, KeySink sink) {
                                asked.incrementAndGet();
                                super.declare(index, sink);
                            }
                        });
        try (BlockExecutor executor = executor(ExecutorMode.ORDERED_LOCKS)) {
            executor.execute(increments(COUNT), counted);
            assertEquals(COUNT, asked.get());
            executor.execute(counted, null);
            assertEquals(COUNT, asked.get());
            executor.execute(counted, null);
            assertEquals(2 * COUNT, asked.get());
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldCloseWhenTheAnnouncedBlockNeverComes(ExecutorMode mode) {
        BlockExecutor executor = executor(mode);
        BlockInput<Integer> never = increments(COUNT);
        executor.execute(increments(COUNT), never);
        executor.close();
        assertThrows(IllegalStateException.class, () -> executor.execute(never, null));
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldRefuseTheExecutorToTheHintsOfTheAnnouncedBlock(ExecutorMode mode) {
        try (BlockExecutor executor = executor(mode)) {
            BlockInput<Integer> calling =
                    increments(
                            COUNT,
                            new Hints() {
                                @Override
                                public void declare(int index, KeySink sink) {
                                    executor.execute(increments(1), null);
                                }
                            });
            assertEquals(COUNT, executor.execute(increments(COUNT), calling).size());
            assertThrows(IllegalStateException.class, () -> executor.execute(calling, null));
            assertTrue(executor.execute(increments(COUNT), null).stats().executions() >= COUNT);
        }
    }

    private BlockInput<Integer> increments(int count) {
        return increments(count, new Hints());
    }

    private BlockInput<Integer> increments(int count, AccessHints hints) {
        return new BlockInput<>(ledger, count, AnnouncedBlockTest::increment, hints, null);
    }

    private static int increment(int index, TxView view) {
        byte[] value = view.get(KEY);
        long number = value == null ? 0 : Counters.decode(value);
        view.put(KEY, Counters.encode(number + 1));
        return index;
    }

    private static BlockExecutor executor(ExecutorMode mode) {
        return BlockExecutor.builder().mode(mode).threads(4, Setup.DAEMONS).build();
    }

    /** Exact declarations. */
    private static class Hints implements AccessHints {

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            sink.write(KEY);
        }
    }

    /** A value that the test changes between two calls. */
    private static final class Ledger implements BaseState {

        private byte @Nullable [] value;

        @Override
        public byte @Nullable [] get(byte[] key) {
            return value;
        }
    }
}
