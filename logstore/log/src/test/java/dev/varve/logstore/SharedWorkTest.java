package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SharedWorkTest {

    private static AtomicIntegerArray countingRun(
            int count, Executor executor, int threads) {
        AtomicIntegerArray done = new AtomicIntegerArray(count);
        SharedWork.run(
                count,
                executor,
                threads,
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        done.incrementAndGet(i);
                    }
                });
        return done;
    }

    private static void assertOnceEach(AtomicIntegerArray done) {
        for (int i = 0; i < done.length(); i++) {
            assertEquals(1, done.get(i), "index " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 65, 1_000, 10_007})
    void shouldDoEveryIndexOnce(int count) {
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            assertOnceEach(countingRun(count, executor, 5));
            assertOnceEach(countingRun(count, Runnable::run, 3));
        }
    }

    @Test
    void shouldNotWaitForAnExecutorThatNeverRunsAnything() {
        List<Runnable> kept = new ArrayList<>();
        AtomicIntegerArray done = countingRun(1_000, kept::add, 4);
        assertEquals(3, kept.size());
        kept.forEach(Runnable::run); // much later, and with nothing left to do
        assertOnceEach(done);
    }

    @Test
    void shouldDoItAloneWhenTheExecutorRejects() {
        assertOnceEach(
                countingRun(
                        1_000,
                        task -> {
                            throw new RejectedExecutionException();
                        },
                        4));
    }

    /** They use the caller's memory. */
    @Test
    void shouldWaitForThoseWhoWorkWhenTheExecutorFails() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger inside = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            AtomicInteger asked = new AtomicInteger();
            Executor failing =
                    task -> {
                        if (asked.incrementAndGet() > 1) {
                            awaitQuietly(working);
                            goOn.countDown();
                            throw new UnsupportedOperationException("of the executor");
                        }
                        pool.execute(task);
                    };
            assertThrows(
                    UnsupportedOperationException.class,
                    () ->
                            SharedWork.run(
                                    1_000,
                                    failing,
                                    4,
                                    (from, to) -> {
                                        inside.incrementAndGet();
                                        working.countDown();
                                        awaitQuietly(goOn);
                                        LockSupport.parkNanos(20_000_000);
                                        inside.decrementAndGet();
                                    }));
            assertEquals(0, inside.get());
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldFinishInsideOfThePoolThatItAsks() throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(1)) {
            assertOnceEach(executor.submit(() -> countingRun(1_000, executor, 4)).get());
        }
    }

    @Test
    void shouldThrowTheFirstFailureAndBeginNothingMore() {
        AtomicInteger pieces = new AtomicInteger();
        IllegalStateException failure = new IllegalStateException("piece");
        IllegalStateException thrown =
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                SharedWork.run(
                                        10_000,
                                        Runnable::run,
                                        3,
                                        (from, to) -> {
                                            pieces.incrementAndGet();
                                            throw failure;
                                        }));
        assertEquals(failure, thrown);
        assertEquals(1, pieces.get());
    }

    @Test
    void shouldKeepTheInterruptOfTheCaller() {
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Thread.currentThread().interrupt();
            assertOnceEach(countingRun(5_000, executor, 3));
            assertTrue(Thread.interrupted());
        }
    }
}
