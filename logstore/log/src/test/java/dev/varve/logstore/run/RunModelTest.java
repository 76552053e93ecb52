package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs against the naive twin, mapped and through a cache that is smaller than they are. */
final class RunModelTest {

    private static final long SEGMENT = 1L << 28;

    private final SimDisk disk = new SimDisk();
    private final PageCache cache = new PageCache(PageCache.MIN_BYTES);
    private final List<RunFiles> accesses =
            List.of(
                    MappedRuns.files(disk, TwinRun.HIGH, TwinRun.LOW),
                    RunFiles.cached(disk, TwinRun.HIGH, TwinRun.LOW, cache),
                    RunFiles.cachedUntilWarm(disk, TwinRun.HIGH, TwinRun.LOW, cache));

    @AfterEach
    void closeCache() {
        cache.close();
    }

    /** How hashes may be spread. */
    enum Spread {
        RANDOM,
        SEQUENTIAL,
        SEQUENTIAL_WIDE,
        SKEWED,
        FEW,
        ONE,
        SAME_FENCE,
        LAST,
        FIRST,
        ENDS;

        long hash(Random random, int i) {
            return switch (this) {
                case RANDOM -> random.nextLong();
                case SEQUENTIAL -> (long) i << 20;
                case SEQUENTIAL_WIDE -> (long) i << 44;
                case SKEWED -> (long) (Long.MAX_VALUE * Math.pow(random.nextDouble(), 30)) << 1;
                case FEW -> random.nextInt(5) * 0x1234_5678_9ABC_DEF0L;
                case ONE -> 0x00FF_0000_0000_0000L;
                case SAME_FENCE -> 0x7777_7777_0000_0000L | random.nextLong() >>> 32;
                case LAST -> -1L - random.nextInt(1 << 22);
                case FIRST -> random.nextInt(1 << 22);
                case ENDS -> random.nextBoolean() ? -1L : 0L;
            };
        }

        Random random(long number) {
            return new Random(number * 31 + name().hashCode());
        }
    }

    @ParameterizedTest
    @EnumSource(Spread.class)
    void shouldFindWhatTheTwinFinds(Spread spread) {
        for (int size : new int[] {0, 1, 2, 368, 369, 370, 371, 741, 5_000, 20_000}) {
            Random random = spread.random(size);
            TwinRun twin = TwinRun.ofSegment(SEGMENT * (size % 2));
            twin.addRandom(random, size, spread::hash);
            twin.write(accesses.getFirst());
            check(twin, random, spread + ", size " + size);
        }
    }

    /** A run that was planned for more entries than came: other widths, pages that end early. */
    @ParameterizedTest
    @ValueSource(longs = {1L << 14, 1L << 22, 1L << 26})
    void shouldFindWhatTheTwinFindsWhateverTheWidth(long maxEntries) {
        for (Spread spread : Spread.values()) {
            Random random = spread.random(maxEntries);
            TwinRun twin = TwinRun.ofSegment(SEGMENT * 7);
            twin.addRandom(random, 3_000, spread::hash);
            accesses.getFirst()
                    .write(twin.range(), twin.segmentBases(), maxEntries, twin.cursor());
            check(twin, random, spread + ", width for " + maxEntries);
        }
    }

    @Test
    void shouldFilterAlsoTheRunFromTheStartWhenAllAreFiltered() {
        Random random = new Random(6);
        TwinRun twin = TwinRun.ofSegment(0);
        twin.addRandom(random, 20_000, Spread.RANDOM::hash);
        twin.write(accesses.getFirst());
        try (Run run = accesses.getFirst().open(twin.range())) {
            assertFalse(run.hasFilter());
        }
        twin.write(accesses.getFirst().filteringAll());
        try (Run run = accesses.getFirst().open(twin.range())) {
            assertTrue(run.hasFilter());
        }
        check(twin, random, "all filtered");
    }

    @Test
    void shouldEndPagesEarlyWhereTagsWouldOverflow() {
        TwinRun twin = TwinRun.ofSegment(0);
        for (long i = 0; i < 1_000; i++) {
            twin.add(i << 54, 4096 + 16 * i, false);
        }
        accesses.getFirst().write(twin.range(), twin.segmentBases(), 1L << 22, twin.cursor());
        try (Run run = accesses.getFirst().open(twin.range())) {
            assertTrue(run.fileLength() > 1_000 * 4096, "length " + run.fileLength());
            assertTrue(run.fileLength() < 1_010 * 4096, "length " + run.fileLength());
        }
        check(twin, new Random(1), "early");
    }

