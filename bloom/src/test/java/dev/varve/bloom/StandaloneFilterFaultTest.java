package dev.varve.bloom;

import static dev.varve.bloom.StandaloneFilterTest.add;
import static dev.varve.bloom.StandaloneFilterTest.assertHolds;
import static dev.varve.bloom.StandaloneFilterTest.copy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.FlakyStorage;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a filter with a log of its own does when the disk, its owner or a thread misbehaves. */
@Timeout(60)
final class StandaloneFilterFaultTest {

    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 20_000);
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 7, 8);

    private static long lengthOf(SimDisk disk, String name) {
        try (StorageFile file = disk.open(name, SimDisk.Access.READ)) {
            return file.length();
        }
    }

    // ---- the disk

    /** After a failed force the system shows blocks that never reached the disk. */
    @Test
    void shouldSaveAgainWhatAFailedForceLeftInTheCache() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        disk.failAt(disk.calls() + 2, Fault.EIO);
        assertThrows(StorageException.class, () -> add(filter, 100, 200));
        SimDisk next = disk.restart();
        StandaloneFilter again = StandaloneFilter.open(next);
        add(again, 100, 200);
        add(again, 200, 210);
        try (StandaloneFilter found =
                StandaloneFilter.open(next.crash(CrashModel.LOSE_ALL, 0))) {
            assertHolds(found, 210);
        }
        again.close();
    }

    @Test
    void shouldTakeADamagedHeaderOfTheLogForRot() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        SimDisk found = copy(disk);
        filter.close();
        found.flipBit(FilterLogDescriptor.fileName(0), 8 * FilterLogDescriptor.CRC_OFFSET);
        assertThrows(CorruptionException.class, () -> StandaloneFilter.open(found));
    }

    /** Files of the log go one by one, so that no crash leaves a hole in it. */
    @Test
    void shouldOpenWhenACrashLostTheDeletionOfOneFileOfTheLog() {
        SimDisk disk = new SimDisk();
        StandaloneFilter.create(disk, SMALL, HASH).close();
        for (int life = 0; life < 4; life++) {
            disk = disk.restart();
            add(StandaloneFilter.open(disk), 20 * life, 20 * life + 20);
        }
        SimDisk last = disk.restart();
        SimDisk whole = copy(last);
        long before = whole.calls();
        checkpoint(whole);
        for (long call = whole.calls() - 12; call <= whole.calls() + 1; call++) {
            for (long seed = 0; seed < 8; seed++) {
                SimDisk cut = copy(last);
                cut.crashAt(call);
                checkpoint(cut);
                SimDisk found = cut.crash(CrashModel.DIR_REORDER, seed);
                try (StandaloneFilter filter = StandaloneFilter.open(found)) {
                    assertHolds(filter, 80);
                    assertTrue(filter.damaged().isEmpty());
                } catch (RuntimeException e) {
                    throw new AssertionError("crash at " + call + ", seed " + seed, e);
                }
            }
        }
        assertTrue(whole.calls() - before > 1_000);
    }

    private static void checkpoint(SimDisk disk) {
        try {
            StandaloneFilter.open(disk).checkpoint(BandwidthBudget.unlimited());
        } catch (SimPowerCut e) {
            assertNotNull(e.getMessage());
        }
    }

    @Test
    void shouldOpenAndAnswerWhenTheDiskIsFull() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        SimDisk full = copy(disk);
        filter.close();
        full.setCapacity(1);
        StandaloneFilter opened = StandaloneFilter.open(full);
        assertHolds(opened, 100);
        // No file can be begun: nothing has changed.
        assertThrows(StorageFullException.class, () -> add(opened, 100, 200));
        assertThrows(StorageFullException.class, () -> add(opened, 100, 200));
        full.setCapacity(Long.MAX_VALUE);
        assertTrue(add(opened, 100, 200) > 90);
        full.setCapacity(1);
        // Now ids cannot be written, whose bits are set.
        assertThrows(StorageFullException.class, () -> add(opened, 200, 300));
        assertThrows(StoragePoisonedException.class, () -> add(opened, 200, 300));
        full.setCapacity(Long.MAX_VALUE);
        try (StandaloneFilter again = StandaloneFilter.open(full.restart())) {
            assertHolds(again, 200);
            assertTrue(add(again, 200, 300) > 90);
        }
    }

    /** One life, in which one call fails; what failed is tried again, or the filter reopened. */
    private static final class Life {

        private FlakyStorage storage;
        private @Nullable StandaloneFilter filter;
        private int acknowledged;
        private final List<String> failures = new ArrayList<>();
        private final TreeSet<Long> steps = new TreeSet<>();

        Life(long failing, Fault fault) {
            storage = new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
            storage.failAt(failing, fault);
        }

        void run() {
            until(this::open);
            for (int round = 0; round < 2; round++) {
                until(this::add);
                until(this::checkpoint);
                until(this::add);
                until(this::checkpoint);
                until(this::add);
                until(this::close);
                until(this::open);
            }
            until(this::close);
        }

        private void until(Runnable step) {
            steps.add(storage.calls());
            try {
                step.run();
            } catch (StorageException failure) {
                failures.add(failure.getMessage());
                assertRecovers();
                try {
                    step.run();
                } catch (StoragePoisonedException poisoned) {
                    failures.add(poisoned.getMessage());
                    reopen();
                    step.run();
                }
            }
            assertTrue(storage.openFiles() <= 1, "the file of the log is open");
        }

        private void reopen() {
            storage = storage.restart();
            filter = StandaloneFilter.open(storage);
        }

        private void open() {
            storage = storage.restart();
            filter =
                    storage.exists(FilterHeaderDescriptor.FILE_NAME)
                            ? StandaloneFilter.open(storage)
                            : StandaloneFilter.create(storage, SMALL, HASH);
            StandaloneFilterTest.assertHolds(filter, acknowledged);
            assertTrue(filter.damaged().isEmpty());
        }

        private StandaloneFilter filter() {
            return Objects.requireNonNull(filter);
        }

        private void add() {
            StandaloneFilterTest.add(filter(), acknowledged, acknowledged + 20);
            acknowledged += 20;
            assertRecovers();
        }

        private void checkpoint() {
            filter().checkpoint(BandwidthBudget.unlimited());
            assertEquals(0, filter().logLength());
            List<String> names = storage.disk().list();
            // A shard each; the header, the lock, and one file of the log.
            assertEquals(BloomGeometry.SHARDS + 3, names.size(), names::toString);
        }

        private void close() {
            StandaloneFilter now = filter;
            filter = null;
            if (now == null) {
                // It is closed, though that failed.
                reopen();
                now = filter();
                filter = null;
            }
            now.close();
            SimDisk found = storage.disk().crash(CrashModel.LOSE_ALL, 0);
            try (BloomFilter closed = new FilterFiles(found).openReadOnly()) {
                for (int i = 0; i < acknowledged; i++) {
                    assertTrue(closed.mayContain(BloomFilterTest.id(i), 0, 32), "lost id " + i);
                }
            }
        }

        private void assertRecovers() {
            SimDisk found = storage.disk().crash(CrashModel.LOSE_ALL, 0);
            if (found.exists(FilterHeaderDescriptor.FILE_NAME)) {
                try (StandaloneFilter recovered = StandaloneFilter.open(found)) {
                    StandaloneFilterTest.assertHolds(recovered, acknowledged);
                    assertTrue(recovered.damaged().isEmpty());
                }
            }
        }
    }

    private static Life life(long failing, Fault fault) {
        Life life = new Life(failing, fault);
        try {
            life.run();
            assertTrue(failing == 0 || life.storage.hasFailed());
            return life;
        } catch (AssertionError | RuntimeException e) {
            String where = fault + " at call " + failing + "; " + life.failures;
            throw new AssertionError(where, e);
        }
    }

    /** Neighbouring calls fail differently; the nightly test has all faults. */
    @Test
    void shouldLoseNoAcknowledgedIdWhenACallFails() {
        for (long call : calls(2, 5)) {
            life(call, call % 2 == 0 ? Fault.FULL : Fault.EIO_AFTER);
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    @Timeout(7_200)
    @Tag("nightly")
    void shouldLoseNoAcknowledgedIdWhenAnyCallFails(Fault fault) {
        for (long call : calls(3_000, 3_000)) {
            life(call, fault);
        }
    }

    /** Calls around the begin of each step. */
    private static Set<Long> calls(int before, int behind) {
        Life whole = life(0, Fault.EIO);
        assertTrue(whole.failures.isEmpty(), whole.failures::toString);
        TreeSet<Long> calls = new TreeSet<>();
        for (long step : whole.steps) {
            for (long call = step - before; call <= step + behind; call++) {
                calls.add(call);
            }
        }
        return new TreeSet<>(calls.subSet(1L, true, whole.storage.calls(), true));
    }

    /** What a checkpoint cannot begin says nothing of ids. */
    @Test
    void shouldGoOnAfterACheckpointThatFailed() {
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> name.contains("ids"));
        try (StandaloneFilter filter = StandaloneFilter.create(storage, SMALL, HASH)) {
            for (int call = 1; call <= 7; call++) {
                add(filter, 10 * call - 10, 10 * call);
                storage.failAt(storage.calls() + call, Fault.FULL);
                assertThrows(
                        StorageException.class,
                        () -> filter.checkpoint(BandwidthBudget.unlimited()));
            }
            add(filter, 70, 80);
            assertHolds(filter, 80);
            SimDisk found = storage.disk().crash(CrashModel.LOSE_ALL, 0);
            try (StandaloneFilter again = StandaloneFilter.open(found)) {
                assertHolds(again, 80);
            }
        }
    }

    /** What was not logged must not be taken for logged by the next addition of it. */
    @Test
    void shouldRefuseAdditionsAfterAnyFailureToLog() {
        SimDisk disk = new SimDisk();
        boolean[] broken = {false};
        StandaloneFilter filter =
                StandaloneFilter.create(new Failing(disk, broken), SMALL, HASH);
        add(filter, 0, 100);
        broken[0] = true;
        assertThrows(OutOfMemoryError.class, () -> add(filter, 100, 200));
        broken[0] = false;
        assertThrows(StoragePoisonedException.class, () -> add(filter, 100, 200));
        assertThrows(StoragePoisonedException.class, filter::close);
    }

    /** Fails otherwise than a disk does. */
    private static final class Failing extends ForwardingStorage {

        private final boolean[] broken;

        Failing(SimDisk disk, boolean[] broken) {
            super(disk);
            this.broken = broken;
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public void write(MemorySegment source, long offset) {
                    if (broken[0]) {
                        throw new OutOfMemoryError("simulated");
                    }
                    super.write(source, offset);
                }
            };
        }
    }

    // ---- the owner

    @Test
    void shouldRefuseAFilterWhoseLogIsMissing() {
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            add(filter, 0, 1_000);
        }
        SimDisk found = disk.restart();
        found.list().stream().filter(FilterLogDescriptor::isLogFile).forEach(found::delete);
        found.flipBit("bloom-003.shard", 3);
        assertThrows(StorageException.class, () -> StandaloneFilter.open(found));
        SimDisk after = found.restart();
        assertTrue(after.exists(FilterClosedDescriptor.FILE_NAME), "nothing was changed");
    }

    /** Such as that of a ledger: to add to it here would hide ids that its log holds. */
    @Test
    void shouldRefuseAFilterOfAnotherLog() {
        SimDisk disk = new SimDisk();
        new FilterFiles(disk).create(SMALL, HASH).close();
        List<String> before = disk.list();
        assertThrows(StorageException.class, () -> StandaloneFilter.open(disk));
        assertThrows(
                IllegalStateException.class, () -> StandaloneFilter.create(disk, SMALL, HASH));
        assertEquals(before, disk.list(), "nothing is begun where something is refused");
    }

    @Test
    void shouldBeginNothingWhereThereIsNoWholeFilter() {
        SimDisk none = new SimDisk();
        assertThrows(StorageException.class, () -> StandaloneFilter.open(none));
        assertEquals(List.of(), none.list());
        none.create("bloom-003.shard").close();
        assertThrows(StorageException.class, () -> StandaloneFilter.create(none, SMALL, HASH));
        assertEquals(List.of("bloom-003.shard"), none.list());
    }

    @Test
    void shouldNotReplaceTheLogOfAFilterThatLostItsHeader() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        SimDisk found = copy(disk);
        filter.close();
        found.delete(FilterHeaderDescriptor.FILE_NAME);
        long length = lengthOf(found, FilterLogDescriptor.fileName(0));
        assertThrows(
                StorageException.class, () -> StandaloneFilter.create(found, SMALL, HASH));
        assertEquals(length, lengthOf(found.restart(), FilterLogDescriptor.fileName(0)));
    }

    // ---- how much is read

    @Test
    void shouldReadALogOfSmallBlocksOnce() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        for (int i = 0; i < 3_000; i++) {
            add(filter, i, i + 1);
        }
        SimDisk found = copy(disk);
        filter.close();
        long length = lengthOf(found, FilterLogDescriptor.fileName(0));
        assertTrue(length > 3_000 * 40);
        assertReadsAtMost(found, 2 * length);
    }

    @Test
    void shouldReadATornTailOnce() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 10_000);
        SimDisk found = copy(disk);
        filter.close();
        String name = FilterLogDescriptor.fileName(0);
        found.flipBit(name, 8 * FilterLogDescriptor.LENGTH);
        assertReadsAtMost(found, 3 * lengthOf(found, name));
    }

    private static void assertReadsAtMost(SimDisk disk, long bytes) {
        long before = disk.counts().bytesRead();
        StandaloneFilter.open(disk).close();
        // Beside the log: the heads of the shards, which closing reads again.
        long shards = BloomGeometry.SHARDS * 8_300L;
        long read = disk.counts().bytesRead() - before;
        assertTrue(read <= bytes + shards, read + " bytes read, of " + bytes);
    }

    // ---- threads

    @Test
    void shouldWriteCheckpointsOneAfterTheOther() throws Exception {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            Future<?> first = pool.submit(() -> checkpoints(filter));
            Future<?> second = pool.submit(() -> checkpoints(filter));
            for (int i = 0; i < 400; i++) {
                add(filter, i, i + 1);
            }
            first.get(50, TimeUnit.SECONDS);
            second.get(50, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("two checkpoints at a time", e.getCause());
        } finally {
            pool.shutdownNow();
        }
        SimDisk killed = copy(disk);
        filter.close();
        try (StandaloneFilter again = StandaloneFilter.open(killed)) {
            assertHolds(again, 400);
            assertTrue(again.damaged().isEmpty());
            assertFalse(again.filter().mayContain(BloomFilterTest.id(99_999), 0, 32));
            assertEquals(0, add(again, 0, 400));
        }
    }

    private static void checkpoints(StandaloneFilter filter) {
        for (int i = 0; i < 20; i++) {
            filter.checkpoint(BandwidthBudget.unlimited());
        }
    }
}
