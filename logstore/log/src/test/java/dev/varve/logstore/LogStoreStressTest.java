package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Committers, waiters, forces, interrupts, a disk that fails and a store that closes, all at once:
 * everybody comes back, and what was told to be durable is there after a power cut.
 */
final class LogStoreStressTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final int THREADS = 6;
    private static final List<Durability> DURABILITIES = List.of(Durability.values());
    private static final List<Fault> FAULTS = List.of(Fault.values());

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Running start(Runnable work) {
        FutureTask<Void> task = new FutureTask<>(work, null);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return new Running(thread, task);
    }

    private record Running(Thread thread, FutureTask<Void> task) {

        void parked() {
            while (thread.getState() != Thread.State.WAITING && !task.isDone()) {
                LockSupport.parkNanos(10_000);
            }
        }

        /** Returns when the work is over, if it ended well or because the store did. */
        void join(String what) throws Exception {
            try {
                task.get(10, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                boolean ofTheStore =
                        e.getCause() instanceof StoragePoisonedException
                                || e.getCause() instanceof StorageFullException
                                || e.getCause() instanceof StorageClosedException;
                if (!ofTheStore) {
                    throw new AssertionError(what, e.getCause());
                }
            }
        }
    }

    /** A disk that holds a force until a write fails, which it does a little after its release. */
    private static final class Collision extends ForwardingStorage {
        private final CountDownLatch inForce = new CountDownLatch(1);
        private final CountDownLatch inWrite = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);
        private final long delayNanos;
        private volatile boolean holdsForce;
        private volatile boolean failsWrite;

        Collision(long delayNanos) {
            super(new SimDisk());
            this.delayNanos = delayNanos;
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public void force() {
                    super.force();
                    if (holdsForce) {
                        holdsForce = false;
                        inForce.countDown();
                        await(release);
                    }
                }

                @Override
                public void write(MemorySegment source, long offset) {
                    if (failsWrite) {
                        inWrite.countDown();
                        await(release);
                        spin(delayNanos);
                        throw new StorageException("planted", name(), offset, null);
                    }
                    super.write(source, offset);
                }
            };
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void spin(long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldWakeAllWhoAwaitAForceWhenAWriteFailsMeanwhile() throws Exception {
        for (int run = 0; run < 150; run++) {
            Collision disk = new Collision(run % 50 * 2_000L);
            LogStore store = LogStore.open(disk, LogOptions.bulk());
            Table tx = store.table(TX);
            for (Running thread : collide(store, tx, disk)) {
                thread.join("run " + run);
            }
            CrashExplorer.closeQuietly(store);
        }
    }

    /** One who forces, three who wait, one whose write fails when the force is over. */
    private static List<Running> collide(LogStore store, Table tx, Collision disk) {
        List<Running> threads = new ArrayList<>();
        CommitTicket first = commitOne(store, tx);
        disk.holdsForce = true;
        threads.add(start(first::awaitDurable));
        await(disk.inForce);
        for (int i = 0; i < 3; i++) {
            CommitTicket later = commitOne(store, tx);
            Running waiter = start(later::awaitDurable);
            waiter.parked();
            threads.add(waiter);
        }
        disk.failsWrite = true;
        threads.add(start(() -> commitOne(store, tx)));
        await(disk.inWrite);
        disk.release.countDown();
        return threads;
    }

    private static CommitTicket commitOne(LogStore store, Table tx) {
        try (Batch batch = store.newBatch()) {
            return store.commit(batch.put(tx, 1, bytes("key"), bytes("value")));
        }
    }

    /** Keys of which it was told that they are durable. */
    private final Queue<String> durable = new ConcurrentLinkedQueue<>();

    @Test
    void shouldEndEveryThreadAndKeepWhatIsDurableWhateverHappens() throws Exception {
        for (long seed = 1; seed <= 60; seed++) {
            storm(seed);
        }
    }

    private void storm(long seed) throws Exception {
        Random random = new Random(seed);
        durable.clear();
        SimDisk disk = new SimDisk();
        Durability durability = DURABILITIES.get(random.nextInt(3));
        LogOptions options = CrashExplorer.SMALL.withDurability(durability);
        LogStore store = LogStore.open(disk, options, CrashExplorer.seededEnvironment(seed));
        Table tx = store.table(TX);
        if (random.nextBoolean()) {
            long call = disk.calls() + 20 + random.nextInt(300);
            disk.failAt(call, FAULTS.get(random.nextInt(FAULTS.size())));
        }
        List<Running> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            String name = "t" + t + "-";
            Random ofThread = new Random(seed * 31 + t);
            threads.add(start(() -> work(store, tx, name, ofThread)));
        }
        int commits = 50 + random.nextInt(400);
        while (store.stats().commits() < commits
                && threads.stream().noneMatch(thread -> thread.task.isDone())) {
            threads.get(random.nextInt(THREADS)).thread.interrupt();
            LockSupport.parkNanos(100_000);
        }
        CrashExplorer.closeQuietly(store);
        String what = "seed " + seed + " " + durability;
        for (Running thread : threads) {
            thread.join(what);
        }
        check(disk.crash(CrashModel.LOSE_ALL, seed), options, what);
    }

    private void work(LogStore store, Table tx, String name, Random random) {
        try (Batch batch = store.newBatch()) {
            for (int n = 1; ; n++) {
                String key = name + n;
                batch.clear().put(tx, n, bytes(key), new byte[random.nextInt(2_000)]);
                CommitTicket ticket = store.commit(batch);
                switch (random.nextInt(4)) {
                    case 0 -> ticket.awaitDurable();
                    case 1 -> store.forceIfDue();
                    case 2 -> store.force();
                    default -> {}
                }
                if (ticket.isDurable()) {
                    durable.add(key);
                }
            }
        }
    }

    private void check(SimDisk disk, LogOptions options, String what) {
        try (LogStore store = LogStore.open(disk, options)) {
            Table tx = store.table(TX);
            Snapshot snapshot = store.snapshot();
            for (String key : durable) {
                assertNotNull(snapshot.get(tx, bytes(key)), () -> what + ": " + key + " is lost");
            }
            CommitScript.checkVerifies(store);
        }
    }
}
