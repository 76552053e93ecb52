package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Files of heights against a naive twin, mapped and through a cache smaller than they are. */
final class HeightsModelTest {

    private static final long BASE = 5L << 40;
    private static final RunRange RANGE = new RunRange(BASE + 4096, BASE + (1 << 28));

    private final SimDisk disk = new SimDisk();
    private final PageCache cache = new PageCache(PageCache.MIN_BYTES);
    private final List<RunFiles> accesses =
            List.of(MappedRuns.files(disk, 1, 2), RunFiles.cached(disk, 1, 2, cache));
    private final NavigableMap<Integer, NavigableMap<Long, NavigableSet<Long>>> twin =
            new TreeMap<>();

    @AfterEach
    void closeCache() {
        cache.close();
    }

    private void add(int table, long height, long position) {
        twin.computeIfAbsent(table, key -> new TreeMap<>())
                .computeIfAbsent(height, key -> new TreeSet<>())
                .add(position);
    }

    private record Entry(int table, long height, long position) {}

    /** The twin's entries as a cursor. */
    private HeightCursor cursor() {
        List<Entry> all = new ArrayList<>();
        twin.forEach((table, heights) -> heights.forEach((height, versions) -> versions.forEach(
                position -> all.add(new Entry(table, height, position)))));
        return new EntriesCursor(all.iterator());
    }

    private static final class EntriesCursor implements HeightCursor {

        private final Iterator<Entry> entries;
        private Entry entry = new Entry(0, 0, 0);

        EntriesCursor(Iterator<Entry> entries) {
            this.entries = entries;
        }

        @Override
        public boolean next() {
            boolean more = entries.hasNext();
            entry = more ? entries.next() : entry;
            return more;
        }

        @Override
        public int table() {
            return entry.table();
        }

        @Override
        public long height() {
            return entry.height();
        }

        @Override
        public long position() {
            return entry.position();
        }
    }

    private long position(Random random) {
        return RANGE.start() + random.nextInt((1 << 28) - 8192) / 16 * 16L;
    }

    private void writeAndCheck(Random random, String what) {
        accesses.getFirst().writeHeights(RANGE, BASE, this::cursor);
        long seed = random.nextLong();
        for (RunFiles files : accesses) {
            try (HeightsFile heights = files.openHeights(RANGE)) {
                for (int table : List.of(0, 1, 2, 3, 4, 65_535)) {
                    check(heights, table, new Random(seed + table), what + ", table " + table);
                }
                heights.verify();
            }
        }
    }

    private void check(HeightsFile heights, int table, Random random, String what) {
        NavigableMap<Long, NavigableSet<Long>> expected = twin.getOrDefault(table, new TreeMap<>());
        assertEquals(
                expected.values().stream().mapToInt(NavigableSet::size).sum(),
                heights.count(table),
                what);
        long top = expected.isEmpty() ? 10 : expected.lastKey();
        for (int i = 0; i < 1_500; i++) {
            Long near = expected.ceilingKey((long) (random.nextDouble() * top));
            long height = near == null ? i : Math.max(near + random.nextInt(3) - 1, 0);
            long bound = random.nextInt(3) == 0 ? Long.MAX_VALUE : position(random) + i % 17;
            String where = what + ", height " + height + " below " + bound;
            NavigableSet<Long> versions = expected.getOrDefault(height, new TreeSet<>());
            Long found = versions.lower(bound);
            assertEquals(orAbsent(found), heights.find(table, height, bound), where);
            assertEquals(next(expected, height, bound), heights.next(table, height, bound), where);
        }
        for (long bound : new long[] {0, RANGE.start(), position(random), RANGE.end()}) {
            assertEquals(last(expected, bound), heights.last(table, bound), what);
        }
    }

    private static long orAbsent(Long found) {
        return found == null ? HeightsFile.ABSENT : found;
    }

    private static long next(
            NavigableMap<Long, NavigableSet<Long>> expected, long from, long bound) {
        for (Map.Entry<Long, NavigableSet<Long>> e : expected.tailMap(from, true).entrySet()) {
            if (e.getValue().first() < bound) {
                return e.getKey();
            }
        }
        return HeightsFile.ABSENT;
    }

