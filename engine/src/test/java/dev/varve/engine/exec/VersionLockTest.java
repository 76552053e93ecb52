package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lock of a key's versions, and who waits for it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class VersionLockTest {

    private static final int READER = 9;

    private final VersionStore store = new VersionStore(1);
    private final VersionedCell cell = new VersionedCell();

    @BeforeEach
    void beginWithAValue() {
        cell.reset(new byte[] {1}, 1);
        cell.setValue(Counters.encode(7));
    }

    @Test
    void shouldHaveOneHolder() {
        assertTrue(cell.tryLock());
        assertFalse(cell.tryLock());
        cell.unlock();
        assertTrue(cell.tryLock());
    }

    @Test
    void shouldRefuseStampsOfAShutLockAndOfBeforeAChange() {
        int before = cell.stamp();
        assertTrue(cell.tryLock());
        assertTrue(LockedCell.isShut(cell.stamp()));
        assertFalse(cell.validate(before));
        cell.unlock();
        assertFalse(cell.validate(before));
        assertTrue(cell.validate(cell.stamp()));
    }

    @Test
    void shouldKeepStampsValidWhenTheHolderHasChangedNothing() {
        int before = cell.stamp();
        assertTrue(cell.tryLock());
        cell.unlockUnchanged();
        assertTrue(cell.validate(before));
    }

    @Test
    void shouldGoOnCountingWhenTheNumberOverflows() throws Exception {
        var word = LockedCell.class.getDeclaredField("word");
        word.setAccessible(true);
        word.setInt(cell, -2);
        int before = cell.stamp();
        store.estimate(cell, VersionedCell.version(1, 1));
        assertEquals(0, cell.stamp());
        assertFalse(cell.validate(before));
    }

    @Test
    void shouldLetWaitersInWhenTheHolderReturnsLate() throws Exception {
        List<Waiting> asleep = lockBeforeReaderAndWriter();
        cell.unlock();
        for (Waiting waiting : asleep) {
            assertNull(waiting.end());
        }
        Resolution found = new Resolution();
        store.resolve(cell, READER, found);
        assertEquals(1, found.writer());
    }

    @Test
    void shouldEndWaitingWhenAnErrorLeftTheLockShut() throws Exception {
        List<Waiting> asleep = lockBeforeReaderAndWriter();
        store.abandoned = true;
        for (Waiting waiting : asleep) {
            assertInstanceOf(IllegalStateException.class, waiting.end());
        }
    }

    private List<Waiting> lockBeforeReaderAndWriter() {
        assertTrue(cell.tryLock());
        List<Waiting> waiting =
                List.of(
                        new Waiting(() -> store.resolve(cell, READER, new Resolution())),
                        new Waiting(() -> store.estimate(cell, VersionedCell.version(1, 1))));
        waiting.forEach(Waiting::awaitAsleep);
        return waiting;
    }

    @Test
    void shouldEndWaitingWhenInterruptedToo() throws Exception {
        assertTrue(cell.tryLock());
        Waiting writer =
                new Waiting(() -> store.estimate(cell, VersionedCell.version(1, 1)));
        writer.awaitAsleep();
        writer.thread.interrupt();
        assertTrue(LockedCell.isShut(cell.stamp()), "an interrupt opens no lock");
        store.abandoned = true;
        assertInstanceOf(IllegalStateException.class, writer.end());
    }

    @Test
    void shouldLetNobodyIntoAStripeWhenAbandoned() throws Exception {
        Stripe stripe = onlyStripe();
        assertTrue(stripe.tryWriteLock() != 0);
        Waiting adder =
                new Waiting(() -> store.cell(new byte[] {2}, 2, new VersionStore.Pool()));
        adder.awaitAsleep();
        store.abandoned = true;
        assertInstanceOf(IllegalStateException.class, adder.end());
        assertTrue(stripe.isWriteLocked(), "who is rightly inside is alone");
    }

    private Stripe onlyStripe() throws Exception {
        var stripes = VersionStore.class.getDeclaredField("stripes");
        stripes.setAccessible(true);
        return ((Stripe[]) stripes.get(store))[0];
    }

    /** A thread at the lock. */
    private static final class Waiting {

        private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        private final Thread thread;

        Waiting(Runnable work) {
            thread = new Thread(() -> run(work));
            thread.setDaemon(true);
            thread.start();
        }

        private void run(Runnable work) {
            try {
                work.run();
            } catch (Throwable t) {
                thrown.set(t);
            }
        }

        /** It sleeps in between, so that a holder without processor gets one. */
        void awaitAsleep() {
            while (thread.getState() != Thread.State.WAITING
                    && thread.getState() != Thread.State.TIMED_WAITING) {
                assertTrue(thread.isAlive(), () -> "did not wait: " + thrown.get());
                Thread.onSpinWait();
            }
        }

        @Nullable Throwable end() throws InterruptedException {
            thread.join();
            return thrown.get();
        }
    }
}
