package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.NaiveDisk.NaiveFile;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The simulated disk and its naive twin in lock-step, over random calls. After any call the twin
 * judges what each crash model made; now and then both go on from such a crash.
 */
final class SimDiskModelTest {

    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    private static final int MOST_PENDING_NAMES = 7;

    @Test
    void shouldOnlyLeaveWhatItsModelAllows() {
        run(0, 60);
    }

    @Test
    @Tag("nightly")
    void shouldOnlyLeaveWhatItsModelAllowsForLong() {
        run(1_000, 3_000);
    }

    private static void run(long firstSeed, int seeds) {
        for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
            new Run(seed).steps(60);
        }
    }

    /** One walk from an empty disk. */
    private static final class Run {

        private final long seed;
        private final SplittableRandom random;
        private SimDisk disk = new SimDisk();
        private NaiveDisk naive = new NaiveDisk(Map.of());

        Run(long seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
        }

        void steps(int count) {
            for (int step = 0; step < count; step++) {
                step();
                String where = "seed " + seed + ", step " + step;
                assertSame(where);
                if (random.nextInt(3) == 0) {
                    for (CrashModel model : CrashModel.values()) {
                        assertAllowed(model, random.nextLong(), where);
                    }
                }
                if (random.nextInt(15) == 0) {
                    goOnFromACrash();
                }
            }
        }

        private void step() {
            int kind = random.nextInt(20);
            List<String> names = new ArrayList<>(naive.names().keySet());
            if (naive.pendingNames() >= MOST_PENDING_NAMES || kind == 0) {
                disk.forceDirectory();
                naive.forceDirectory();
            } else if (names.isEmpty() || kind <= 2) {
                create(NAMES.get(random.nextInt(NAMES.size())));
            } else {
                change(names.get(random.nextInt(names.size())), kind);
            }
        }

        private void create(String name) {
            if (!disk.exists(name)) {
                disk.create(name).close();
                naive.add(new NaiveDisk.Create(name, new NaiveFile(new byte[0])));
            }
        }

        private void change(String name, int kind) {
            NaiveFile twin = Objects.requireNonNull(naive.names().get(name));
            try (StorageFile file = disk.open(name, Access.READ_WRITE)) {
                switch (kind) {
                    case 3 -> {
                        disk.delete(name);
                        naive.add(new NaiveDisk.Delete(name));
                    }
                    case 4 -> {
                        String to = NAMES.get(random.nextInt(NAMES.size()));
                        disk.rename(name, to);
                        naive.add(new NaiveDisk.Rename(name, to));
                    }
                    case 5, 6 -> {
                        int length = random.nextInt(15_000);
                        file.truncate(length);
                        naive.add(new NaiveDisk.Cut(twin, length));
                    }
                    case 7, 8, 9 -> {
                        file.force();
                        naive.force(twin);
                    }
                    default -> {
                        int offset = random.nextInt(12_000);
                        int length = 1 + random.nextInt(1 + random.nextInt(7_000));
                        byte[] bytes = Contents.random(length, random.nextLong());
                        file.write(MemorySegment.ofArray(bytes), offset);
                        naive.add(new NaiveDisk.Write(twin, offset, bytes));
                    }
                }
            }
        }

        private void assertSame(String where) {
            assertEquals(List.copyOf(naive.names().keySet()), disk.list(), where);
            naive.names()
                    .forEach(
                            (name, twin) ->
                                    assertArrayEquals(
                                            naive.content(twin), Contents.of(disk, name), where));
        }

        private void assertAllowed(CrashModel model, long crashSeed, String where) {
            SimDisk after = disk.crash(model, crashSeed);
            assertTrue(
                    naive.allows(model, NaiveDisk.contents(after)),
                    () -> where + ", " + model + " with seed " + crashSeed + ": must not be");
        }

        private void goOnFromACrash() {
            CrashModel[] models = CrashModel.values();
            disk = disk.crash(models[random.nextInt(models.length)], random.nextLong());
            naive = new NaiveDisk(NaiveDisk.contents(disk));
        }
    }
}
