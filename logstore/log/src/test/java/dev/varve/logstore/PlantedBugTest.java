package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.junit.jupiter.api.Test;

/**
 * Bugs that the crash test exists for, planted one at a time: it must catch each. A crash test that
 * passes with one of these is worth nothing.
 */
final class PlantedBugTest {

    private static final long COMMITS = 30;
    private static final long FIRST_SEED = 3;
    private static final int SEEDS = 8;

    private static void assertCaught(String bug, CrashExplorer explorer, CrashModel... models) {
        explorer.run(models);
        assertFalse(explorer.failures().isEmpty(), () -> "not caught: " + bug);
    }

    private static CrashExplorer explorer(Durability durability) {
        return explorer(durability, COMMITS, FIRST_SEED);
    }

    private static CrashExplorer explorer(Durability durability, long commits, long seed) {
        return new CrashExplorer(new CommitScript(seed, 0), durability, commits, seed);
    }

    /** Of a bug that only some crashes show: what is drawn depends on the number of the call. */
    private static void assertCaughtBySomeSeed(
            String bug, LongFunction<CrashExplorer> explorers, CrashModel... models) {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            if (!explorers.apply(seed).run(models).failures().isEmpty()) {
                return;
            }
        }
        fail("not caught by seeds " + FIRST_SEED + " and on, " + SEEDS + " of them: " + bug);
    }

    @Test
    void shouldCatchAMissingFileForce() {
        assertCaught(
                "no file force",
                explorer(Durability.GROUP)
                        .storage(disk -> wrap(disk, file -> new ForwardingFile(file) {
                            @Override
                            public void force() {}
                        })),
                CrashModel.values());
    }

    @Test
    void shouldCatchAMissingDirectoryForce() {
        assertCaught(
                "no directory force",
                explorer(Durability.GROUP)
                        .storage(disk -> new ForwardingStorage(disk) {
                            @Override
                            public void forceDirectory() {}
                        }),
                CrashModel.values());
    }

    @Test
    void shouldCatchAnAcknowledgementBeforeTheForce() {
        assertCaught(
                "acknowledged before the force",
                explorer(Durability.GROUP).storage(LateForces::new),
                CrashModel.LOSE_ALL);
    }

    @Test
    void shouldCatchFramesWithoutChecksum() {
        assertCaught(
                "no checksum over frames",
                explorer(Durability.NONE)
                        .environment(
                                seed ->
                                        new Environment(
                                                new Random(seed)::nextLong, NoChecksum::new)),
                CrashModel.RANDOM_4K,
                CrashModel.TORN);
    }

    @Test
    void shouldCatchAnIncarnationThatIsAlwaysTheSame() {
        // A stale frame needs luck: the frame before it lost, the same frame written again.
        assertCaughtBySomeSeed(
                "no incarnation",
                seed ->
                        explorer(Durability.NONE, 2 * COMMITS, seed)
                                .environment(opened -> new Environment(() -> 42, CRC32C::new)),
                CrashModel.RANDOM_4K,
                CrashModel.TORN);
    }

    @Test
    void shouldCatchAManifestThatNamesARunThatIsNotForced() {
        assertCaught(
                "a run is named before it is durable",
                explorer(Durability.NONE)
                        .storage(disk -> wrap(disk, PlantedBugTest::withoutForceOfTheIndex)),
                CrashModel.LOSE_ALL);
    }

    private static StorageFile withoutForceOfTheIndex(StorageFile file) {
        return !RunRange.isIndexFile(file.name())
                ? file
                : new ForwardingFile(file) {
                    @Override
                    public void force() {}
                };
    }

    @Test
    void shouldCatchARunThatIsNamedBeforeItsDirectoryIsForced() {
        assertCaughtBySomeSeed(
                "a run is named before its name is durable",
                seed ->
                        explorer(Durability.NONE, COMMITS, seed).storage(IndexNamesLate::new),
                CrashModel.DIR_REORDER);
    }

    @Test
    void shouldCatchARunOfASegmentThatIsNotDurableYet() {
        assertCaught(
                "a run is named before its segment is durable",
                explorer(Durability.NONE).storage(SegmentsAfterManifest::new),
                CrashModel.LOSE_ALL);
    }

    private static Storage wrap(Storage disk, Function<StorageFile, StorageFile> wrapper) {
        return new ForwardingStorage(disk) {
            @Override
            public StorageFile create(String name) {
                return wrapper.apply(super.create(name));
            }

            @Override
            public StorageFile open(String name, Access access) {
                return wrapper.apply(super.open(name, access));
            }
        };
    }

    /** The directory is not forced between a run and the manifest that names it. */
    private static final class IndexNamesLate extends ForwardingStorage {
        private boolean runRenamed;

        IndexNamesLate(Storage disk) {
            super(disk);
        }

        @Override
        public void rename(String from, String to) {
            super.rename(from, to);
            runRenamed = RunRange.isIndexFile(to);
        }

        @Override
        public void forceDirectory() {
            if (!runRenamed) {
                super.forceDirectory();
            }
        }
    }

    /** Segments are forced, but only when the manifest that tells so is durable. */
    private static final class SegmentsAfterManifest extends ForwardingStorage {
        private final Queue<Runnable> late = new ArrayDeque<>();
        private boolean manifestRenamed;

        SegmentsAfterManifest(Storage disk) {
            super(disk);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return Segment.basePosition(file.name()) < 0
                    ? file
                    : new ForwardingFile(file) {
                        @Override
                        public void force() {
                            late.add(super::force);
                        }
                    };
        }

        @Override
        public void rename(String from, String to) {
            super.rename(from, to);
            manifestRenamed = to.equals(Manifest.FILE);
        }

        @Override
        public void forceDirectory() {
            super.forceDirectory();
            if (manifestRenamed) {
                late.forEach(Runnable::run);
                late.clear();
            }
        }
    }

    /** Forces that happen, but only at the next call of the same kind. */
    private static final class LateForces extends ForwardingStorage {
        private final Queue<Runnable> late = new ArrayDeque<>();

        LateForces(Storage disk) {
            super(disk);
        }

        @Override
        public StorageFile create(String name) {
            return late(super.create(name));
        }

        @Override
        public StorageFile open(String name, Access access) {
            return late(super.open(name, access));
        }

        private StorageFile late(StorageFile file) {
            if (Segment.basePosition(file.name()) < 0) {
                return file;
            }
            return new ForwardingFile(file) {
                @Override
                public void force() {
                    Runnable earlier = late.poll();
                    if (earlier != null) {
                        earlier.run();
                    }
                    late.add(super::force);
                }

                @Override
                public void close() {
                    late.clear();
                    super.close();
                }
            };
        }
    }

    /** Says the same of all bytes. */
    private static final class NoChecksum implements Checksum {
        @Override
        public void update(int b) {}

        @Override
        public void update(byte[] b, int offset, int length) {}

        @Override
        public long getValue() {
            return 0;
        }

        @Override
        public void reset() {}
    }
}