    @Test
    void shouldKeepPositionsBehindATebibyteInManySegments() {
        int segments = 65_536;
        long[] bases = new long[segments];
        for (int slot = 0; slot < segments; slot++) {
            bases[slot] = (1L << 41) + slot * (1L << 27);
        }
        RunRange range = new RunRange(bases[0] + 4096, bases[segments - 1] + 100_000);
        TwinRun twin = new TwinRun(range, bases);
        Random random = new Random(65_536);
        twin.addRandom(random, 30_000, Spread.RANDOM::hash);
        twin.addRandom(random, 3_000, Spread.FEW::hash);
        twin.write(accesses.getFirst());
        check(twin, random, "many segments");
    }

    private void check(TwinRun twin, Random random, String what) {
        long seed = random.nextLong();
        for (RunFiles files : accesses) {
            try (Run run = files.open(twin.range())) {
                check(run, twin, new Random(seed), what);
                run.verify();
            }
        }
    }

    static void check(Run run, TwinRun twin, Random random, String what) {
        List<TwinRun.Entry> sorted = twin.sorted();
        assertEquals(sorted.size(), run.entries(), what);
        assertEquals(
                sorted.stream().filter(TwinRun.Entry::tombstone).count(), run.tombstones(), what);
        long end = twin.range().end();
        for (TwinRun.Entry entry : sorted) {
            long hash = entry.hash();
            same(run, twin, what, hash, Long.MAX_VALUE);
            same(run, twin, what, hash, entry.position());
            same(run, twin, what, hash, entry.position() + 1);
            same(run, twin, what, hash ^ random.nextInt(1 << 20), entry.position() + 17);
            same(run, twin, what, hash + (1L << 20), end);
            same(run, twin, what, hash - (1L << 20), end - 1);
        }
        for (int i = 0; i < 2_000; i++) {
            long hash = random.nextLong() >>> random.nextInt(64);
            same(run, twin, what, hash, random.nextLong(end + 1));
        }
        checkCursor(run, sorted, what);
    }

    private static void same(Run run, TwinRun twin, String what, long hash, long bound) {
        if (twin.find(hash, bound) != run.find(hash, bound)) {
            assertEquals(
                    twin.find(hash, bound),
                    run.find(hash, bound),
                    what + ", hash " + Long.toHexString(hash) + " below " + bound);
        }
    }

    private static void checkCursor(Run run, List<TwinRun.Entry> sorted, String what) {
        try (RunCursor cursor = run.cursor()) {
            for (TwinRun.Entry entry : sorted) {
                assertTrue(cursor.next(), what);
                assertEquals(entry.hash() >>> 20 << 20, cursor.hash(), what);
                assertEquals(entry.position(), cursor.position(), what);
                assertEquals(entry.tombstone(), cursor.tombstone(), what);
            }
            assertFalse(cursor.next(), what);
            assertFalse(cursor.next(), what);
        }
    }

    // ---- merging ----

    @ParameterizedTest
    @EnumSource(Spread.class)
    void shouldMergeRunsIntoTheOneThatWouldHaveBeenWrittenAtOnce(Spread spread) {
        for (int count = 2; count <= 8; count++) {
            Random random = spread.random(count);
            mergeAndCompare(random, count, spread);
        }
    }

    /** Runs meet at the borders of segments, and inside of segments. */
    private void mergeAndCompare(Random random, int count, Spread spread) {
        RunFiles files = accesses.getFirst();
        long[] borders = new long[count + 1];
        borders[0] = random.nextInt(2) * SEGMENT;
        for (int i = 0; i < count; i++) {
            long length = SEGMENT * random.nextInt(3) + (1 + random.nextInt(1_000)) * 4096L;
            borders[i + 1] = borders[i] + (random.nextBoolean() ? length : SEGMENT);
        }
        RunRange whole = new RunRange(borders[0], borders[count]);
        TwinRun atOnce = new TwinRun(whole, basesOf(whole));
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            RunRange range = new RunRange(borders[i], borders[i + 1]);
            TwinRun part = new TwinRun(range, basesOf(range));
            part.addRandom(random, random.nextInt(2_000), spread::hash);
            part.write(files);
            part.sorted().forEach(e -> atOnce.add(e.hash(), e.position(), e.tombstone()));
            runs.add(files.open(range));
        }
        assertEquals(whole, files.merge(runs));
        runs.forEach(Run::close);
        byte[] merged = TwinRun.contents(disk, whole.runName());
        check(atOnce, random, spread + ", merge of " + count);
        atOnce.write(files);
        assertArrayEquals(TwinRun.contents(disk, whole.runName()), merged, spread + " " + count);
    }

    /** The base positions of the segments of 256 MiB that a range has a part of. */
    private static long[] basesOf(RunRange range) {
        long first = range.start() / SEGMENT;
        long last = (range.end() - 1) / SEGMENT;
        return LongStream.rangeClosed(first, last).map(n -> n * SEGMENT).toArray();
    }
}
