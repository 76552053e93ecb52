package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.IndexPageDescriptor;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.IoCall;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs that are read through a cache of eight pages until they are warm. */
final class WarmPagesTest {

    private static final long SEED = 11;

    private final SimDisk disk = new SimDisk();
    private final PageCache cache = new PageCache(PageCache.MIN_BYTES);
    private final TwinRun twin = TwinRun.ofSegment(1L << 28);
    private final Random random = new Random(SEED);
    private List<TwinRun.Entry> entries = List.of();

    @BeforeEach
    void write() {
        twin.addRandom(random, 30_000, (r, i) -> r.nextLong());
        twin.write(files(disk));
        entries = twin.sorted();
    }

    @AfterEach
    void closeCache() {
        cache.close();
    }

    private RunFiles files(Storage storage) {
        return RunFiles.cachedUntilWarm(storage, TwinRun.HIGH, TwinRun.LOW, cache);
    }

    private void look(Run run) {
        TwinRun.Entry entry = entries.get(random.nextInt(entries.size()));
        assertEquals(
                twin.find(entry.hash(), entry.position()),
                run.find(entry.hash(), entry.position()),
                () -> "seed " + SEED);
    }

    @Test
    void shouldNotMapBeforeALongRowOfPagesWasRead() {
        try (Run run = files(disk).open(twin.range())) {
            while (cache.loads() < Warmth.ROW - 3) {
                look(run);
            }
            assertEquals(0, disk.counts().of(IoCall.MAP));
        }
    }

    @Test
    void shouldMapAndReadNoMoreOnceReadsComeFromMemory() {
        try (Run run = files(disk).open(twin.range())) {
            // A busy machine may break a row of fast reads; hardly every one of these.
            for (int i = 0; disk.counts().of(IoCall.MAP) == 0; i++) {
                assertTrue(i < 100 * Warmth.ROW, "never mapped");
                look(run);
            }
            RunModelTest.check(run, twin, random, "warm");
            assertEquals(1, disk.counts().of(IoCall.MAP));
        }
    }

    @Test
    void shouldGoOnWithTheCacheWhenTheSystemGivesNoMapping() {
        try (Run run = files(new Unmappable(disk)).open(twin.range())) {
            for (int i = 0; i < 20 * Warmth.ROW; i++) {
                look(run);
            }
            long loads = cache.loads();
            assertTrue(loads > 10 * Warmth.ROW, () -> loads + " loads");
            RunModelTest.check(run, twin, random, "not mapped");
            assertTrue(cache.loads() > loads);
        }
    }

    /** A page that is timed must be waited for then: else nobody sees that it went cold. */
    @Test
    void shouldTouchPagesThatAreMappedAndWarmUnlessTheyAreTimed() {
        Warmth warmth = new Warmth();
        String name = twin.range().runName();
        PageChecksum checksum =
                new IndexFileIdentity(TwinRun.HIGH, TwinRun.LOW, twin.range(), name).pageChecksum();
        long timed = 2L * Warmth.MAPPED_READS_PER_SAMPLE;
        try (StorageFile file = disk.open(name, Storage.Access.READ);
                WarmPages pages =
                        new WarmPages(
                                file,
                                checksum,
                                cache.pages(file, checksum, FilterPieces.NONE),
                                warmth)) {
            assertEquals(0, touchedPlaces(pages, timed + 1));
            for (int i = 0; i < Warmth.ROW; i++) {
                warmth.sample(0);
            }
            assertEquals(0, touchedPlaces(pages, timed + 1));
            long ignored = pages.fetch(timed) + pages.fetch(timed + 1);
            long reads = disk.counts().reads();
            assertTrue(touchedPlaces(pages, timed + 1) > 0);
            assertEquals(0, touchedPlaces(pages, timed));
            assertEquals(0, touchedPlaces(pages, timed + 2)); // which nobody has checked
            warmth.sample(Warmth.SLOW_NS + 1);
            warmth.sample(Warmth.SLOW_NS + 1);
            assertEquals(0, touchedPlaces(pages, timed + 1));
            assertEquals(reads, disk.counts().reads());
        }
    }

    /** In how many places of a page something was read that is not 0. */
    private static int touchedPlaces(WarmPages pages, long page) {
        int places = 0;
        for (int offset = 0; offset < IndexPageDescriptor.PAGE_LENGTH; offset++) {
            places += pages.touch(page, offset) == 0 ? 0 : 1;
        }
        return places;
    }

    /** A storage whose files cannot be mapped. */
    private static final class Unmappable extends ForwardingStorage {

        Unmappable(Storage delegate) {
            super(delegate);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public MemorySegment map(long offset, long length, Arena arena) {
                    throw new StorageException("no mappings here", file.name(), offset, null);
                }
            };
        }
    }
}