    private static long last(NavigableMap<Long, NavigableSet<Long>> expected, long bound) {
        for (Map.Entry<Long, NavigableSet<Long>> e : expected.descendingMap().entrySet()) {
            if (e.getValue().first() < bound) {
                return e.getKey();
            }
        }
        return HeightsFile.ABSENT;
    }

    @Test
    void shouldFindWhatTheTwinFinds() {
        for (long seed = 1; seed <= 6; seed++) {
            Random random = new Random(seed);
            twin.clear();
            long first = random.nextLong() >>> 1 + random.nextInt(62);
            for (long i = 0; i < random.nextInt(5_000); i++) {
                add(1, first / 2 + i, RANGE.start() + i * 64);
                add(2, i / 3, position(random));
                add(3, random.nextLong() >>> 1 + random.nextInt(62), position(random));
                add(65_535, i, RANGE.start() + (5_000 - i) * 16);
            }
            add(4, Long.MAX_VALUE, RANGE.end() - 32);
            writeAndCheck(random, "seed " + seed);
        }
    }

    /** A segment of 2^28 bytes ends in a footer that is behind them. */
    @Test
    void shouldCoverASegmentThatIsFullToTheLastRecord() {
        RunRange range = new RunRange(BASE, BASE + (1 << 28) + 8192);
        add(1, 5, BASE + (1 << 28) - 32);
        accesses.getFirst().writeHeights(range, BASE, this::cursor);
        try (HeightsFile heights = accesses.getFirst().openHeights(range)) {
            heights.verify();
            long position = BASE + (1 << 28) - 32;
            assertEquals(position, heights.find(1, 5, range.end()));
            assertEquals(position, heights.find(1, 5, position + 1));
            assertEquals(HeightsFile.ABSENT, heights.find(1, 5, position));
        }
    }

    @Test
    void shouldHoldPagesThatAreJustFull() {
        for (int size : new int[] {1, 370, 371, 372, 1_361, 1_362, 1_363, 2_724}) {
            twin.clear();
            for (long i = 0; i < size; i++) {
                add(1, i, RANGE.start() + i * 16);
                add(2, i * 2, RANGE.start() + i * 16);
            }
            writeAndCheck(new Random(size), "size " + size);
        }
    }

    @Test
    void shouldHoldNothing() {
        writeAndCheck(new Random(1), "empty");
    }

    @Test
    void shouldTakeThreeBytesForARecordOfADenseTable() {
        for (long i = 0; i < 100_000; i++) {
            add(1, 7_000_000 + i, RANGE.start() + i * 160);
        }
        accesses.getFirst().writeHeights(RANGE, BASE, this::cursor);
        try (HeightsFile heights = accesses.getFirst().openHeights(RANGE)) {
            assertEquals(2 * 4096 + 74 * 4096, heights.fileLength());
        }
    }

    @Test
    void shouldRefuseEntriesThatAreOutOfOrderOrOutOfRange() {
        add(1, 5, RANGE.start() - 16);
        refuse(RANGE, BASE);
        twin.clear();
        add(1, 5, RANGE.end());
        refuse(RANGE, BASE);
        twin.clear();
        add(1, 5, RANGE.start() + 8);
        refuse(RANGE, BASE);
        twin.clear();
        add(1, -5, RANGE.start());
        refuse(RANGE, BASE);
        twin.clear();
        refuse(RANGE, BASE + 8192);
        refuse(new RunRange(BASE + (1 << 28), BASE + (1 << 28) + 16), BASE);
        add(1, 5, BASE + (1 << 28));
        refuse(new RunRange(BASE, BASE + (1 << 28) + 4096), BASE);
        assertEquals(List.of(), disk.list().stream().filter(n -> !n.endsWith(".tmp")).toList());
    }

    private void refuse(RunRange range, long base) {
        assertThrows(
                IllegalArgumentException.class,
                () -> accesses.getFirst().writeHeights(range, base, this::cursor));
    }
}
