package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads look for entries of several runs through a cache that holds few of their pages. */
final class PageCacheStressTest {

    private static final int THREADS = 8;
    private static final int LOOKUPS = 20_000;
    private static final int RUNS = 3;

    @TempDir Path directory;

    private final List<TwinRun> twins = new ArrayList<>();

    @Test
    void shouldAnswerRightWhilePagesAreReplaced() throws InterruptedException {
        try (Storage storage = new FileStorage(directory)) {
            for (int i = 0; i < RUNS; i++) {
                TwinRun twin = TwinRun.ofSegment((i + 1L) << 28);
                twin.addRandom(new Random(i), 20_000, (random, n) -> random.nextLong() >>> 1);
                twin.write(MappedRuns.files(storage, 1, 2));
                twins.add(twin);
            }
            for (int pages : new int[] {8, 16, 64}) {
                stress(storage, pages);
            }
        }
    }

    private void stress(Storage storage, int pages) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (PageCache cache = new PageCache(pages * 4096L)) {
            List<Run> runs = new ArrayList<>();
            for (TwinRun twin : twins) {
                runs.add(RunFiles.cached(storage, 1, 2, cache).open(twin.range()));
            }
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                long seed = t;
                Thread thread = new Thread(() -> look(runs, seed, failure));
                thread.setUncaughtExceptionHandler((ignored, e) -> failure.set(e));
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            runs.forEach(Run::close);
            assertEquals(null, failure.get());
            assertTrue(cache.loads() > 10_000, "pages were replaced: " + cache.loads());
            assertTrue(cache.memoryBytes() < pages * 4200L, "memory " + cache.memoryBytes());
        }
    }

    private void look(List<Run> runs, long seed, AtomicReference<Throwable> failure) {
        Random random = new Random(seed);
        List<List<TwinRun.Entry>> entries = twins.stream().map(TwinRun::sorted).toList();
        for (int i = 0; i < LOOKUPS && failure.get() == null; i++) {
            int n = random.nextInt(RUNS);
            List<TwinRun.Entry> of = entries.get(random.nextInt(RUNS));
            long hash = of.get(random.nextInt(of.size())).hash();
            long expected = twins.get(n).find(hash, Long.MAX_VALUE);
            long found = runs.get(n).find(hash, Long.MAX_VALUE);
            if (found != expected) {
                throw new AssertionError(
                        "seed " + seed + ", lookup " + i + ": " + found + ", not " + expected);
            }
        }
    }

    @Test
    void shouldRefuseSizesThatMakeNoCache() {
        assertThrows(IllegalArgumentException.class, () -> new PageCache(0));
        assertThrows(IllegalArgumentException.class, () -> new PageCache(-1));
        assertThrows(IllegalArgumentException.class, () -> new PageCache(Long.MAX_VALUE));
        PageCache cache = new PageCache(PageCache.MIN_BYTES);
        cache.close();
        cache.close();
    }
}
