package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power at, and fails, every call of writing, merging and publishing runs: a run that has
 * its name is whole, whatever a crash or a failure before it left behind.
 */
final class RunCrashTest {

    private static final int SEEDS = 2;

    private final TwinRun older = TwinRun.ofSegment(0);
    private final TwinRun newer = TwinRun.ofSegment(1L << 28);
    private final TwinRun both =
            new TwinRun(new RunRange(0, 1L << 29), 0, 1L << 28);

    RunCrashTest() {
        Random random = new Random(11);
        older.addRandom(random, 900, (r, i) -> r.nextLong());
        newer.addRandom(random, 700, (r, i) -> r.nextLong());
        for (TwinRun twin : List.of(older, newer)) {
            twin.sorted().forEach(e -> both.add(e.hash(), e.position(), e.tombstone()));
        }
    }

    private static RunFiles files(SimDisk disk) {
        return MappedRuns.files(disk, TwinRun.HIGH, TwinRun.LOW);
    }

    /** Writes two runs, publishes them, merges and publishes the merged one. */
    private void live(SimDisk disk) {
        older.write(files(disk));
        newer.write(files(disk));
        disk.forceDirectory();
        try (Run first = files(disk).open(older.range());
                Run second = files(disk).open(newer.range())) {
            files(disk).merge(List.of(first, second));
        }
        disk.forceDirectory();
    }

    private static void assertWholeOrAbsent(SimDisk disk, TwinRun twin, String what) {
        if (disk.exists(twin.range().runName())) {
            try (Run run = files(disk).open(twin.range())) {
                RunModelTest.check(run, twin, new Random(1), what);
                run.verify();
            }
        }
    }

    private void assertAllWholeOrAbsent(SimDisk disk, String what) {
        for (TwinRun twin : List.of(older, newer, both)) {
            assertWholeOrAbsent(disk, twin, what);
        }
    }

    private long calls() {
        SimDisk disk = new SimDisk();
        live(disk);
        assertAllWholeOrAbsent(disk.crash(CrashModel.LOSE_ALL, 1), "whole life");
        assertTrue(disk.exists(both.range().runName()));
        assertTrue(disk.calls() > 15, "calls " + disk.calls());
        return disk.calls();
    }

    @Test
    void shouldLeaveRunsWholeOrAbsentWhereverThePowerFails() {
        long calls = calls();
        for (long call = 1; call <= calls; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            assertThrows(SimPowerCut.class, () -> live(disk));
            for (CrashModel model : CrashModel.values()) {
                for (long seed = 0; seed < SEEDS; seed++) {
                    String what = "call " + call + ", " + model + ", seed " + seed;
                    SimDisk after = disk.crash(model, seed);
                    assertAllWholeOrAbsent(after, what);
                    again(after, call, what);
                }
            }
        }
    }

    /** The same once more, over what the first crash left, with a second crash at the end. */
    private void again(SimDisk after, long call, String what) {
        live(after);
        for (CrashModel model : List.of(CrashModel.LOSE_ALL, CrashModel.PREFIX)) {
            SimDisk second = after.crash(model, call);
            assertAllWholeOrAbsent(second, what + ", then " + model);
            assertTrue(second.exists(both.range().runName()), what);
        }
    }

    @Test
    void shouldLeaveRunsWholeOrAbsentWhicheverCallFails() {
        long calls = calls();
        for (Fault fault : Fault.values()) {
            for (long call = 1; call <= calls; call++) {
                SimDisk disk = new SimDisk();
                disk.failAt(call, fault);
                String what = "call " + call + ", " + fault;
                assertThrows(StorageException.class, () -> live(disk), what);
                assertAllWholeOrAbsent(disk, what);
                assertAllWholeOrAbsent(disk.crash(CrashModel.RANDOM_4K, call), what);
                live(disk);
                assertAllWholeOrAbsent(disk.crash(CrashModel.LOSE_ALL, call), what);
            }
        }
    }

    @Test
    void shouldGiveTheSpaceBackWhenTheDiskIsFull() {
        SimDisk disk = new SimDisk();
        disk.setCapacity(10_000);
        assertThrows(StorageException.class, () -> older.write(files(disk)));
        assertFalse(disk.exists(older.range().runName()));
        assertEquals(10_000, disk.usableBytes());
    }
}
