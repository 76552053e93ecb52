package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs, listeners, bases and hints that do what they should not, in every mode. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class HostileBlockTest {

    private static final byte[] A = {1};
    private static final byte[] B = {2};
    private static final int COUNT = 200;

    private final BaseState empty = key -> null;

    /** Declares A and B for everything. */
    private static final AccessHints BOTH =
            new AccessHints() {
                @Override
                public Precision precision() {
                    return Precision.EXACT;
                }

                @Override
                public void declare(int index, KeySink sink) {
                    sink.write(A);
                    sink.write(B);
                }
            };

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldReturnAnEmptyOutcomeWhenTheBlockIsEmpty(ExecutorMode mode) {
        try (BlockExecutor executor = executor(mode, 4)) {
            BlockOutcome<Object> outcome =
                    executor.execute(empty, 0, (index, view) -> index, BOTH, null);
            assertEquals(0, outcome.size());
            assertEquals(0, outcome.batch().size());
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteAMillionTransactionsInOneBlock(ExecutorMode mode) {
        int count = 1 << 20;
        TxProgram<Integer> program =
                (index, view) -> {
                    view.add(A, 1, 0, Long.MAX_VALUE);
                    byte[] key = Counters.encode(index & 0xfff);
                    view.put(key, Counters.encode(index));
                    return index;
                };
        AccessHints hints =
                exact(
                        (index, sink) -> {
                            sink.add(A, 0, 1);
                            sink.write(Counters.encode(index & 0xfff));
                        });
        int[] next = {0};
        try (BlockExecutor executor = executor(mode, 4)) {
            BlockOutcome<Integer> outcome =
                    executor.execute(
                            empty,
                            count,
                            program,
                            hints,
                            (index, result, failure) -> assertEquals(next[0]++, index));
            assertEquals(count, next[0]);
            assertEquals(4097, outcome.batch().size());
            assertArrayEquals(Counters.encode(count), outcome.batch().value(0));
            for (int i = 0; i < 4096; i++) {
                byte[] last = Counters.encode(count - 4096 + i);
                assertArrayEquals(last, outcome.batch().value(i + 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldRefuseTheBlockWhenAnUndeclaredKeyIsTouched(ExecutorMode mode) {
        AccessHints onlyA = exact((index, sink) -> sink.write(A));
        TxProgram<Integer> program =
                (index, view) -> {
                    view.put(A, new byte[] {(byte) index});
                    if (index == 70 || index == 90) {
                        swallow(() -> view.get(B));
                    }
                    return index;
                };
        try (BlockExecutor executor = executor(mode, 4)) {
            List<Integer> told = new ArrayList<>();
            UndeclaredAccessException e =
                    assertThrows(
                            UndeclaredAccessException.class,
                            () ->
                                    executor.execute(
                                            empty,
                                            COUNT,
                                            program,
                                            onlyA,
                                            (index, result, failure) -> told.add(index)));
            assertEquals(70, e.index());
            assertEquals(70, told.size());
            assertUsable(executor);
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldRefuseTheBlockWhenADeclaredKeyIsUsedOtherwise(ExecutorMode mode) {
        AccessHints readsAAddsB =
                exact(
                        (index, sink) -> {
                            sink.read(A);
                            sink.add(B, 0, 3);
                        });
        List<TxProgram<Integer>> programs =
                List.of(
                        (index, view) -> put(view, A),
                        (index, view) -> put(view, B),
                        (index, view) -> Arrays.hashCode(view.get(B)),
                        (index, view) -> add(view, A, 1),
                        (index, view) -> add(view, B, 2) + add(view, B, 2),
                        (index, view) -> add(view, B, -1));
        for (TxProgram<Integer> program : programs) {
            try (BlockExecutor executor = executor(mode, 3)) {
                UndeclaredAccessException e =
                        assertThrows(
                                UndeclaredAccessException.class,
                                () -> executor.execute(empty, 40, program, readsAAddsB, null));
                assertEquals(0, e.index());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEndTheBlockWhenTheListenerThrows(ExecutorMode mode) {
        RuntimeException cause = new IllegalArgumentException("listener");
        List<Integer> told = new ArrayList<>();
        try (BlockExecutor executor = executor(mode, 4)) {
            CommitListenerException e =
                    assertThrows(
                            CommitListenerException.class,
                            () ->
                                    executor.execute(
                                            empty,
                                            COUNT,
                                            (index, view) -> put(view, A),
                                            BOTH,
                                            (index, result, failure) -> {
                                                told.add(index);
                                                if (index == 55) {
                                                    throw cause;
                                                }
                                            }));
            assertEquals(55, e.index());
            assertSame(cause, e.getCause());
            assertEquals(56, told.size());
            assertUsable(executor);
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldThrowWhatTheBaseThrows(ExecutorMode mode) {
        RuntimeException cause = new IllegalStateException("disk");
        BaseState broken =
                key -> {
                    throw cause;
                };
        try (BlockExecutor executor = executor(mode, 4)) {
            RuntimeException e =
                    assertThrows(
                            RuntimeException.class,
                            () ->
                                    executor.execute(
                                            broken,
                                            COUNT,
                                            (index, view) -> {
                                                swallow(() -> view.get(A));
                                                return index;
                                            },
                                            BOTH,
                                            null));
            assertSame(cause, e);
            assertUsable(executor);
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldThrowWhatTheHintsThrow(ExecutorMode mode) {
        RuntimeException cause = new IllegalStateException("hints");
        AccessHints broken =
                exact(
                        (index, sink) -> {
                            if (index == 5) {
                                throw cause;
                            }
                            sink.write(A);
                        });
        try (BlockExecutor executor = executor(mode, 4)) {
            RuntimeException e =
                    assertThrows(
                            RuntimeException.class,
                            () ->
                                    executor.execute(
                                            empty, COUNT, (i, view) -> put(view, A), broken, null));
            assertSame(cause, e);
            assertUsable(executor);
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldKeepFailuresAsOutcomes(ExecutorMode mode) {
        TxProgram<Integer> program =
                (index, view) -> {
                    view.put(A, Counters.encode(index));
                    switch (index % 5) {
                        case 0 -> throw new Exception("checked");
                        case 1 -> throw new AssertionError("error");
                        case 2 -> overflowTheStack(0);
                        case 3 -> view.put(B, nothing());
                        default -> {}
                    }
                    return index;
                };
        try (BlockExecutor executor = executor(mode, 4)) {
            BlockOutcome<Integer> outcome = executor.execute(empty, 40, program, BOTH, null);
            for (int i = 0; i < 40; i++) {
                assertEquals(i % 5 != 4, outcome.isFailed(i));
                if (i % 5 == 2) {
                    assertInstanceOf(StackOverflowError.class, outcome.failure(i));
                }
            }
            assertEquals(32, outcome.stats().failed());
            assertEquals(1, outcome.batch().size());
            assertArrayEquals(Counters.encode(39), outcome.batch().value(0));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEndTheBlockWhenTheMachineFails(ExecutorMode mode) {
        OutOfMemoryError cause = new OutOfMemoryError("not really");
        try (BlockExecutor executor = executor(mode, 4)) {
            Error e =
                    assertThrows(
                            OutOfMemoryError.class,
                            () ->
                                    executor.execute(
                                            empty,
                                            COUNT,
                                            (index, view) -> {
                                                if (index == 33) {
                                                    throw cause;
                                                }
                                                return put(view, A);
                                            },
                                            BOTH,
                                            null));
            assertSame(cause, e);
            assertUsable(executor);
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEndALoopThatOnlyInconsistentReadsFeed(ExecutorMode mode) {
        TxProgram<Long> program =
                (index, view) -> {
                    byte[] a = view.get(A);
                    long spun = Transfers.work(index, 500);
                    byte[] b = view.get(B);
                    while (!Arrays.equals(a, b)) {
                        view.checkpoint();
                    }
                    view.put(A, Counters.encode(index + (spun == 0 ? 1 : 0)));
                    view.put(B, Counters.encode(index + (spun == 0 ? 1 : 0)));
                    return (long) index;
                };
        try (BlockExecutor executor = executor(mode, 6)) {
            for (int round = 0; round < 20; round++) {
                AccessHints hints = mode == ExecutorMode.SPECULATIVE ? null : BOTH;
                BlockOutcome<Long> outcome =
                        executor.execute(empty, COUNT, program, hints, null);
                assertArrayEquals(Counters.encode(COUNT - 1), outcome.batch().value(1));
                assertEquals(0, outcome.stats().failed());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldThrowAwayAMachineErrorThatOnlyInconsistentReadsCause(ExecutorMode mode) {
        TxProgram<Long> program =
                (index, view) -> {
                    byte[] a = view.get(A);
                    long spun = Transfers.work(index, 500);
                    if (!Arrays.equals(a, view.get(B))) {
                        throw new OutOfMemoryError("as much as a mixture of states asks for");
                    }
                    view.put(A, Counters.encode(index + (spun == 0 ? 1 : 0)));
                    view.put(B, Counters.encode(index + (spun == 0 ? 1 : 0)));
                    return (long) index;
                };
        try (BlockExecutor executor = executor(mode, 6)) {
            for (int round = 0; round < 20; round++) {
                AccessHints hints = mode == ExecutorMode.SPECULATIVE ? null : BOTH;
                BlockOutcome<Long> outcome =
                        executor.execute(empty, COUNT, program, hints, null);
                assertArrayEquals(Counters.encode(COUNT - 1), outcome.batch().value(1));
                assertEquals(0, outcome.stats().failed());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldRefuseAViewThatIsUsedAfterItsTransaction(ExecutorMode mode) {
        AtomicReference<@Nullable TxView> leaked = new AtomicReference<>();
        try (BlockExecutor executor = executor(mode, 1)) {
            executor.execute(
                    empty,
                    1,
                    (index, view) -> {
                        leaked.set(view);
                        return put(view, A);
                    },
                    BOTH,
                    null);
            TxView view = leaked.get();
            assertNotNull(view);
            assertThrows(IllegalStateException.class, () -> view.get(A));
            assertThrows(IllegalStateException.class, () -> view.put(A, A));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteATransactionWithManyKeys(ExecutorMode mode) {
        int keys = 3_000;
        TxProgram<Integer> program =
                (index, view) -> {
                    int sum = 0;
                    for (int k = 0; k < keys; k++) {
                        byte[] key = Counters.encode(k);
                        byte[] value = view.get(key);
                        sum += value == null ? 0 : value[0];
                        view.put(key, new byte[] {(byte) (index + k)});
                    }
                    return sum;
                };
        AccessHints hints =
                exact(
                        (index, sink) -> {
                            for (int k = 0; k < keys; k++) {
                                sink.write(Counters.encode(k));
                            }
                        });
        try (BlockExecutor reference = executor(ExecutorMode.SEQUENTIAL, 1);
                BlockExecutor executor = executor(mode, 3)) {
            BlockRecord expected = BlockRecord.of(reference, empty, 24, program, null);
            BlockRecord actual = BlockRecord.of(executor, empty, 24, program, hints);
            assertNull(expected.difference(actual));
        }
    }

    private static void assertUsable(BlockExecutor executor) {
        BlockOutcome<Integer> outcome =
                executor.execute(key -> null, COUNT, (index, view) -> put(view, B), BOTH, null);
        assertEquals(COUNT, outcome.size());
        assertEquals(1, outcome.batch().size());
        assertTrue(outcome.stats().executions() >= COUNT);
    }

    private static int put(TxView view, byte[] key) {
        view.put(key, new byte[] {7});
        return 0;
    }

    private static int add(TxView view, byte[] key, long delta) {
        view.add(key, delta, Long.MIN_VALUE, Long.MAX_VALUE);
        return 0;
    }

    private static void swallow(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            assertNotNull(e);
        }
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static byte[] nothing() {
        return null;
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int overflowTheStack(int depth) {
        return 1 + overflowTheStack(depth + 1);
    }

    private interface Declaration {
        void declare(int index, AccessHints.KeySink sink);
    }

    private static AccessHints exact(Declaration declaration) {
        return new AccessHints() {
            @Override
            public Precision precision() {
                return Precision.EXACT;
            }

            @Override
            public void declare(int index, KeySink sink) {
                declaration.declare(index, sink);
            }
        };
    }

    private static BlockExecutor executor(ExecutorMode mode, int threads) {
        return BlockExecutor.builder().mode(mode).threads(threads, Setup.DAEMONS).build();
    }
}
