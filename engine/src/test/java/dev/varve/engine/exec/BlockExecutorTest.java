package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the executor promises about its life, its threads, its results and its figures. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class BlockExecutorTest {

    private static final byte[] A = {1};
    private static final byte[] B = {2};

    private final BaseState empty = key -> null;
    private final TxProgram<Integer> counting =
            (index, view) -> {
                view.add(A, 1, 0, 1000);
                return index;
            };

    @Test
    void shouldEndItsThreadsWhenClosed() {
        List<Thread> started = new ArrayList<>();
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.SPECULATIVE)
                        .threads(5, task -> remember(new Thread(task), started))
                        .build()) {
            executor.execute(empty, 100, counting);
            assertEquals(4, started.size());
        }
        for (Thread thread : started) {
            assertFalse(thread.isAlive());
        }
    }

    @Test
    void shouldLeaveNoThreadWhenTheFactoryFails() {
        List<Thread> started = new ArrayList<>();
        BlockExecutor.Builder builder =
                BlockExecutor.builder()
                        .threads(
                                4,
                                task ->
                                        started.size() == 2
                                                ? refuse()
                                                : remember(new Thread(task), started));
        assertThrows(IllegalStateException.class, builder::build);
        for (Thread thread : started) {
            assertFalse(thread.isAlive());
        }
    }

    @Test
    @SuppressWarnings("NullAway") // a caller without it
    void shouldKeepAnOutcomeWhenNoBlockIsGiven() {
        try (BlockExecutor executor = BlockExecutor.builder().build()) {
            BlockOutcome<Integer> first = executor.execute(empty, 3, counting);
            BlockInput<Integer> none = null;
            assertThrows(NullPointerException.class, () -> executor.execute(none, null));
            assertEquals(2, first.result(2));
        }
    }

    @Test
    void shouldRefuseAnOutcomeWhenTheNextBlockHasBegun() {
        BlockExecutor executor = BlockExecutor.builder().build();
        BlockOutcome<Integer> first = executor.execute(empty, 3, counting);
        WriteBatch batch = first.batch();
        BlockOutcome<Integer> second = executor.execute(empty, 3, counting);
        assertThrows(IllegalStateException.class, first::batch);
        assertThrows(IllegalStateException.class, () -> first.result(0));
        assertThrows(IllegalStateException.class, batch::size);
        assertEquals(2, second.result(2));
        WriteBatch last = second.batch();
        assertEquals(1, last.size());
        executor.close();
        assertThrows(IllegalStateException.class, last::size);
        assertThrows(IllegalStateException.class, () -> executor.execute(empty, 1, counting));
        assertEquals(3, first.stats().transactions());
        executor.close();
    }

    @Test
    void shouldRefuseASecondCallerAndItsOwnListener() throws InterruptedException {
        try (BlockExecutor executor = BlockExecutor.builder().build()) {
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch mayEnd = new CountDownLatch(1);
            AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
            Thread other =
                    new Thread(
                            () ->
                                    executor.execute(
                                            empty,
                                            1,
                                            (index, view) -> {
                                                inside.countDown();
                                                mayEnd.await();
                                                return index;
                                            }));
            other.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
            other.start();
            inside.await();
            assertThrows(IllegalStateException.class, () -> executor.execute(empty, 1, counting));
            assertThrows(IllegalStateException.class, executor::close);
            mayEnd.countDown();
            other.join();
            assertEquals(null, thrown.get());
            CommitListenerException e =
                    assertThrows(
                            CommitListenerException.class,
                            () ->
                                    executor.execute(
                                            empty,
                                            1,
                                            counting,
                                            null,
                                            (index, result, failure) ->
                                                    executor.execute(empty, 1, counting)));
            assertInstanceOf(IllegalStateException.class, e.getCause());
        }
    }

    @Test
    void shouldKeepTheInterruptOfItsCaller() {
        for (ExecutorMode mode :
                List.of(ExecutorMode.SPECULATIVE, ExecutorMode.ORDERED_LOCKS)) {
            try (BlockExecutor executor =
                    BlockExecutor.builder().mode(mode).threads(4, Setup.DAEMONS).build()) {
                Transfers block = new Transfers(4, 500, 300, 1);
                Thread.currentThread().interrupt();
                for (int i = 0; i < 20; i++) {
                    executor.execute(block, block.count(), block, block, null);
                }
                assertTrue(Thread.interrupted());
            }
        }
    }

    @Test
    void shouldGoOnWhenAProgramInterruptsItsThread() {
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.SPECULATIVE)
                        .threads(4, Setup.DAEMONS)
                        .build()) {
            for (int i = 0; i < 50; i++) {
                BlockOutcome<Integer> outcome =
                        executor.execute(
                                empty,
                                200,
                                (index, view) -> {
                                    Thread.currentThread().interrupt();
                                    view.add(A, 1, 0, 1000);
                                    return index;
                                });
                assertEquals(1, outcome.batch().size());
            }
            assertTrue(Thread.interrupted(), "the caller works along");
        }
    }

    @Test
    void shouldRefuseSettingsThatMakeNoSense() {
        BlockExecutor.Builder builder = BlockExecutor.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.threads(0, Thread::new));
        assertThrows(IllegalArgumentException.class, () -> builder.stripes(3));
        assertThrows(IllegalArgumentException.class, () -> builder.stripes(-1 << 31));
        assertThrows(IllegalArgumentException.class, () -> builder.window(0));
        try (BlockExecutor executor = builder.mode(ExecutorMode.ORDERED_LOCKS).build()) {
            assertThrows(
                    IllegalArgumentException.class, () -> executor.execute(empty, -1, counting));
            assertThrows(
                    IllegalArgumentException.class, () -> executor.execute(empty, 1, counting));
        }
    }

    @Test
    void shouldCountDependenciesAsDefined() {
        TxProgram<Integer> program =
                (index, view) -> {
                    switch (index) {
                        case 0 -> view.put(A, Counters.encode(1)); // writes
                        case 1 -> view.put(A, Counters.encode(2)); // only writes: independent
                        case 2 -> view.get(A); // depends on 1
                        case 3 -> view.add(B, 1, 0, 9); // nothing before: independent
                        case 4 -> view.add(B, 1, 0, 9); // commutes; strictly it depends on 3
                        case 5 -> view.get(B); // depends on 3 and 4
                        case 6 -> { // fails: it depends on 1, and writes nothing
                            view.get(A);
                            view.put(B, A);
                            throw new Exception("no");
                        }
                        default -> { // reads what it has put: independent
                            view.put(B, A);
                            view.get(B);
                        }
                    }
                    return index;
                };
        for (ExecutorMode mode : List.of(ExecutorMode.SEQUENTIAL, ExecutorMode.SPECULATIVE)) {
            try (BlockExecutor executor =
                    BlockExecutor.builder()
                            .mode(mode)
                            .threads(2, Setup.DAEMONS)
                            .statistics(StatisticsLevel.TIMES, KeyClassifier.NONE)
                            .build()) {
                DependencyStats stats =
                        executor.execute(empty, 8, program).stats().dependencies();
                assertNotNull(stats);
                assertEquals(3, stats.dependent());
                assertEquals(4, stats.dependentStrict());
                assertEquals(2, stats.criticalPath());
                assertEquals(3, stats.criticalPathStrict());
                assertEquals(3, stats.conflictsByKind().get("key"));
                assertEquals(5.0 / 8, stats.parallelShare());
                assertTrue(stats.criticalPathNs() > 0);
                assertTrue(stats.criticalPathNs() <= stats.executionNs());
            }
        }
    }

    @Test
    void shouldAllocateNothingButValuesWhenWarm() {
        Transfers block = new Transfers(1_000, 5_000, 0, 1);
        for (ExecutorMode mode :
                List.of(
                        ExecutorMode.SEQUENTIAL,
                        ExecutorMode.ORDERED_LOCKS,
                        ExecutorMode.SPECULATIVE)) {
            double values = 2 * 24;
            double allocated = allocatedPerTransaction(mode, block);
            // A block's own objects are spread over its transactions.
            assertTrue(allocated < values + 1, mode + " allocates " + allocated);
        }
    }

    /** What is executed again allocates its values again. */
    @Test
    void shouldAllocateNothingButValuesWhenTwoThreadsAreWarm() {
        Transfers block = new Transfers(1_000, 5_000, 300, 1);
        for (ExecutorMode mode : ExecutorMode.values()) {
            double excess = excessOfTwoThreads(mode, block);
            assertTrue(excess < 2, mode + " allocates " + excess + " beside the values");
        }
    }

    /** Bytes for a transaction, by all threads of the process; the least of some rounds. */
    private static double excessOfTwoThreads(ExecutorMode mode, Transfers block) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AccessHints hints = mode == ExecutorMode.SPECULATIVE ? null : block;
        int blocks = 20;
        double least = Double.MAX_VALUE;
        try (BlockExecutor executor =
                BlockExecutor.builder().mode(mode).threads(2, Setup.DAEMONS).build()) {
            for (int round = 0; round < 6; round++) {
                long executions = 0;
                long before = threads.getTotalThreadAllocatedBytes();
                for (int i = 0; i < blocks; i++) {
                    executions +=
                            executor.execute(block, block.count(), block, hints, null)
                                    .stats()
                                    .executions();
                }
                long bytes = threads.getTotalThreadAllocatedBytes() - before;
                double excess = (bytes - 48.0 * executions) / blocks / block.count();
                least = Math.min(least, excess);
            }
        }
        return least;
    }

    /** By the calling thread, which does all the work. */
    private static double allocatedPerTransaction(ExecutorMode mode, Transfers block) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int blocks = 20;
        try (BlockExecutor executor = BlockExecutor.builder().mode(mode).build()) {
            block.execute(executor, blocks);
            long before = threads.getCurrentThreadAllocatedBytes();
            block.execute(executor, blocks);
            long after = threads.getCurrentThreadAllocatedBytes();
            return (double) (after - before) / blocks / block.count();
        }
    }

    private static Thread remember(Thread thread, List<Thread> started) {
        started.add(thread);
        return thread;
    }

    @SuppressWarnings("NullAway") // a factory may do this
    private static Thread refuse() {
        return null;
    }
}
