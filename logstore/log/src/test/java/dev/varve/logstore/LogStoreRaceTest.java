package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Threads that meet at the worst moment, held there by the disk. */
final class LogStoreRaceTest {

    private static final LogOptions BULK = CrashExplorer.SMALL.withDurability(Durability.NONE);
    private static final TableSpec TX = TableSpec.byKey("tx");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A disk whose next write, force or read of a segment, or creation, does something first. */
    private static final class Trap extends ForwardingStorage {
        private final AtomicReference<Runnable> atWrite = new AtomicReference<>();
        private final AtomicReference<Runnable> atForce = new AtomicReference<>();
        private final AtomicReference<Runnable> atCreate = new AtomicReference<>();
        private final AtomicReference<Runnable> atRead = new AtomicReference<>();

        Trap(SimDisk disk) {
            super(disk);
        }

        private static void spring(AtomicReference<Runnable> trap) {
            Runnable action = trap.getAndSet(null);
            if (action != null) {
                action.run();
            }
        }

        @Override
        public StorageFile create(String name) {
            spring(atCreate);
            return super.create(name);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            if (Segment.basePosition(file.name()) < 0) {
                return file;
            }
            return new ForwardingFile(file) {
                @Override
                public int read(MemorySegment destination, long offset) {
                    spring(atRead);
                    return super.read(destination, offset);
                }

                @Override
                public void write(MemorySegment source, long offset) {
                    spring(atWrite);
                    super.write(source, offset);
                }

                @Override
                public void force() {
                    spring(atForce);
                    super.force();
                }
            };
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Started start(Runnable work) {
        FutureTask<Void> task = new FutureTask<>(work, null);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return new Started(thread, task);
    }

    private record Started(Thread thread, Future<?> result) {

        boolean waits() {
            return thread.getState() == Thread.State.WAITING || result.isDone();
        }

        /** What the work threw. */
        Throwable failure() {
            return Objects.requireNonNull(
                    assertThrows(ExecutionException.class, this::join).getCause());
        }

        void join() throws Exception {
            result.get(20, TimeUnit.SECONDS);
        }
    }

    private static void put(LogStore store, Table table, String key, int length) {
        try (Batch batch = store.newBatch()) {
            store.commit(batch.put(table, 1, bytes(key), new byte[length]));
        }
    }

    /** A failure that takes its time to be told, so that others run on between. */
    private static final class SlowFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient CountDownLatch othersWentOn = new CountDownLatch(1);

        @Override
        public String getMessage() {
            try {
                // Ends early only where others can go on, which is what must not be.
                othersWentOn.await(200, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "slow failure";
        }
    }

    @Test
    void shouldNotForceASegmentAgainWhoseSealingFailed() {
        SimDisk disk = new SimDisk();
        Trap trap = new Trap(disk);
        LogStore store = LogStore.open(trap, BULK);
        Table tx = store.table(TX);
        CommitTicket ticket;
        try (Batch batch = store.newBatch()) {
            ticket = store.commit(batch.put(tx, 1, bytes("early"), new byte[40_000]));
        }
        SlowFailure failure = new SlowFailure();
        CountDownLatch inForce = new CountDownLatch(1);
        AtomicReference<Started> waiter = new AtomicReference<>();
        trap.atForce.set(
                () -> {
                    inForce.countDown();
                    await(() -> waits(waiter.get()));
                    disk.failAt(disk.calls() + 1, Fault.EIO);
                    assertThrows(StorageException.class, () -> forceFirstSegment(disk));
                    throw failure;
                });
        Started roller = start(() -> put(store, tx, "late", 40_000));
        await(() -> inForce.getCount() == 0);
        Started waiting =
                start(
                        () -> {
                            ticket.awaitDurable();
                            failure.othersWentOn.countDown();
                        });
        waiter.set(waiting);
        assertInstanceOf(StoragePoisonedException.class, waiting.failure());
        assertInstanceOf(StoragePoisonedException.class, roller.failure());
        CrashExplorer.closeQuietly(store);
    }

    private static boolean waits(@Nullable Started thread) {
        return thread != null && thread.waits();
    }

    private static void forceFirstSegment(SimDisk disk) {
        try (StorageFile file =
                disk.open(Segment.fileName(0), dev.varve.logstore.io.Storage.Access.READ_WRITE)) {
            file.force();
        }
    }

    @Test
    void shouldFailEveryCommitterOfARoundThatBreaksBeforeItsFirstWrite() throws Exception {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, BULK)) {
            store.table(TX);
        }
        Trap trap = new Trap(disk.restart());
        LogStore store = LogStore.open(trap, BULK);
        Table tx = store.table(TX);
        CountDownLatch inCreate = new CountDownLatch(1);
        List<Started> others = new ArrayList<>();
        trap.atCreate.set(
                () -> {
                    inCreate.countDown();
                    await(() -> others.size() == 3 && others.stream().allMatch(Started::waits));
                    trap.atCreate.set(
                            () -> {
                                throw new OutOfMemoryError("simulated");
                            });
                    throw new StorageFullException("simulated", "MANIFEST.tmp", 0, null);
                });
        Started first = start(() -> put(store, tx, "first", 10));
        await(() -> inCreate.getCount() == 0);
        List<Started> queued = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String key = "key" + i;
            queued.add(start(() -> put(store, tx, key, 10)));
        }
        await(() -> queued.stream().allMatch(Started::waits));
        others.addAll(queued);
        assertInstanceOf(StorageFullException.class, first.failure());
        for (Started committer : queued) {
            assertNotNull(committer.failure());
        }
        CrashExplorer.closeQuietly(store);
    }

