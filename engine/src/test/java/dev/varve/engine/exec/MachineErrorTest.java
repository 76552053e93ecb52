package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The machine fails anywhere in the executor: no memory, no stack. The caller is told, and the next
 * blocks of the same executor equal those of the sequential mode.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MachineErrorTest {

    private static final int COUNT = 24;
    private static final int DEEP = 7;
    private static final long STACK_BYTES = 256 * 1024;
    private static final int OFFSETS = 100;
    private static final int ROUNDS = 40;

    /** The executor needs fewer frames. */
    private static final int LAST_CALLS = 300;

    private static final int SHARED_KEYS = 5;
    private static final int DEEP_KEYS = 5_000;

    /** The log has an index behind the sixth, which grows. */
    private static final int MORE_KEYS = 14;

    private static final ThreadFactory SMALL_STACKS =
            task -> {
                Thread thread = new Thread(null, task, "varve-small-stack", STACK_BYTES);
                thread.setDaemon(true);
                return thread;
            };

    /** What a program does with the error that it meets. */
    private enum Reaction {
        THROWS,
        SWALLOWS,

        /** Uses some keys more close to the stack's end, so that the log of keys grows there. */
        GOES_ON
    }

    @Test
    void shouldExecuteTheNextBlockWhenMemoryRanOut() throws Exception {
        starve(1, 12);
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldExecuteTheNextBlockWhereverMemoryRanOut() throws Exception {
        starve(2, 1_000);
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheNextBlockWhenAProgramOverflowsTheStack(ExecutorMode mode)
            throws Throwable {
        onSmallStack(() -> overflow(mode, Reaction.THROWS));
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheNextBlockWhenAProgramSwallowsTheOverflow(ExecutorMode mode)
            throws Throwable {
        onSmallStack(() -> overflow(mode, Reaction.SWALLOWS));
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheNextBlockWhenAProgramGoesOnAtTheEndOfTheStack(ExecutorMode mode)
            throws Throwable {
        onSmallStack(() -> overflow(mode, Reaction.GOES_ON));
    }

    /** Transactions that call themselves for ever unless the first one has written. */
    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldRepeatInItsSlotWhatOverflowsTheStackByReadingTooEarly(ExecutorMode mode)
            throws Throwable {
        byte[] key = Counters.encode(0);
        TxProgram<Long> program =
                (index, view) -> {
                    if (index == 0) {
                        view.put(key, Counters.encode(Transfers.work(1, 200_000)));
                        return 0L;
                    }
                    return view.get(key) == null ? touch(view, key) : index;
                };
        onSmallStack(
                () -> {
                    try (BlockExecutor executor = executor(mode, new ArrayList<>())) {
                        for (int round = 0; round < ROUNDS; round++) {
                            BlockOutcome<Long> outcome =
                                    executor.execute(
                                            none -> null, COUNT, program, hints(mode), null);
                            assertEquals(0, outcome.stats().failed(), "round " + round);
                        }
                    }
                });
    }

    /** The hints break off with an exception of their own instead of the error that they met. */
    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheNextBlockWhenHintsWrapTheOverflow(ExecutorMode mode) throws Throwable {
        onSmallStack(() -> wrap(mode, AccessHints.Precision.EXACT));
        onSmallStack(() -> wrap(mode, AccessHints.Precision.HINT));
    }

    private static void wrap(ExecutorMode mode, AccessHints.Precision precision) {
        BaseState base = key -> null;
        try (BlockExecutor reference = BlockExecutor.builder().build();
                BlockExecutor executor = executor(mode, new ArrayList<>())) {
            BlockRecord expected = BlockRecord.of(reference, base, COUNT, program(), null);
            for (int offset = 0; offset < OFFSETS; offset++) {
                AccessHints wrapping = new WrappingHints(precision, offset);
                try {
                    executor.execute(base, COUNT, program(), wrapping, null);
                } catch (StackOverflowError | IllegalStateException e) {
                    // the first from a call of the sink, the other from the hints' own frames
                }
                String difference =
                        expected.difference(
                                BlockRecord.of(executor, base, COUNT, program(), new Hints()));
                assertNull(difference, mode + ", offset " + offset);
            }
        }
    }

    /** The stack of the calling thread ends in {@code execute}, anywhere. */
    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheNextBlockWhenTheCallersStackEnds(ExecutorMode mode) throws Throwable {
        onSmallStack(
                () -> {
                    List<Thread> helpers = new ArrayList<>();
                    try (BlockExecutor executor = executor(mode, helpers)) {
                        callFromAnyDepth(executor, mode);
                    }
                    assertFalse(helpers.getFirst().isAlive(), "the helper was not ended");
                });
    }

    private static void callFromAnyDepth(BlockExecutor executor, ExecutorMode mode) {
        BaseState base = key -> null;
        try (BlockExecutor reference = BlockExecutor.builder().build()) {
            BlockRecord expected = BlockRecord.of(reference, base, COUNT, program(), null);
            int[] deepest = {Integer.MAX_VALUE / 2};
            for (int round = 0; round < 4 * OFFSETS; round++) {
                int from = deepest[0] - LAST_CALLS;
                try {
                    callAtEachDepth(
                            depth -> {
                                deepest[0] = depth;
                                if (depth > from) {
                                    executor.execute(base, COUNT, program(), hints(mode), null);
                                }
                            },
                            0);
                } catch (StackOverflowError e) {
                    assertNull(e.getCause());
                }
                String difference =
                        expected.difference(
                                BlockRecord.of(executor, base, COUNT, program(), hints(mode)));
                assertNull(difference, mode + ", round " + round);
            }
        }
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long callAtEachDepth(IntConsumer call, int depth) {
        call.accept(depth);
        return 1 + callAtEachDepth(call, depth + 1);
    }

    /**
     * The caller has lost the lock of a key, and its stack ends again where it would tell so; a
     * helper waits for the lock.
     */
    @Test
    void shouldExecuteTheNextBlockWhenTheCallerCannotEndTheWaitForItsLock() throws Throwable {
        Thread caller = Thread.currentThread();
        CountDownLatch isLost = new CountDownLatch(1);
        byte[] key = Counters.encode(0);
        TxProgram<Long> losing =
                (index, view) -> {
                    if (!caller.equals(Thread.currentThread())) {
                        await(isLost);
                        view.get(key);
                        return 0L;
                    }
                    view.get(key);
                    SpeculativeView own = (SpeculativeView) view;
                    own.resolution().isInside = true;
                    assertTrue(((VersionedCell) own.log().get(0).cell).tryLock());
                    own.run.onStop(
                            () -> {
                                throw new StackOverflowError("made up");
                            });
                    isLost.countDown();
                    throw new OutOfMemoryError("made up");
                };
        BaseState base = none -> null;
        try (BlockExecutor reference = BlockExecutor.builder().build();
                BlockExecutor executor = executor(ExecutorMode.SPECULATIVE, new ArrayList<>())) {
            assertThrows(
                    VirtualMachineError.class,
                    () -> executor.execute(base, COUNT, losing, null, null));
            BlockRecord expected = BlockRecord.of(reference, base, COUNT, program(), null);
            assertNull(
                    expected.difference(
                            BlockRecord.of(executor, base, COUNT, program(), null)));
        }
    }

    /** Others may meet what an error left behind before it is told. */
    @Test
    void shouldTellTheErrorRatherThanWhatFollowedFromIt() {
        BlockRun run =
                new BlockRun(
                        new Keys(1, -1),
                        Interference.NONE,
                        StatisticsLevel.COUNTERS,
                        KeyClassifier.NONE);
        Error cause = new OutOfMemoryError("made up");
        run.fail(new IllegalStateException("a lock was left shut by an error"));
        run.fail(cause);
        run.fail(new IllegalStateException("a lock was left shut by an error"));
        run.fail(new StackOverflowError("made up"));
        assertSame(cause, run.failure());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What a failed block has written is not kept, though its engine is not used again. */
    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldForgetTheBlockThatFailed(ExecutorMode mode) throws Exception {
        try (BlockExecutor executor = executor(mode, new ArrayList<>())) {
            WeakReference<byte[]> written = failHavingWritten(executor, mode);
            executor.execute(key -> null, 0, program(), hints(mode), null);
            for (int i = 0; i < 100 && written.get() != null; i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertNull(written.get());
        }
    }

    private static WeakReference<byte[]> failHavingWritten(
            BlockExecutor executor, ExecutorMode mode) {
        AtomicReference<@Nullable WeakReference<byte[]>> written = new AtomicReference<>();
        TxProgram<Long> program =
                (index, view) -> {
                    if (index == COUNT - 1) {
                        throw new OutOfMemoryError("made up");
                    }
                    byte[] value = Counters.encode(index);
                    if (index == 0) {
                        written.set(new WeakReference<>(value));
                    }
                    view.get(Counters.encode(0));
                    view.put(Counters.encode(index + 1_000), value);
                    return 0L;
                };
        assertThrows(
                OutOfMemoryError.class,
                () -> executor.execute(key -> null, COUNT, program, hints(mode), null));
        return Objects.requireNonNull(written.get());
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long touch(TxView view, byte[] key) {
        view.get(key);
        return 1 + touch(view, key);
    }

    private static void starve(long seed, int rounds) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-ea",
                                "-XX:+UseSerialGC",
                                "-XX:-UseTLAB",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx8m",
                                "-Xms8m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                StarvedExecutor.class.getName(),
                                Long.toString(seed),
                                Integer.toString(rounds))
                        .redirectErrorStream(true)
                        .start();
        try {
            byte[] output = process.getInputStream().readAllBytes();
            assertEquals(0, process.waitFor(), new String(output, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * Blocks with one transaction that calls itself for ever and uses its view at each depth, with
     * one more frame in front each time: so the stack ends anywhere in the executor.
     */
    private static void overflow(ExecutorMode mode, Reaction reaction) {
        BaseState base = key -> null;
        List<Thread> helpers = new ArrayList<>();
        try (BlockExecutor reference = BlockExecutor.builder().build();
                BlockExecutor executor = executor(mode, helpers)) {
            BlockRecord expected = BlockRecord.of(reference, base, COUNT, program(), null);
            for (int offset = 0; offset < OFFSETS; offset++) {
                int before = offset;
                TxProgram<Long> deep =
                        (index, view) ->
                                index == DEEP
                                        ? descend(before, view, reaction)
                                        : program().execute(index, view);
                try {
                    BlockOutcome<Long> outcome =
                            executor.execute(base, COUNT, deep, hints(mode), null);
                    if (reaction == Reaction.THROWS) {
                        assertInstanceOf(StackOverflowError.class, outcome.failure(DEEP));
                    }
                    assertEquals(COUNT, outcome.size());
                } catch (StackOverflowError e) {
                    assertNull(e.getCause());
                }
                String difference =
                        expected.difference(
                                BlockRecord.of(executor, base, COUNT, program(), hints(mode)));
                assertNull(difference, mode + ", offset " + offset);
                assertTrue(helpers.getFirst().isAlive(), "the helper has ended");
            }
        }
    }

    private static BlockExecutor executor(ExecutorMode mode, List<Thread> helpers) {
        ThreadFactory factory =
                task -> {
                    helpers.add(SMALL_STACKS.newThread(task));
                    return helpers.getLast();
                };
        return BlockExecutor.builder().mode(mode).threads(2, factory).build();
    }

    /** Writes keys that the deep transaction uses too. */
    private static TxProgram<Long> program() {
        return (index, view) -> {
            byte[] key = Counters.encode(index % SHARED_KEYS);
            byte[] value = view.get(key);
            long number = value == null ? 0 : Counters.decode(value);
            view.put(key, Counters.encode(number + index));
            view.put(Counters.encode(index + 1_000), key);
            return number;
        };
    }

    private static @Nullable AccessHints hints(ExecutorMode mode) {
        return mode == ExecutorMode.ORDERED_LOCKS ? new Hints() : null;
    }

    private static Long descend(int before, TxView view, Reaction reaction) {
        return frames(before, before, view, reaction);
    }

    private static Long frames(int left, int before, TxView view, Reaction reaction) {
        if (left > 0) {
            return 1 + frames(left - 1, before, view, reaction);
        }
        if (reaction == Reaction.GOES_ON) {
            return goOn(view, new int[] {before % 20});
        }
        try {
            return touch(view, 0);
        } catch (StackOverflowError e) {
            if (reaction == Reaction.THROWS) {
                throw e;
            }
            view.put(Counters.encode(3), Counters.encode(3));
            return 0L;
        }
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long touch(TxView view, int depth) {
        view.get(Counters.encode(depth % DEEP_KEYS));
        return 1 + touch(view, depth + 1);
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long goOn(TxView view, int[] framesAbove) {
        try {
            return 1 + goOn(view, framesAbove);
        } catch (StackOverflowError e) {
            if (framesAbove[0]-- != 0) {
                throw e;
            }
            for (int key = 0; key < MORE_KEYS; key++) {
                view.get(Counters.encode(key));
            }
            return 0;
        }
    }

    private static void onSmallStack(Runnable test) throws Throwable {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread =
                SMALL_STACKS.newThread(
                        () -> {
                            try {
                                test.run();
                            } catch (Throwable e) {
                                failure.set(e);
                            }
                        });
        thread.start();
        thread.join();
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw thrown;
        }
    }

    /** Those of {@link #program}, and for one transaction more at each depth of the stack. */
    private record WrappingHints(Precision precision, int frames) implements AccessHints {

        @Override
        public void declare(int index, KeySink sink) {
            for (int key = 0; key < SHARED_KEYS; key++) {
                sink.write(Counters.encode(key));
            }
            sink.write(Counters.encode(index + 1_000));
            if (index == DEEP) {
                try {
                    descend(frames, sink, DEEP_KEYS);
                } catch (StackOverflowError e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @SuppressWarnings("InfiniteRecursion") // that is what it is for
        private static long descend(int before, KeySink sink, int key) {
            if (before > 0) {
                return 1 + descend(before - 1, sink, key);
            }
            sink.write(Counters.encode(key));
            return 1 + descend(0, sink, key + 1);
        }
    }

    /** All keys, deep transactions and others alike. */
    private static final class Hints implements AccessHints {

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            for (int key = 0; key < (index == DEEP ? DEEP_KEYS : SHARED_KEYS); key++) {
                sink.write(Counters.encode(key));
            }
            sink.write(Counters.encode(index + 1_000));
        }
    }
}
