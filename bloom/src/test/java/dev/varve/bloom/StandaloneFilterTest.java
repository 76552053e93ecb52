package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageLockedException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A filter with a log of its own: what it acknowledged is there, whatever happened. */
final class StandaloneFilterTest {

    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 20_000);
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 7, 8);

    /** Adds ids {@code from} to {@code to - 1}; returns how many were certainly absent. */
    static int add(StandaloneFilter filter, int from, int to) {
        IdBatch batch = new IdBatch(filter.filter().hash(), to - from);
        for (int i = from; i < to; i++) {
            batch.put(BloomFilterTest.id(i), 0, 32);
        }
        filter.addIfAbsent(batch);
        return batch.trueAnswers();
    }

    static void assertHolds(StandaloneFilter filter, int ids) {
        for (int i = 0; i < ids; i++) {
            assertTrue(filter.filter().mayContain(BloomFilterTest.id(i), 0, 32), "lost id " + i);
        }
    }

    static SimDisk copy(SimDisk disk) {
        return disk.crash(CrashModel.KEEP_ALL, 0);
    }

    /** Closing it would let go of the lock below a filter that is in use. */
    @Test
    void shouldLeaveAStorageThatAnotherFilterHas() {
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            assertThrows(StorageLockedException.class, () -> StandaloneFilter.open(disk));
            add(filter, 0, 100);
            filter.checkpoint(BandwidthBudget.unlimited());
            assertHolds(filter, 100);
        }
    }

    @Test
    void shouldHoldEveryIdOverClosingsKillsAndCheckpoints() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        assertTrue(add(filter, 0, 300) > 298);
        assertEquals(0, add(filter, 0, 300));
        assertTrue(filter.logLength() > 298 * 16);
        SimDisk killed = copy(disk);
        filter.checkpoint(BandwidthBudget.unlimited());
        assertEquals(0, filter.logLength());
        add(filter, 300, 400);
        SimDisk killedLater = copy(disk);
        filter.close();
        filter.close();
        for (SimDisk each : new SimDisk[] {killedLater, disk.restart()}) {
            try (StandaloneFilter again = StandaloneFilter.open(each)) {
                assertHolds(again, 400);
                assertTrue(again.damaged().isEmpty());
                assertFalse(again.filter().mayContain(BloomFilterTest.id(99_999), 0, 32));
            }
            try (BloomFilter readOnly = new FilterFiles(copy(each)).openReadOnly()) {
                assertTrue(readOnly.mayContain(BloomFilterTest.id(399), 0, 32));
            }
        }
        try (StandaloneFilter again = StandaloneFilter.open(killed)) {
            assertHolds(again, 300);
        }
    }

    @Test
    void shouldLoadOnSeveralThreadsWhatOneThreadLoads() {
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            add(filter, 0, 300);
            filter.checkpoint(BandwidthBudget.unlimited());
            add(filter, 300, 400);
        }
        disk.flipBit(FilterShardDescriptor.fileName(200), 3 << 3);
        disk.flipBit(FilterShardDescriptor.fileName(7), 3 << 3);
        List<Thread> made = new ArrayList<>();
        ThreadFactory factory =
                work -> {
                    made.add(new Thread(work, "loader"));
                    return made.getLast();
                };
        try (StandaloneFilter one = StandaloneFilter.open(copy(disk));
                StandaloneFilter several = StandaloneFilter.open(copy(disk), factory, 4)) {
            assertHolds(several, 400);
            assertEquals(one.damaged(), several.damaged());
            assertEquals(2, several.damaged().size());
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                MemorySegment expected = one.filter().memory(shard);
                assertEquals(-1, expected.mismatch(several.filter().memory(shard)));
            }
        }
        assertEquals(4, made.size());
        assertTrue(made.stream().noneMatch(Thread::isAlive), "the loaders have ended");
    }

    @Test
    void shouldTellWhatEndedALoaderAndLeaveNothingOpen() {
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            add(filter, 0, 300);
        }
        SimDisk counted = copy(disk);
        long readsBefore = counted.readCalls();
        long reads;
        try (StandaloneFilter filter = StandaloneFilter.open(counted)) {
            // The last 256, but for some of the log, are those of the shards that are loaded.
            reads = counted.readCalls() - readsBefore;
            assertHolds(filter, 300);
        }
        SimDisk failing = copy(disk);
        failing.failReadAt(failing.readCalls() + reads - BloomGeometry.SHARDS / 2);
        assertThrows(
                StorageException.class, () -> StandaloneFilter.open(failing, Thread::new, 4));
        SimDisk unused = copy(disk);
        assertThrows(
                IllegalArgumentException.class,
                () -> StandaloneFilter.open(unused, Thread::new, 0));
        assertThrows(
                IllegalStateException.class, () -> StandaloneFilter.open(unused, work -> null, 2));
        ThreadFactory idle = work -> new Thread(() -> {});
        try (StandaloneFilter filter = StandaloneFilter.open(copy(disk), idle, 2)) {
            assertHolds(filter, 300);
        }
        // The storage was closed, and so was the lock given back.
        try (StandaloneFilter filter =
                StandaloneFilter.open(failing.restart(), Thread::new, 300)) {
            assertHolds(filter, 300);
        }
    }

    /** It cannot be started again, and must not go on with a filter that is closed. */
    @Test
    void shouldEndALoaderThatItsFactoryHasStarted() {
        SimDisk disk = new SimDisk();
        StandaloneFilter.create(disk, SMALL, HASH).close();
        List<Thread> made = new ArrayList<>();
        ThreadFactory hasty =
                work -> {
                    Runnable late =
                            () -> {
                                LockSupport.parkNanos(50_000_000);
                                work.run();
                            };
                    made.add(new Thread(late, "loader"));
                    made.getLast().start();
                    return made.getLast();
                };
        assertThrows(
                IllegalThreadStateException.class,
                () -> StandaloneFilter.open(disk.restart(), hasty, 2));
        assertTrue(made.stream().noneMatch(Thread::isAlive), "the loaders have ended");
        ThreadFactory hastyAndFew = work -> made.size() < 4 ? hasty.newThread(work) : null;
        assertThrows(
                IllegalStateException.class,
                () -> StandaloneFilter.open(disk.restart(), hastyAndFew, 3));
        assertTrue(made.stream().noneMatch(Thread::isAlive), "the loaders have ended");
    }

    @Test
    void shouldCutOffTheLogBehindACheckpoint() {
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            for (int round = 0; round < 5; round++) {
                add(filter, 100 * round, 100 * round + 100);
                filter.checkpoint(BandwidthBudget.unlimited());
                assertEquals(1, logFiles(disk), disk.list().toString());
            }
        }
    }

    private static long logFiles(SimDisk disk) {
        return disk.list().stream().filter(FilterLogDescriptor::isLogFile).count();
    }

    @Test
    void shouldCallEverythingMaybeOfAShardWhoseCheckpointIsLost() {
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            add(filter, 0, 5_000);
        }
        SimDisk damaged = disk.restart();
        damaged.flipBit("bloom-003.shard", 3);
        damaged.delete("bloom-004.shard");
        for (int life = 0; life < 2; life++) {
            try (StandaloneFilter filter = StandaloneFilter.open(copy(damaged))) {
                assertEquals(2, filter.damaged().size());
                assertHolds(filter, 5_000);
            }
        }
        try (StandaloneFilter filter = StandaloneFilter.open(damaged)) {
            assertHolds(filter, 5_000);
        }
        try (StandaloneFilter filter = StandaloneFilter.open(damaged.restart())) {
            assertTrue(filter.damaged().isEmpty(), "it was written again, full of ones");
            assertHolds(filter, 5_000);
        }
    }

    /** Twenty times the ids: slower for whoever confirms a "maybe", never wrong, and it tells. */
    @Test
    void shouldTellItsRateWhenItHoldsMoreIdsThanItWasMadeFor() {
        int ids = 400_000;
        SimDisk disk = new SimDisk();
        try (StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH)) {
            for (int from = 0; from < ids; from += 20_000) {
                add(filter, from, from + 20_000);
            }
        }
        try (StandaloneFilter filter = StandaloneFilter.open(disk.restart())) {
            assertHolds(filter, ids);
            FilterEstimate estimate = filter.filter().estimate();
            assertTrue(estimate.ids() > 10.0 * filter.filter().capacity(), estimate.toString());
            int maybe = 0;
            for (int i = ids; i < 2 * ids; i++) {
                maybe += filter.filter().mayContain(BloomFilterTest.id(i), 0, 32) ? 1 : 0;
            }
            double measured = (double) maybe / ids;
            assertTrue(measured > 0.05, "overfull: " + measured);
            assertEquals(1, measured / estimate.falsePositiveRate(), 0.05, estimate.toString());
        }
    }

    @Test
    void shouldTellRotFromATornTail() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        add(filter, 100, 200);
        SimDisk first = copy(disk);
        SimDisk last = copy(disk);
        filter.close();
        String name = FilterLogDescriptor.fileName(0);
        first.flipBit(name, 8 * 200);
        assertEquals(
                name,
                assertThrows(CorruptionException.class, () -> StandaloneFilter.open(first)).file());
        // Behind the last block nothing tells that it was acknowledged; docs/FORMAT-bloom.md.
        last.flipBit(name, 8 * 2_000);
        try (StandaloneFilter opened = StandaloneFilter.open(last)) {
            assertHolds(opened, 100);
        }
    }

    @Test
    void shouldRefuseALogOfWhichAPartIsMissing() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        SimDisk kept = copy(disk);
        filter.close();
        try (StandaloneFilter second = StandaloneFilter.open(kept)) {
            add(second, 100, 200);
            SimDisk cut = copy(kept);
            cut.delete(FilterLogDescriptor.fileName(0));
            // It begins later, and no shard was ever written: everything is "maybe".
            try (StandaloneFilter opened = StandaloneFilter.open(cut)) {
                assertEquals(BloomGeometry.SHARDS, opened.damaged().size());
                assertHolds(opened, 200);
            }
        }
    }

    @Test
    void shouldLeaveAFileAloneWhoseNumberIsNoPosition() {
        SimDisk disk = new SimDisk();
        StandaloneFilter.create(disk, SMALL, HASH).close();
        SimDisk found = disk.restart();
        found.create("bloom-09999999999999999999.ids").close();
        try (StandaloneFilter filter = StandaloneFilter.open(found)) {
            add(filter, 0, 100);
            filter.checkpoint(BandwidthBudget.unlimited());
            assertHolds(filter, 100);
        }
    }

    @Test
    void shouldRefuseAdditionsAfterAFailedWrite() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        disk.failAt(disk.calls() + 2, Fault.EIO);
        assertThrows(StorageException.class, () -> add(filter, 100, 200));
        assertThrows(StoragePoisonedException.class, () -> add(filter, 200, 300));
        assertThrows(
                StoragePoisonedException.class,
                () -> filter.checkpoint(BandwidthBudget.unlimited()));
        assertHolds(filter, 100);
        assertThrows(StoragePoisonedException.class, filter::close);
        try (StandaloneFilter again = StandaloneFilter.open(disk.restart())) {
            assertHolds(again, 100);
            assertTrue(add(again, 100, 300) > 0);
        }
    }

    @Test
    void shouldNameTheFilterInWhateverIsAskedOfItOnceItIsClosed() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        IdBatch batch = new IdBatch(HASH, 1);
        batch.put(BloomFilterTest.id(1), 0, 32);
        filter.close();
        List<Executable> calls =
                List.of(
                        filter::filter,
                        () -> filter.addIfAbsent(batch),
                        () -> filter.checkpoint(BandwidthBudget.unlimited()));
        for (Executable call : calls) {
            StorageClosedException e = assertThrows(StorageClosedException.class, call);
            assertTrue(e.getMessage().contains(disk.location()), e::getMessage);
        }
    }

    @Test
    void shouldRefuseToCreateTwiceAndToOpenNothing() {
        assertThrows(StorageException.class, () -> StandaloneFilter.open(new SimDisk()));
        SimDisk disk = new SimDisk();
        StandaloneFilter.create(disk, SMALL, HASH).close();
        assertThrows(
                IllegalStateException.class,
                () -> StandaloneFilter.create(disk.restart(), SMALL, HASH));
    }

    // ---- power cuts

    /** Runs one life up to the power cut; returns how many ids were acknowledged. */
    private static int live(SimDisk disk) {
        int told = 0;
        try {
            StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
            for (int round = 0; round < 6; round++) {
                add(filter, told, told + 40);
                told += 40;
                if (round % 3 == 1) {
                    filter.checkpoint(BandwidthBudget.unlimited());
                }
            }
            filter.close();
        } catch (SimPowerCut e) {
            assertNotNull(e.getMessage());
        }
        return told;
    }

    private static void crashAt(long call) {
        SimDisk disk = new SimDisk();
        disk.crashAt(call);
        int told = live(disk);
        CrashModel[] models = CrashModel.values();
        SimDisk found = disk.crash(models[(int) (call % models.length)], call);
        if (!new FilterFiles(found).exist()) {
            assertEquals(0, told);
            return;
        }
        try (StandaloneFilter filter = StandaloneFilter.open(found)) {
            assertHolds(filter, told);
            assertTrue(filter.damaged().isEmpty());
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("crash at call " + call, e);
        }
    }

    @Test
    void shouldLoseNoAcknowledgedIdWhenThePowerFails() {
        SimDisk whole = new SimDisk();
        live(whole);
        for (long call = 1; call < 30; call++) {
            crashAt(call);
        }
        for (long call = 40; call <= whole.calls() + 1; call += 149) {
            crashAt(call);
        }
    }

    @Test
    @Tag("nightly")
    void shouldLoseNoAcknowledgedIdWhenThePowerFailsAtAnyCall() {
        SimDisk whole = new SimDisk();
        live(whole);
        for (long call = 1; call <= whole.calls() + 1; call++) {
            crashAt(call);
        }
    }
}