    /** An error of which cannot be told, as if the stack or the heap were at their end. */
    private static final class Unspeakable extends Error {
        private static final long serialVersionUID = 1L;

        private final AtomicBoolean wasAsked = new AtomicBoolean();

        @Override
        public String getMessage() {
            if (!wasAsked.getAndSet(true)) {
                throw this;
            }
            return "unspeakable";
        }
    }

    @Test
    void shouldFailEveryCommitterOfARoundThatBreaksOffWithoutAWord() throws Exception {
        Trap trap = new Trap(new SimDisk());
        LogStore store = LogStore.open(trap, BULK);
        Table tx = store.table(TX);
        CountDownLatch inWrite = new CountDownLatch(1);
        List<Started> others = new ArrayList<>();
        trap.atWrite.set(
                () -> {
                    inWrite.countDown();
                    await(() -> others.size() == 3 && others.stream().allMatch(Started::waits));
                    trap.atWrite.set(
                            () -> {
                                throw new Unspeakable();
                            });
                });
        Started first = start(() -> put(store, tx, "first", 10));
        await(() -> inWrite.getCount() == 0);
        List<Started> queued = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String key = "key" + i;
            queued.add(start(() -> put(store, tx, key, 10)));
        }
        others.addAll(queued);
        first.join();
        long unspeakable = 0;
        for (Started committer : queued) {
            Throwable failure = committer.failure();
            unspeakable += failure instanceof Unspeakable ? 1 : 0;
            assertTrue(
                    failure instanceof Unspeakable || failure instanceof StoragePoisonedException);
        }
        assertEquals(1, unspeakable);
        assertThrows(StoragePoisonedException.class, () -> put(store, tx, "late", 10));
        CrashExplorer.closeQuietly(store);
    }

    @Test
    void shouldNotForceAgainWhenAForceBreaksOffWithoutAWord() {
        Trap trap = new Trap(new SimDisk());
        LogStore store = LogStore.open(trap, BULK);
        Table tx = store.table(TX);
        put(store, tx, "key", 10);
        trap.atForce.set(
                () -> {
                    throw new Unspeakable();
                });
        assertThrows(Unspeakable.class, store::force);
        assertThrows(StoragePoisonedException.class, store::force);
        assertTrue(store.durable() < store.visible());
        assertThrows(StoragePoisonedException.class, () -> put(store, tx, "late", 10));
        CrashExplorer.closeQuietly(store);
    }

    @Test
    void shouldCountWhatIsStagedWhenTheDiskIsNearlyFull() throws Exception {
        SimDisk disk = new SimDisk();
        disk.setCapacity(1_000_000);
        Trap trap = new Trap(disk);
        LogOptions options = LogOptions.bulk().withSpareBytes(0);
        try (LogStore store = LogStore.open(trap, options)) {
            Table tx = store.table(TX);
            CountDownLatch inWrite = new CountDownLatch(1);
            List<Started> others = new ArrayList<>();
            trap.atWrite.set(
                    () -> {
                        inWrite.countDown();
                        await(() -> others.size() == 4 && others.stream().allMatch(Started::waits));
                    });
            Started first = start(() -> put(store, tx, "first", 10));
            await(() -> inWrite.getCount() == 0);
            List<Started> queued = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String key = "key" + i;
                queued.add(start(() -> put(store, tx, key, 300_000)));
            }
            await(() -> queued.stream().allMatch(Started::waits));
            others.addAll(queued);
            first.join();
            int refused = 0;
            for (Started committer : queued) {
                try {
                    committer.join();
                } catch (ExecutionException e) {
                    assertInstanceOf(StorageFullException.class, e.getCause());
                    refused++;
                }
            }
            assertTrue(refused > 0 && refused < 4, "refused " + refused);
            put(store, tx, "small", 10);
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldVerifyASegmentThatIsSealedMeanwhileWithMoreFrames() {
        Trap trap = new Trap(new SimDisk());
        try (LogStore store = LogStore.open(trap, BULK)) {
            Table tx = store.table(TX);
            put(store, tx, "a", 10_000);
            trap.atRead.set(
                    () -> {
                        put(store, tx, "b", 40_000);
                        put(store, tx, "c", 40_000);
                    });
            CommitScript.checkVerifies(store);
            assertEquals(2, store.stats().segments());
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldNeverCallDurableWhatIsNotVisible() {
        Trap trap = new Trap(new SimDisk());
        LogStore store = LogStore.open(trap, BULK);
        Table tx = store.table(TX);
        put(store, tx, "a", 40_000);
        List<Long> seen = new ArrayList<>();
        // Creating the next segment, when the one before is sealed and forced.
        trap.atCreate.set(
                () -> {
                    seen.add(store.durable() - store.visible());
                    throw new StorageException("simulated", "segment", 0, null);
                });
        assertThrows(StoragePoisonedException.class, () -> put(store, tx, "b", 40_000));
        assertTrue(seen.getFirst() <= 0, () -> "durable is " + seen.getFirst() + " ahead");
        assertTrue(store.durable() <= store.visible());
        assertTrue(store.stats().durable() <= store.stats().visible());
        CrashExplorer.closeQuietly(store);
    }

    @Test
    void shouldShowEveryEarlierCommitToAReaderThatSeesALaterOneUntilClosed() throws Exception {
        LogStore store = LogStore.open(new SimDisk(), BULK);
        Table tx = store.table(TX);
        List<Started> threads = new ArrayList<>();
        for (int w = 0; w < 2; w++) {
            String name = "w" + w + "-";
            threads.add(start(() -> writeUntilClosed(store, tx, name)));
            threads.add(start(() -> readUntilClosed(store, tx, name)));
        }
        threads.add(start(() -> forceUntilClosed(store)));
        threads.add(start(() -> maintainUntilClosed(store)));
        await(() -> store.stats().segments() > 40);
        CommitScript.checkVerifies(store);
        store.close();
        for (Started thread : threads) {
            assertInstanceOf(StorageClosedException.class, thread.failure());
        }
    }

    private static void writeUntilClosed(LogStore store, Table tx, String name) {
        try (Batch batch = store.newBatch()) {
            for (int n = 1; ; n++) {
                byte[] value = bytes(Integer.toString(n));
                batch.clear().put(tx, n, bytes(name + "last"), value);
                store.commit(batch.put(tx, n, bytes(name + n), new byte[n % 3000]));
            }
        }
    }

    private static void readUntilClosed(LogStore store, Table tx, String name) {
        int highest = 0;
        while (true) {
            Snapshot snapshot = store.snapshot();
            byte[] last = snapshot.get(tx, bytes(name + "last"));
            if (last == null) {
                assertEquals(0, highest);
                continue;
            }
            int n = Integer.parseInt(new String(last, StandardCharsets.UTF_8));
            assertTrue(n >= highest, "commit " + n + " after " + highest);
            highest = n;
            for (int i = n; i > 0; i -= 1 + n / 17) {
                assertArrayEquals(new byte[i % 3000], snapshot.get(tx, bytes(name + i)));
            }
            assertEquals(null, snapshot.get(tx, bytes(name + (n + 1))));
        }
    }

    /** Runs are written and merged, and parts in memory freed, under the readers. */
    private static void maintainUntilClosed(LogStore store) {
        while (true) {
            if (!store.maintain()) {
                pause();
            }
        }
    }

    private static void forceUntilClosed(LogStore store) {
        while (true) {
            long durable = store.durable();
            long visible = store.visible();
            assertTrue(durable <= visible, "durable " + durable + " of " + visible);
            store.force();
            store.snapshot().get(store.tables().getFirst(), bytes("none"));
        }
    }
}
