package dev.varve.bloom;

import static dev.varve.bloom.StandaloneFilterTest.add;
import static dev.varve.bloom.StandaloneFilterTest.assertHolds;
import static dev.varve.bloom.StandaloneFilterTest.copy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What did not end leaves a file that has no meaning, and the power fails when that is done again:
 * of what happened to names then any part may be kept, and what was left must get no name that has
 * a meaning.
 */
final class FilterNestedCrashTest {

    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 20_000);
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 7, 8);
    private static final int CALLS = 26;
    private static final int SEEDS = 4;

    /** Creates the filter or opens it, and adds ids; returns how many were acknowledged. */
    private static int live(SimDisk disk, int before) {
        try {
            boolean there = disk.exists(FilterHeaderDescriptor.FILE_NAME);
            StandaloneFilter filter =
                    there
                            ? StandaloneFilter.open(disk)
                            : StandaloneFilter.create(disk, SMALL, HASH);
            try (BloomFilter memory = filter.filter()) {
                assertHolds(filter, before);
                add(filter, before, before + 20);
                assertTrue(memory.length() > 0);
            }
            return before + 20;
        } catch (SimPowerCut e) {
            assertNotNull(e.getMessage());
            return before;
        }
    }

    @Test
    void shouldOpenWhenThePowerFailsAgainWhileFilesAreBegun() {
        for (long first = 1; first <= CALLS; first++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(first);
            int acknowledged = live(disk, 0);
            for (CrashModel model : new CrashModel[] {CrashModel.KEEP_ALL, CrashModel.RANDOM_4K}) {
                SimDisk found = disk.crash(model, first);
                for (long second = 1; second <= CALLS; second++) {
                    SimDisk again = copy(found);
                    again.crashAt(second);
                    int ids = live(again, acknowledged);
                    String where = "power cut at " + first + ", " + model + ", and at " + second;
                    assertLives(again, ids, where);
                }
            }
        }
    }

    private static void assertLives(SimDisk cut, int acknowledged, String where) {
        for (long seed = 0; seed < SEEDS; seed++) {
            SimDisk last = cut.crash(CrashModel.DIR_REORDER, seed);
            try {
                assertEquals(acknowledged + 20, live(last, acknowledged));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(where + ", seed " + seed, e);
            }
        }
    }

    /** The log was cut off behind the checkpoint before: the next one must not be lost. */
    @Test
    void shouldKeepEveryCheckpointWhenThePowerFailsAfterOneThatFailed() {
        SimDisk disk = new SimDisk();
        StandaloneFilter filter = StandaloneFilter.create(disk, SMALL, HASH);
        add(filter, 0, 100);
        filter.close();
        SimDisk closed = disk.restart();
        int failed = 0;
        for (long failing = 6; failing <= 11; failing++) {
            SimDisk cut = copy(closed);
            StandaloneFilter opened = StandaloneFilter.open(cut);
            add(opened, 100, 200);
            // Some of these calls fill the file of the first shard.
            cut.failAt(cut.calls() + failing, Fault.FULL);
            try {
                opened.checkpoint(BandwidthBudget.unlimited());
            } catch (StorageException e) {
                failed++;
            }
            cut.crashAt(cut.calls() + 20);
            assertThrows(
                    SimPowerCut.class, () -> opened.checkpoint(BandwidthBudget.unlimited()));
            for (long seed = 0; seed < 16 * SEEDS; seed++) {
                StandaloneFilter again =
                        StandaloneFilter.open(cut.crash(CrashModel.DIR_REORDER, seed));
                assertHolds(again, 200);
                again.filter().close();
                String where = "call " + failing + " failed, seed " + seed;
                assertEquals(List.of(), again.damaged(), where);
            }
        }
        assertTrue(failed > 3, "failed checkpoints: " + failed);
    }
}
