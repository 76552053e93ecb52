package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.ShardLoad.State;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power at every call of a filter's life and looks at what is left, in every crash model:
 * no id is lost, no position claims too much, and no acknowledged checkpoint goes back.
 *
 * <p>The log of the test is the row of numbers 0, 1, 2, ...; position and id are the same number.
 */
final class FilterCrashTest {

    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 1_000);
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
    private static final int CHECKPOINTED_SHARDS = 6;

    /** One life of a filter up to the power cut, and what it was told. */
    private static final class Life {

        private final SimDisk disk;
        private final FilterFiles files;

        /** Positions of the checkpoints that returned, by shard. */
        private final long[] acknowledged = new long[BloomGeometry.SHARDS];

        private boolean created;
        private long callsUntilReopened;
        private int added;

        /** How much too high the positions of checkpoints are: 0, but for a planted bug. */
        private int tooHigh;

        Life(SimDisk disk) {
            this(disk, disk);
        }

        Life(SimDisk disk, Storage storage) {
            this.disk = disk;
            files = new FilterFiles(storage);
            Arrays.fill(acknowledged, ShardLoad.NO_POSITION);
        }

        void run() {
            try {
                try (BloomFilter filter = files.create(SMALL, HASH)) {
                    created = true;
                    addAndCheckpoint(filter);
                    addAndCheckpoint(filter);
                    close(filter);
                }
                callsUntilReopened = disk.calls();
                try (BloomFilter filter = recover(files, added, acknowledged)) {
                    addAndCheckpoint(filter);
                    close(filter);
                }
            } catch (SimPowerCut e) {
                assertTrue(e.getMessage() != null);
            }
        }

        private void addAndCheckpoint(BloomFilter filter) {
            for (int i = 0; i < 500; i++) {
                filter.add(BloomFilterTest.id(added), 0, 32);
                added++;
            }
            for (int shard = 0; shard < CHECKPOINTED_SHARDS; shard++) {
                int position = added + tooHigh;
                files.checkpoint(filter, shard, position, BandwidthBudget.unlimited());
                acknowledged[shard] = position;
                // Some ids come in between the shards, so that their positions differ.
                filter.add(BloomFilterTest.id(added), 0, 32);
                added++;
            }
        }

        /**
         * Checkpoints of all shards, one after the other: the first as the files were found, the
         * second with one more, and both of the third's places were written before.
         */
        void runWithAllShards() {
            try {
                try (BloomFilter filter = files.create(SMALL, HASH)) {
                    created = true;
                    for (int round = 0; round < 3; round++) {
                        addAndCheckpointAll(filter);
                    }
                }
                callsUntilReopened = disk.calls();
                try (BloomFilter filter = recover(files, added, acknowledged)) {
                    for (int round = 0; round < 3; round++) {
                        addAndCheckpointAll(filter);
                    }
                    close(filter);
                }
            } catch (SimPowerCut e) {
                assertTrue(e.getMessage() != null);
            }
        }

        private void addAndCheckpointAll(BloomFilter filter) {
            for (int i = 0; i < 300; i++) {
                filter.add(BloomFilterTest.id(added), 0, 32);
                added++;
            }
            long position = added;
            files.checkpointAll(filter, () -> position, BandwidthBudget.unlimited());
            Arrays.fill(acknowledged, position);
        }

        private void close(BloomFilter filter) {
            files.closeInOrder(filter, added);
        }
    }

    /** Opens, loads and replays as a store does; fails if a checkpoint claims what it lacks. */
    private static BloomFilter recover(FilterFiles files, int log, long[] acknowledged) {
        BloomFilter filter = files.open(HASH);
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            ShardLoad load = files.load(filter, shard);
            assertTrue(load.state() != State.DAMAGED && load.badChunks().isEmpty(), load::toString);
            assertTrue(load.position() >= acknowledged[shard], load::toString);
            assertTrue(load.position() <= log, load::toString);
            replay(filter, shard, Math.max(load.position(), 0), log);
            filter.publish(shard);
        }
        assertHolds(filter, log);
        return filter;
    }

    private static void replay(BloomFilter filter, int shard, long from, int to) {
        for (long i = from; i < to; i++) {
            if (BloomGeometry.shard(HASH.high(BloomFilterTest.id(i), 0, 32)) == shard) {
                filter.add(BloomFilterTest.id(i), 0, 32);
            }
        }
    }

    private static void assertHolds(BloomFilter filter, int log) {
        for (int i = 0; i < log; i++) {
            assertTrue(filter.mayContain(BloomFilterTest.id(i), 0, 32), "lost id " + i);
        }
    }

    private static void assertNothingLost(Life life, CrashModel model, long seed) {
        FilterFiles files = new FilterFiles(life.disk.crash(model, seed));
        if (!files.exist()) {
            assertTrue(!life.created, "a created filter is gone");
            files.create(SMALL, HASH).close();
            return;
        }
        try (BloomFilter closed = files.openReadOnly()) {
            assertHolds(closed, life.added);
            assertEquals(life.added, files.closedPosition());
        } catch (StorageException e) {
            assertTrue(e.getMessage() != null); // Not closed in order: then it is loaded.
        }
        recover(files, life.added, life.acknowledged).close();
    }

    private static void crashAt(long call, int seeds) {
        crashAt(call, seeds, Life::run);
    }

    private static void crashAt(long call, int seeds, Consumer<Life> run) {
        SimDisk disk = new SimDisk();
        disk.crashAt(call);
        Life life = new Life(disk);
        run.accept(life);
        for (CrashModel model : CrashModel.values()) {
            for (long seed = 0; seed < seeds; seed++) {
                try {
                    assertNothingLost(life, model, seed);
                } catch (AssertionError | RuntimeException e) {
                    String where = call + ", " + model + ", seed " + seed;
                    throw new AssertionError("crash at call " + where, e);
                }
            }
        }
    }

    private static Life wholeLife() {
        Life life = new Life(new SimDisk());
        life.run();
        assertTrue(life.disk.calls() > 2_000, "calls: " + life.disk.calls());
        return life;
    }

    /** A shard takes five calls; 41 has no factor in common with it, so all kinds are met. */
    @Test
    void shouldLoseNothingWhenThePowerFailsAtOneOfManyCalls() {
        long calls = wholeLife().disk.calls();
        for (long call = 1; call <= calls + 1; call += 41) {
            crashAt(call, 1);
        }
    }

    /** The first checkpoints call by call. */
    @Test
    void shouldLoseNothingWhenThePowerFailsInAFirstCheckpoint() {
        for (long call = 1; call <= 40; call++) {
            crashAt(call, 2);
        }
    }

    /** Around the end of closing, and until the files have changed after the next opening. */
    @Test
    void shouldLoseNothingWhenThePowerFailsNearTheMarkOfAClosedFilter() {
        long reopened = wholeLife().callsUntilReopened;
        for (long call = reopened - 8; call <= reopened + 16; call++) {
            crashAt(call, 2);
        }
    }

    /** A shard that is written over takes three calls; 53 has no factor in common with it. */
    @Test
    void shouldLoseNothingWhenThePowerFailsWhileAllShardsAreWritten() {
        Life whole = new Life(new SimDisk());
        whole.runWithAllShards();
        long calls = whole.disk.calls();
        assertTrue(calls > 5_000, "calls: " + calls);
        for (long call = 1; call <= calls + 1; call += 53) {
            crashAt(call, 1, Life::runWithAllShards);
        }
    }

    /** Where files begin to be written over, and where what is left over is deleted. */
    @Test
    void shouldLoseNothingWhenThePowerFailsBetweenTwoCheckpointsOfAllShards() {
        Life whole = new Life(new SimDisk());
        whole.runWithAllShards();
        // The third is the last before: 3 calls a shard, and 5 more for the file that is made.
        long third = whole.callsUntilReopened - 3 * BloomGeometry.SHARDS;
        for (long call = third - 12; call <= third + 12; call++) {
            crashAt(call, 2, Life::runWithAllShards);
        }
        for (long call = whole.callsUntilReopened - 8; call <= whole.callsUntilReopened; call++) {
            crashAt(call, 2, Life::runWithAllShards);
        }
    }

    // ---- bugs that this test exists for: it must catch each

    private static void assertCaught(String bug, Function<SimDisk, Life> lives) {
        assertCaught(bug, lives, Life::run, CrashModel.LOSE_ALL);
    }

    private static void assertCaught(
            String bug, Function<SimDisk, Life> lives, Consumer<Life> run, CrashModel model) {
        int caught = 0;
        for (long call = 7; call <= 4_000; call += 119) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            Life life = lives.apply(disk);
            try {
                run.accept(life);
                assertNothingLost(life, model, call);
            } catch (AssertionError | StorageException e) {
                caught++;
            }
        }
        assertTrue(caught > 0, "not caught: " + bug);
    }

    @Test
    void shouldCatchACheckpointThatIsWrittenOverAFileAndNotForced() {
        assertCaught(
                "no force of a file that is written over",
                disk ->
                        new Life(
                                disk,
                                new ForwardingStorage(disk) {
                                    @Override
                                    public StorageFile open(String name, Access access) {
                                        return new ForwardingFile(super.open(name, access)) {
                                            @Override
                                            public void force() {}
                                        };
                                    }
                                }),
                Life::runWithAllShards,
                CrashModel.LOSE_ALL);
    }

    @Test
    void shouldCatchACheckpointThatIsNotForced() {
        assertCaught(
                "no file force",
                disk ->
                        new Life(
                                disk,
                                new ForwardingStorage(disk) {
                                    @Override
                                    public StorageFile create(String name) {
                                        return new ForwardingFile(super.create(name)) {
                                            @Override
                                            public void force() {}
                                        };
                                    }
                                }));
    }

    @Test
    void shouldCatchNamesThatAreNotForced() {
        assertCaught(
                "no directory force",
                disk ->
                        new Life(
                                disk,
                                new ForwardingStorage(disk) {
                                    @Override
                                    public void forceDirectory() {}
                                }));
    }

    @Test
    void shouldCatchAPositionThatIsTooHigh() {
        assertCaught(
                "an id below the position has no bits",
                disk -> {
                    Life life = new Life(disk);
                    life.tooHigh = 300;
                    return life;
                });
    }

    @Test
    @Tag("nightly")
    void shouldLoseNothingWhenThePowerFailsAtAnyCall() {
        long calls = wholeLife().disk.calls();
        for (long call = 1; call <= calls + 1; call++) {
            crashAt(call, 1);
        }
    }
}
