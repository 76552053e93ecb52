package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Whoever waits goes on, whatever becomes of the one who was to do its work. */
final class CombiningLockTest {

    private final CombiningLock lock = new CombiningLock();

    private static Waiting start(Runnable wait) {
        FutureTask<Boolean> task =
                new FutureTask<>(
                        () -> {
                            wait.run();
                            return Thread.currentThread().isInterrupted();
                        });
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return new Waiting(thread, task);
    }

    private record Waiting(Thread thread, FutureTask<Boolean> wasInterrupted) {

        /** Returns when the thread is parked; fails if it went on. */
        Waiting parked() throws InterruptedException {
            while (thread.getState() != Thread.State.WAITING) {
                assertFalse(wasInterrupted.isDone(), "did not wait");
                Thread.sleep(1);
            }
            return this;
        }

        boolean join() throws Exception {
            return wasInterrupted.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldDoTheWorkOfAllWhoWaitWhenTheHolderLetsGo() throws Exception {
        AtomicInteger works = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        Runnable work =
                () -> {
                    works.incrementAndGet();
                    done.set(true);
                };
        lock.lock();
        List<Waiting> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(start(() -> lock.await(done::get, work)).parked());
        }
        lock.unlock();
        for (Waiting waiter : waiting) {
            waiter.join();
        }
        assertEquals(1, works.get());
    }

    @Test
    void shouldWakeTheNextWhenTheWorkOfTheFirstIsDoneBeforeItTakesOver() throws Exception {
        Thread holder = Thread.currentThread();
        AtomicBoolean firstDone = new AtomicBoolean();
        // Becomes done, by no doing of a holder, right after the holder saw that it is not.
        BooleanSupplier first =
                () ->
                        holder.equals(Thread.currentThread())
                                ? firstDone.getAndSet(true)
                                : firstDone.get();
        AtomicBoolean secondDone = new AtomicBoolean();
        lock.lock();
        Waiting one = start(() -> lock.await(first, this::mustNotRun)).parked();
        Waiting two =
                start(() -> lock.await(secondDone::get, () -> secondDone.set(true))).parked();
        lock.unlock();
        one.join();
        two.join();
        assertTrue(secondDone.get());
    }

    private void mustNotRun() {
        throw new AssertionError("the work was done");
    }

    @Test
    void shouldWakeTheNextWhenTheWorkOfTheFirstThrows() throws Exception {
        Error failure = new AssertionError("planted");
        AtomicBoolean secondDone = new AtomicBoolean();
        lock.lock();
        Waiting one =
                start(
                                () ->
                                        lock.await(
                                                () -> false,
                                                () -> {
                                                    throw failure;
                                                }))
                        .parked();
        Waiting two =
                start(() -> lock.await(secondDone::get, () -> secondDone.set(true))).parked();
        lock.unlock();
        assertSame(failure, assertThrows(ExecutionException.class, one::join).getCause());
        two.join();
        assertTrue(secondDone.get());
        assertTrue(lock.tryLock(), "still held");
    }

    @Test
    void shouldGoOnWaitingAndKeepTheInterruptWhenInterrupted() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        lock.lock();
        Waiting interrupted = start(() -> lock.await(done::get, () -> done.set(true))).parked();
        Waiting other = start(() -> lock.await(done::get, () -> done.set(true))).parked();
        interrupted.thread().interrupt();
        while (interrupted.thread().isInterrupted()) {
            Thread.sleep(1);
        }
        interrupted.parked();
        lock.unlock();
        assertTrue(interrupted.join(), "the interrupt was lost");
        assertFalse(other.join());
    }

    /** Somebody's work, and whether it was done or given up. */
    private static final class Request {
        private volatile boolean done;
    }

    @Test
    void shouldLeaveNobodyBehindWhenWorkFailsAndThreadsAreInterrupted() throws Exception {
        for (long seed = 1; seed <= 40; seed++) {
            Queue<Request> queue = new ConcurrentLinkedQueue<>();
            List<Waiting> threads = new ArrayList<>();
            for (int t = 0; t < 6; t++) {
                Random random = new Random(seed * 31 + t);
                threads.add(start(() -> request(queue, random)));
            }
            for (int t = 0; t < threads.size(); t++) {
                assertTrue(threads.get(t).join(), "seed " + seed + ", thread " + t);
            }
        }
    }

    private void request(Queue<Request> queue, Random random) {
        Thread.currentThread().interrupt();
        for (int i = 0; i < 200; i++) {
            Request request = new Request();
            queue.add(request);
            int quirk = random.nextInt(8);
            try {
                lock.await(() -> request.done, () -> work(queue, quirk));
                assertTrue(request.done);
            } catch (IllegalStateException planted) {
                request.done = true; // given up: whoever finds it may have done it or not
            }
        }
    }

    /** Does the oldest request, or two, or throws before or after it. */
    private void work(Queue<Request> queue, int quirk) {
        assertTrue(lock.isHeldByCurrentThread());
        if (quirk == 0) {
            throw new IllegalStateException("planted");
        }
        for (int n = quirk == 1 ? 2 : 1; n > 0; n--) {
            Request request = queue.poll();
            if (request != null) {
                request.done = true;
            }
        }
        if (quirk == 2) {
            throw new IllegalStateException("planted");
        }
    }
}
