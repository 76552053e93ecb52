package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Filters of runs in files whose every read waits as for a disk, counted. */
final class ColdFilterTest {

    private static final long SEED = 23;
    private static final long CACHE_BYTES = 4 << 20;
    private static final long WAIT_NS = 2 * (Warmth.SLOW_NS + FilterPieces.PAGES * 1_000);

    private final SimDisk disk = new SimDisk();
    private final TwinRun twin = TwinRun.ofSegment(1L << 28);
    private final Random random = new Random(SEED);
    private final String name = twin.range().runName();
    private long firstPage;
    private long endPage;

    @BeforeEach
    void write() {
        twin.addRandom(random, 300_000, (r, i) -> r.nextLong());
        try (PageCache cache = new PageCache(PageCache.MIN_BYTES)) {
            twin.write(files(disk, cache));
        }
        try (StorageFile file = disk.open(name, Storage.Access.READ)) {
            RunFilterPlace place = Objects.requireNonNull(RunFilterPlace.in(file));
            firstPage = place.from() / PAGE_LENGTH;
            endPage = place.to() / PAGE_LENGTH;
        }
        assertTrue(endPage - firstPage > FilterPieces.PAGES);
    }

    private static RunFiles files(Storage storage, PageCache cache) {
        return RunFiles.cachedUntilWarm(storage, TwinRun.HIGH, TwinRun.LOW, cache);
    }

    /** Looks up so many hashes, of which hardly any is there. */
    private void look(Run run, int count) {
        for (int i = 0; i < count; i++) {
            long hash = random.nextLong();
            long bound = twin.range().end();
            assertEquals(twin.find(hash, bound), run.find(hash, bound), () -> "seed " + SEED);
        }
    }

    private long pieces() {
        return (endPage - 1) / FilterPieces.PAGES - firstPage / FilterPieces.PAGES + 1;
    }

    @Test
    void shouldReadAFilterByPiecesWhenItWaitsForADisk() {
        Cold cold = new Cold(disk);
        try (PageCache cache = new PageCache(CACHE_BYTES);
                Run run = files(cold, cache).open(twin.range())) {
            look(run, 5_000);
            assertEquals(pieces(), cold.filterReads.size());
            assertEquals(endPage - firstPage, cold.filterPages());
        }
    }

    @Test
    void shouldReadAFilterByPagesWhenTheCacheIsSmall() {
        Cold cold = new Cold(disk);
        try (PageCache cache = new PageCache(CACHE_BYTES / 2);
                Run run = files(cold, cache).open(twin.range())) {
            look(run, 200);
            assertEquals(cold.filterReads.size(), cold.filterPages());
        }
    }

    @Test
    void shouldReadAPageAloneWhenReadsComeFromMemory() {
        Warmth warmth = new Warmth();
        for (int i = 0; i < Warmth.ROW; i++) {
            warmth.sample(0);
        }
        Cold cold = new Cold(disk);
        PageChecksum checksum =
                new IndexFileIdentity(TwinRun.HIGH, TwinRun.LOW, twin.range(), name).pageChecksum();
        FilterPieces pieces = FilterPieces.of(firstPage, endPage);
        try (PageCache cache = new PageCache(CACHE_BYTES);
                StorageFile file = cold.open(name, Storage.Access.READ);
                PageAccess pages =
                        new PageCache.CachedPages(cache, file, checksum, pieces, warmth)) {
            long ignored = pages.fetch(firstPage);
            assertEquals(List.of(1), cold.filterReads);
            // Having waited twice, it is no longer warm.
            ignored = pages.fetch(firstPage + 1);
            assertEquals(3, cold.filterReads.size());
            ignored = pages.fetch(firstPage + 2);
            assertEquals(3, cold.filterReads.size());
        }
    }

    @Test
    void shouldReadPagesByThemselvesWhenAPieceCannotBeRead() {
        Cold cold = new Cold(disk);
        cold.longest = PAGE_LENGTH;
        try (PageCache cache = new PageCache(CACHE_BYTES);
                Run run = files(cold, cache).open(twin.range())) {
            look(run, 5_000);
            assertEquals(endPage - firstPage + pieces(), cold.filterReads.size());
        }
    }

    /** The pages around it are as good as if each had been read by itself. */
    @Test
    void shouldFailOnlyForTheDamagedPageWhenAPieceHasOne() {
        long damaged = firstPage + 3;
        try (StorageFile file = disk.open(name, Storage.Access.READ_WRITE)) {
            file.write(MemorySegment.ofArray(new byte[8]), damaged * PAGE_LENGTH + 100);
        }
        long lines = RunGeometry.filterLines(twin.sorted().size());
        Cold cold = new Cold(disk);
        try (PageCache cache = new PageCache(CACHE_BYTES);
                Run run = files(cold, cache).open(twin.range())) {
            int failed = 0;
            for (int i = 0; i < 2_000; i++) {
                long hash = random.nextLong();
                long line = RunFilter.line(hash >>> Long.SIZE - 44, lines);
                if (line / 63 == damaged - firstPage) {
                    failed++;
                    assertThrows(CorruptionException.class, () -> run.find(hash, Long.MAX_VALUE));
                } else {
                    assertEquals(
                            twin.find(hash, Long.MAX_VALUE),
                            run.find(hash, Long.MAX_VALUE),
                            () -> "seed " + SEED);
                }
            }
            assertTrue(failed > 0, () -> "seed " + SEED);
        }
    }

    @Test
    void shouldTakeEachPieceOnce() {
        FilterPieces pieces = FilterPieces.of(3, 3 * FilterPieces.PAGES + 1);
        assertFalse(pieces.isUnread(2));
        assertFalse(pieces.isUnread(3 * FilterPieces.PAGES + 1));
        assertTrue(pieces.take(3));
        assertFalse(pieces.take(FilterPieces.PAGES - 1));
        assertFalse(pieces.isUnread(4));
        assertTrue(pieces.isUnread(FilterPieces.PAGES));
        assertEquals(3, pieces.first(5));
        assertEquals(FilterPieces.PAGES, pieces.end(5));
        assertTrue(pieces.take(3 * FilterPieces.PAGES));
        assertEquals(3 * FilterPieces.PAGES + 1, pieces.end(3 * FilterPieces.PAGES));
        assertFalse(FilterPieces.NONE.isUnread(0));
    }

    /** Waits in every read, and notes of those of the filter how many pages they asked for. */
    private final class Cold extends ForwardingStorage {

        private final List<Integer> filterReads = new ArrayList<>();
        private long longest = Long.MAX_VALUE;

        Cold(Storage delegate) {
            super(delegate);
        }

        long filterPages() {
            return filterReads.stream().mapToLong(Integer::longValue).sum();
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public int read(MemorySegment destination, long offset) {
                    long page = offset / PAGE_LENGTH;
                    if (page >= firstPage && page < endPage) {
                        filterReads.add((int) (destination.byteSize() / PAGE_LENGTH));
                        if (destination.byteSize() > longest) {
                            throw new StorageException("too much", file.name(), offset, null);
                        }
                    }
                    long started = System.nanoTime();
                    while (System.nanoTime() - started < WAIT_NS) {
                        Thread.onSpinWait();
                    }
                    return super.read(destination, offset);
                }
            };
        }
    }
}
