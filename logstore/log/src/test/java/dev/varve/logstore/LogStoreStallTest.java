package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.run.RunRange;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * What a committer meets when the index falls behind: never more segments wait than were allowed.
 * It writes a run itself, or waits for the one that is being written.
 */
final class LogStoreStallTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final int COMMITS = 400;
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL.withDurability(Durability.NONE).withSpareBytes(0);

    private static byte[] key(int i) {
        return ("key" + i).getBytes(StandardCharsets.UTF_8);
    }

    private static void fill(LogStore store) {
        Table tx = store.table(TX);
        try (Batch batch = store.newBatch()) {
            for (int i = 0; i < COMMITS; i++) {
                store.commit(batch.clear().put(tx, i, key(i), new byte[2000]));
                int waiting = store.stats().index().unindexedSegments();
                assertTrue(waiting <= OPTIONS.index().maxUnindexedSegments(), "wait: " + waiting);
            }
        }
    }

    private static void check(LogStore store) {
        Table tx = store.table(TX);
        for (int i = 0; i < COMMITS; i++) {
            assertNotNull(store.snapshot().get(tx, key(i)), "key " + i);
        }
        CommitScript.checkVerifies(store);
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
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
    void shouldWriteTheRunsItselfWhenTheAgentNeverGetsToRun() {
        CountDownLatch release = new CountDownLatch(1);
        LogOptions options =
                OPTIONS.withMaintenance(
                        work ->
                                new Thread(
                                        () -> {
                                            awaitQuietly(release);
                                            work.run();
                                        }));
        try (LogStore store = LogStore.open(new SimDisk(), options)) {
            fill(store);
            IndexStats index = store.stats().index();
            assertTrue(index.activity().stalls() > 5, index::toString);
            assertEquals(index.activity().stalls(), index.activity().builds());
            assertTrue(index.activity().stallNs() > 0, index::toString);
            check(store);
            release.countDown();
        }
    }

    @Test
    void shouldWaitWhenTheAgentIsHeldUpInARunAndGoOnWhenItIsDone() throws InterruptedException {
        HeldUp storage = new HeldUp(new SimDisk());
        LogOptions options =
                OPTIONS.withMaintenance(
                        work -> {
                            storage.agent = new Thread(work);
                            return storage.agent;
                        });
        try (LogStore store = LogStore.open(storage, options)) {
            Table tx = store.table(TX);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread writer = new Thread(() -> fill(store));
            writer.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
            writer.start();
            awaitQuietly(storage.held);
            await(() -> isStalled(store) && writer.getState() == Thread.State.WAITING);
            int runs = store.stats().index().runs();
            // Commits stand still; reading, forcing and looking do not.
            long visible = store.visible();
            assertNotNull(store.snapshot().get(tx, key(0)));
            store.force();
            assertEquals(visible, store.durable());
            assertEquals(runs, store.stats().index().runs());
            assertEquals(visible, store.visible());
            storage.release.countDown();
            writer.join();
            assertEquals(null, failure.get());
            assertTrue(store.stats().index().activity().stallNs() > 0);
            check(store);
        }
    }

    /** In a stall more than those in which it wrote a run, for the agent may have come late. */
    private static boolean isStalled(LogStore store) {
        IndexStats.Activity activity = store.stats().index().activity();
        return activity.stalls() == activity.builds() + 1;
    }

    /** Holds the agent up where it begins its first file. */
    private static final class HeldUp extends ForwardingStorage {
        private final CountDownLatch held = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);
        private volatile Thread agent = Thread.currentThread();

        HeldUp(Storage disk) {
            super(disk);
        }

        @Override
        public StorageFile create(String name) {
            if (RunRange.isIndexFile(name) && Thread.currentThread().equals(agent)) {
                held.countDown();
                awaitQuietly(release);
            }
            return super.create(name);
        }
    }
}
