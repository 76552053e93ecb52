package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class AgentThreadTest {

    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<Thread> made = new ArrayList<>();
    private final AtomicInteger steps = new AtomicInteger();

    private AgentThread agent(BooleanSupplier step, long idleNs) {
        return new AgentThread(
                work -> {
                    made.add(new Thread(work));
                    return made.getLast();
                },
                step,
                idleNs);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }

    private boolean isIn(Thread.State state) {
        return made.getFirst().getState() == state;
    }

    @Test
    void shouldWorkAsLongAsThereIsMoreAndWhenItIsSignalled() throws InterruptedException {
        BooleanSupplier step = () -> steps.incrementAndGet() % 10 != 0;
        try (AgentThread agent = agent(step, AgentThread.UNTIL_SIGNALLED)) {
            agent.start();
            await(() -> steps.get() == 10 && isIn(Thread.State.TIMED_WAITING));
            agent.signal();
            await(() -> steps.get() == 20 && isIn(Thread.State.TIMED_WAITING));
        }
        assertFalse(made.getFirst().isAlive());
        assertEquals(1, made.size());
    }

    /** The lock's wait takes the signal of the close; what fails behind it must not pause. */
    @Test
    void shouldEndAtOnceWhenItIsClosedInsideOfAPieceOfWorkThatFails()
            throws InterruptedException {
        ReentrantLock lock = new ReentrantLock();
        BooleanSupplier step =
                () -> {
                    steps.incrementAndGet();
                    lock.lock();
                    try {
                        throw new IllegalStateException("planned");
                    } finally {
                        lock.unlock();
                    }
                };
        AgentThread agent = agent(step, AgentThread.UNTIL_SIGNALLED);
        agent.start();
        await(() -> steps.get() > 1);
        Thread closer = new Thread(agent::close);
        int before;
        lock.lock();
        try {
            agent.signal();
            await(() -> lock.hasQueuedThread(made.getFirst()) && isIn(Thread.State.WAITING));
            closer.start();
            await(() -> closer.getState() == Thread.State.WAITING);
            before = steps.get();
        } finally {
            lock.unlock();
        }
        closer.join();
        assertEquals(before, steps.get());
    }

    @Test
    void shouldLookAgainWhenItWasIdle() throws InterruptedException {
        try (AgentThread agent = agent(() -> steps.incrementAndGet() < 0, 1)) {
            agent.start();
            await(() -> steps.get() > 3);
        }
    }

    /** It would not pause any more, and keep a processor busy for nothing. */
    @Test
    void shouldPauseThoughTheThreadWasInterrupted() throws InterruptedException {
        for (long idleNs : new long[] {IDLE_NS, AgentThread.UNTIL_SIGNALLED}) {
            made.clear();
            steps.set(0);
            try (AgentThread agent = agent(() -> steps.incrementAndGet() < 0, idleNs)) {
                agent.start();
                await(() -> steps.get() > 0 && isIn(Thread.State.TIMED_WAITING));
                made.getFirst().interrupt();
                await(() -> steps.get() > 1 && isIn(Thread.State.TIMED_WAITING));
                int before = steps.get();
                Thread.sleep(300);
                assertTrue(steps.get() - before < 20, () -> steps.get() - before + " steps");
            }
        }
    }

    @Test
    void shouldBeginAgainWhenAPieceOfWorkFails() throws InterruptedException {
        BooleanSupplier step =
                () -> {
                    int number = steps.incrementAndGet();
                    if (number == 2) {
                        throw new IllegalStateException("planted");
                    }
                    if (number == 3) {
                        throw new AssertionError("planted");
                    }
                    return number < 5;
                };
        try (AgentThread agent = agent(step, AgentThread.UNTIL_SIGNALLED)) {
            agent.start();
            await(() -> steps.get() == 5 && isIn(Thread.State.TIMED_WAITING));
            assertEquals(2, agent.failures());
        }
    }

    @Test
    void shouldEndWhenTheStoreIsClosedOrPoisoned() throws InterruptedException {
        try (AgentThread agent =
                agent(
                        () -> {
                            throw new StorageClosedException("closed", "log", 0, null);
                        },
                        1)) {
            agent.start();
            made.getFirst().join();
            assertEquals(0, agent.failures());
        }
    }

    @Test
    void shouldStayInterruptedWhenItIsClosedByAThreadThatIs() {
        AgentThread agent = agent(() -> false, AgentThread.UNTIL_SIGNALLED);
        agent.start();
        Thread.currentThread().interrupt();
        agent.close();
        assertTrue(Thread.interrupted());
        assertFalse(made.getFirst().isAlive());
    }
}
