package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SpaceModel;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lives on a disk that is nearly full, in every {@link SpaceModel}: commits of all lengths, index,
 * files beside the log, kills and power cuts. A commit is taken or refused, and nothing is ever
 * poisoned; the next life opens without more space; what was acknowledged is there; and with more
 * space commits go on.
 */
final class NearlyFullCrashTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final long SPARE_BYTES = 2 << 20;
    private static final int STEPS = 120;

    /** What the index leaves of the spare has room for what recovery writes again. */
    private static final long NOTED_BYTES = 256 << 10;

    /** One store's lives, by a seed. */
    private static final class Lives {

        private final long seed;
        private final Function<SimDisk, Storage> wrapper;
        private final SplittableRandom random;
        private final LogOptions options;
        private SimDisk disk = new SimDisk();
        private LogStore store;

        /** Bytes of each commit's value, by its number from 0. */
        private final List<Integer> lengths = new ArrayList<>();

        private long acknowledged;
        private long refusals;
        private long opens;

        Lives(long seed, SpaceModel model, Function<SimDisk, Storage> wrapper) {
            this.seed = seed;
            this.wrapper = wrapper;
            random = new SplittableRandom(seed);
            options =
                    LogOptions.bulk()
                            .withSegmentBytes((64L << 10) << random.nextInt(6))
                            .withSpareBytes(SPARE_BYTES)
                            .withDurability(
                                    one(Durability.values()))
                            .withIndex(
                                    IndexOptions.defaults()
                                            .withPageCacheBytes(64 << 10)
                                            .withMaxUnindexedSegments(1 + random.nextInt(8)));
            disk.setCapacity(SPARE_BYTES + (1 << 20) + random.nextInt(3 << 20));
            disk.setSpaceModel(model, seed);
            store = open();
            store.table(TX);
        }

        private LogStore open() {
            Environment environment =
                    CrashExplorer.seededEnvironment(seed + 1_000 * opens++)
                            .notingForcesOf(NOTED_BYTES);
            return LogStore.open(wrapper.apply(disk), options, environment);
        }

        private <T> T one(T[] values) {
            return values[random.nextInt(values.length)];
        }

        private static byte[] key(int n) {
            return ("key" + n).getBytes(StandardCharsets.UTF_8);
        }

        private byte[] value(int n) {
            byte[] value = new byte[lengths.get(n)];
            new SplittableRandom(seed * 31 + n).nextBytes(value);
            return value;
        }

        private int length() {
            return switch (random.nextInt(8)) {
                case 0 -> 0;
                case 1, 2, 3 -> random.nextInt(3_000);
                case 4, 5, 6 -> random.nextInt(60_000);
                default -> random.nextInt(400_000);
            };
        }

        private boolean commit(int length) {
            int n = lengths.size();
            lengths.add(length);
            try (Batch batch = store.newBatch()) {
                store.commit(batch.put(store.table(TX), n, key(n), value(n)));
                noteDurable();
                return true;
            } catch (StorageFullException e) {
                lengths.removeLast();
                refusals++;
                return false;
            }
        }

        private void noteDurable() {
            if (store.durable() == store.visible()) {
                acknowledged = lengths.size();
            }
        }

        /** A file that somebody writes beside the log, as a filter does, while commits go on. */
        private void writeBeside() {
            int pieces = 1 + random.nextInt(8);
            disk.delete("beside");
            try (StorageFile file = disk.create("beside")) {
                for (int i = 0; i < pieces; i++) {
                    store.requireSpace(100_000);
                    file.write(MemorySegment.ofArray(new byte[100_000]), 100_000L * i);
                    commit(length());
                }
                file.force();
            } catch (StorageFullException e) {
                disk.delete("beside");
            }
        }

        private void maintain() {
            try {
                for (int i = 0; i < 3; i++) {
                    store.maintain();
                }
            } catch (StorageFullException e) {
                refusals++;
            }
        }

        private void close() {
            store.close();
            acknowledged = lengths.size();
            nextLife(disk.restart());
        }

        private void cutPower() {
            SimDisk next = disk.crash(one(CrashModel.values()), random.nextLong());
            disk.restart();
            nextLife(next);
        }

        /** When there is no room but what the index leaves. */
        private void killWhenFull() {
            for (int refused = 0; refused < 5; refused += commit(length()) ? 0 : 1) {
                // up to the mark
            }
            maintain();
            nextLife(disk.restart());
        }

        private void nextLife(SimDisk next) {
            CrashExplorer.closeQuietly(store);
            disk = next;
            store = open();
            long found = store.stats().commits() - 1;
            assertTrue(
                    acknowledged <= found && found <= lengths.size(),
                    () -> found + " commits, of " + acknowledged + " to " + lengths.size());
            while (lengths.size() > found) {
                lengths.removeLast();
            }
            acknowledged = found;
            check();
        }

        private void check() {
            assertFalse(store.isPoisoned(), "poisoned");
            Table tx = store.table(TX);
            for (int n = 0; n < lengths.size(); n++) {
                byte[] found = store.snapshot().get(tx, key(n));
                assertNotNull(found, "commit " + n);
                assertEquals(-1, Arrays.mismatch(value(n), found), "commit " + n);
            }
            assertNull(store.snapshot().get(tx, key(lengths.size())));
            CommitScript.checkVerifies(store);
        }

        private void step() {
            int what = random.nextInt(100);
            if (what < 80) {
                commit(length());
            } else if (what < 86) {
                maintain();
            } else if (what < 90) {
                store.force();
                acknowledged = lengths.size();
            } else if (what < 95) {
                writeBeside();
            } else if (what < 96) {
                close();
            } else if (what < 97) {
                cutPower();
            } else if (what < 98) {
                nextLife(disk.restart());
            } else if (what < 99) {
                killWhenFull();
            } else {
                check();
            }
            assertFalse(store.isPoisoned(), "poisoned");
        }

        /** How many commits were refused. */
        long run() {
            for (int i = 0; i < STEPS; i++) {
                step();
            }
            killWhenFull();
            disk.setCapacity(Long.MAX_VALUE);
            assertTrue(commit(400_000), "with space commits go on");
            check();
            store.close();
            return refusals;
        }
    }

    private static long live(
            long seed, SpaceModel model, Function<SimDisk, Storage> wrapper) {
        try {
            return new Lives(seed, model, wrapper).run();
        } catch (StorageException | AssertionError e) {
            throw new AssertionError("seed " + seed + ", " + model + ": " + e, e);
        }
    }

    private static void explore(long from, long to) {
        for (SpaceModel model : SpaceModel.values()) {
            long refusals = 0;
            for (long seed = from; seed < to; seed++) {
                refusals += live(seed, model, disk -> disk);
            }
            assertTrue(refusals > to - from, "the disk was full: " + refusals);
        }
    }

    @Test
    void shouldRefuseAndNeverPoisonWhenTheDiskIsNearlyFull() {
        explore(1, 40);
    }

    @Tag("nightly")
    @Test
    void shouldRefuseAndNeverPoisonWhenTheDiskIsNearlyFullOverManySeeds() {
        explore(1_000, 3_000);
    }

    /** Believes the disk, which counts as free what was written and is not saved. */
    private static final class Credulous extends ForwardingStorage {
        private final SimDisk disk;

        Credulous(SimDisk disk) {
            super(disk);
            this.disk = disk;
        }

        @Override
        public long usableBytes() {
            return disk.freeBytes();
        }
    }

    @Test
    void shouldBeCaughtWhenWhatIsNotForcedCountsAsFree() {
        for (SpaceModel model : List.of(SpaceModel.RESERVED, SpaceModel.AT_FORCE)) {
            long caught = 0;
            for (long seed = 1; seed < 40; seed++) {
                try {
                    live(seed, model, disk -> new Credulous(disk));
                } catch (AssertionError e) {
                    caught++;
                }
            }
            assertTrue(caught > 0, "in " + model);
        }
    }
}
