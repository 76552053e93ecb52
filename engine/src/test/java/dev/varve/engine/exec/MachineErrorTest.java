package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
    private static final int SHARED_KEYS = 5;
    private static final int DEEP_KEYS = 5_000;
    private static final ThreadFactory SMALL_STACKS =
            task -> {
                Thread thread = new Thread(null, task, "varve-small-stack", STACK_BYTES);
                thread.setDaemon(true);
                return thread;
            };

    /** What a program does with the error that it meets. */
    private enum Reaction {
        THROWS,
        SWALLOWS
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

    private static Long descend(int frames, TxView view, Reaction reaction) {
        if (frames > 0) {
            return 1 + descend(frames - 1, view, reaction);
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
