package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The forces before a disk is full: how many there are, and what they may get in the way of. */
@Timeout(60)
final class SettlingTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final long CAPACITY = 4 << 20;
    private static final int VALUE_BYTES = 10_000;
    private static final LogOptions OPTIONS =
            LogOptions.bulk().withSegmentBytes(16 << 20).withSpareBytes(0);

    private final SimDisk disk = new SimDisk();

    private static void commit(LogStore store, int i) {
        try (Batch batch = store.newBatch()) {
            byte[] key = ("key" + i).getBytes(StandardCharsets.UTF_8);
            store.commit(batch.put(store.table(TX), i, key, new byte[VALUE_BYTES]));
        }
    }

    /** A place that a call reaches, and leaves when it may. */
    private static final class Stop {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch left = new CountDownLatch(1);

        void pass() {
            reached.countDown();
            awaitQuietly(left);
        }

        void awaitReached() {
            awaitQuietly(reached);
        }

        void leave() {
            left.countDown();
        }

        private static void awaitQuietly(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Holds up one write to a segment, one force of it, and one write of a manifest. */
    private static final class Slow extends ForwardingStorage {
        private volatile @Nullable Stop segmentWrite;
        private volatile @Nullable Stop segmentForce;
        private volatile @Nullable Stop manifestWrite;

        Slow(SimDisk disk) {
            super(disk);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            boolean segment = Segment.basePosition(file.name()) >= 0;
            boolean manifest = file.name().equals(Manifest.TEMPORARY_FILE);
            return new ForwardingFile(file) {
                @Override
                public void write(MemorySegment source, long offset) {
                    Stop stop = segment ? segmentWrite : manifest ? manifestWrite : null;
                    segmentWrite = segment ? null : segmentWrite;
                    manifestWrite = manifest ? null : manifestWrite;
                    passIfAny(stop);
                    super.write(source, offset);
                }

                @Override
                public void force() {
                    Stop stop = segment ? segmentForce : null;
                    segmentForce = segment ? null : segmentForce;
                    passIfAny(stop);
                    super.force();
                }
            };
        }

        private static void passIfAny(@Nullable Stop stop) {
            if (stop != null) {
                stop.pass();
            }
        }
    }

    private static FutureTask<Void> start(List<Thread> threads, Runnable work) {
        FutureTask<Void> task = new FutureTask<>(work, null);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return task;
    }

    private static void awaitParked(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }
        }
    }

    /** What a round has staged is not visible: a force of what is would change nothing of it. */
    @Test
    void shouldNotForceAgainAndAgainForWhatOneRoundHasStaged() throws Exception {
        Slow storage = new Slow(disk);
        disk.setCapacity(CAPACITY);
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            commit(store, 0);
            disk.setCapacity(CAPACITY - disk.usableBytes() + 400_000);
            Stop stop = new Stop();
            storage.segmentWrite = stop;
            List<Thread> threads = new ArrayList<>();
            List<FutureTask<Void>> tasks = new ArrayList<>();
            tasks.add(start(threads, () -> commit(store, 1)));
            stop.awaitReached();
            for (int i = 2; i < 32; i++) {
                int key = i;
                tasks.add(start(threads, () -> commit(store, key)));
            }
            awaitParked(threads);
            long forces = store.stats().activity().forces();
            stop.leave();
            for (FutureTask<Void> task : tasks) {
                task.get();
            }
            long more = store.stats().activity().forces() - forces;
            assertTrue(more <= 1, "forces of one round: " + more);
        }
    }

    /** What a force and its note took is not there any more. */
    @Test
    void shouldAskForSpaceAgainWhenItHasSettled() {
        long[] usable = {1_500};
        long[] unsettled = {1_000};
        ForwardingStorage storage =
                new ForwardingStorage(disk) {
                    @Override
                    public long usableBytes() {
                        return usable[0];
                    }
                };
        SpaceReserve space = new SpaceReserve(storage, 0);
        space.ofLog(
                () -> unsettled[0],
                () -> {
                    usable[0] -= 1_000;
                    unsettled[0] = 0;
                });
        assertThrows(StorageFullException.class, () -> space.take(1_000, 0));
        space.take(500, 0);
    }

    /** Of a file beside the log, whose writer settles while the store is closed. */
    @Test
    void shouldWaitWithClosingForAForceThatGoesOn() throws Exception {
        Slow storage = new Slow(disk);
        disk.setCapacity(CAPACITY);
        LogStore store = LogStore.open(storage, OPTIONS);
        for (int i = 0; i < 30; i++) {
            commit(store, i);
        }
        Stop manifest = new Stop();
        Stop force = new Stop();
        List<Thread> threads = new ArrayList<>();
        storage.manifestWrite = manifest;
        FutureTask<Void> closing = start(threads, store::close);
        manifest.awaitReached();
        storage.segmentForce = force;
        FutureTask<Void> beside =
                start(threads, () -> store.requireSpace(disk.usableBytes() - 10_000));
        force.awaitReached();
        manifest.leave();
        assertThrows(TimeoutException.class, () -> closing.get(200, TimeUnit.MILLISECONDS));
        force.leave();
        beside.get();
        closing.get();
        assertFalse(store.isPoisoned());
        try (LogStore again = LogStore.open(disk.restart(), OPTIONS)) {
            assertEquals(RecoveryReport.Outcome.CLEAN, again.recoveryReport().outcome());
            assertEquals(31, again.stats().commits());
        }
    }
}
