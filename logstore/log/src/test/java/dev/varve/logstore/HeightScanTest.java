package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.run.HeightCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Scans over parts in memory, against all their heights in one map. */
final class HeightScanTest {

    private static final Table TABLE = new Table(1, TableSpec.byHeight("h"));
    private static final int PART_POSITIONS = 100;

    private int asked;
    private boolean broken;

    @Test
    void shouldMeetTheNewestRecordOfEveryHeightWhateverViewsComeMeanwhile() {
        for (long seed = 1; seed <= 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<HeightPart> parts = parts(random, 1 + random.nextInt(8));
            long limit = random.nextLong(PART_POSITIONS * (parts.size() + 1L));
            long from = random.nextLong(30);
            long to = random.nextInt(4) == 0 ? Long.MAX_VALUE : from + random.nextLong(60);
            HeightScan scan =
                    new HeightScan(TABLE, new Snapshot.HeightRange(from, to), limit);
            List<Long> found = new ArrayList<>();
            long number = 1;
            while (!scan.hasEnded()) {
                number += random.nextInt(3) / 2;
                IndexView view = new IndexView(number, List.of(), List.of(), parts);
                if (random.nextInt(4) == 0) {
                    breakIn(scan, view);
                }
                long position = scan.next(view);
                if (position != HeightPart.NONE) {
                    found.add(position);
                }
                scan.pass();
            }
            String message = "seed " + seed;
            assertEquals(expected(parts, from, to, limit), found, message);
        }
    }

    private void breakIn(HeightScan scan, IndexView view) {
        broken = true;
        try {
            long ignored = scan.next(view);
        } catch (InternalError e) {
            scan.restart();
        } finally {
            broken = false;
        }
    }

    private static List<Long> expected(
            List<HeightPart> parts, long from, long to, long limit) {
        NavigableMap<Long, Long> all = new TreeMap<>();
        for (HeightPart part : parts) {
            ((Part) part)
                    .positions
                    .forEach(
                            (height, position) -> {
                                if (position < limit) {
                                    all.put(height, position);
                                }
                            });
        }
        boolean inclusive = to == Long.MAX_VALUE;
        return List.copyOf(all.subMap(from, true, to, inclusive).values());
    }

    @Test
    void shouldAskAPartAgainOnlyWhenItsHeightWasPassed() {
        int count = 1_000;
        List<HeightPart> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Part part = new Part(i * (long) PART_POSITIONS);
            for (int j = 0; j < 10; j++) {
                part.positions.put(i * 10L + j, part.start + j);
            }
            parts.add(part);
        }
        IndexView view = new IndexView(1, List.of(), List.of(), parts);
        HeightScan scan =
                new HeightScan(TABLE, new Snapshot.HeightRange(0, 10L * count), Long.MAX_VALUE);
        int found = 0;
        while (scan.next(view) != HeightPart.NONE) {
            found++;
            scan.pass();
        }
        assertEquals(10 * count, found);
        // All for the first step; then one for each height.
        assertTrue(asked <= count + found, () -> asked + " times");
    }

    private List<HeightPart> parts(SplittableRandom random, int count) {
        List<HeightPart> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Part part = new Part(i * (long) PART_POSITIONS);
            for (int j = random.nextInt(20); j > 0; j--) {
                long height = random.nextInt(50) == 0 ? Long.MAX_VALUE : random.nextLong(80);
                part.positions.put(height, part.start + random.nextLong(PART_POSITIONS));
            }
            parts.add(part);
        }
        return parts;
    }

    /** One record at a height. */
    private final class Part implements HeightPart {

        private final long start;
        private final NavigableMap<Long, Long> positions = new TreeMap<>();

        Part(long start) {
            this.start = start;
        }

        @Override
        public long start() {
            return start;
        }

        @Override
        public long end() {
            return start + PART_POSITIONS;
        }

        @Override
        public long findBelow(int table, long height, long bound) {
            Long position = positions.get(height);
            return position != null && position < bound ? position : NONE;
        }

        @Override
        public long nextHeight(int table, long from, long bound) {
            asked++;
            if (broken && start > 0) {
                throw new InternalError("as of a page that cannot be read");
            }
            return positions.tailMap(from, true).entrySet().stream()
                    .filter(entry -> entry.getValue() < bound)
                    .mapToLong(Map.Entry::getKey)
                    .findFirst()
                    .orElse(NONE);
        }

        @Override
        public long lastHeight(int table, long bound) {
            throw new AssertionError("not asked by a scan");
        }

        @Override
        public HeightCursor cursor() {
            throw new AssertionError("not asked by a scan");
        }

        @Override
        public String fileName() {
            return "part";
        }

        @Override
        public void close() {}
    }
}
