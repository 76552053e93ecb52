package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.run.HeightCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Look-ups by height in a store of many parts ask few of them, and find what is there. */
final class HeightRangesTest {

    private static final int PART_LENGTH = 1_000;

    private final Table table = new Table(1, TableSpec.byHeight("t"));
    private final List<Part> parts = new ArrayList<>();
    private long asked;

    /** A part that tells its bounds, and counts how often it is asked for more. */
    private final class Part implements HeightPart {
        private final TreeMap<Long, Long> positions = new TreeMap<>();
        private final long start = parts.isEmpty() ? 0 : parts.getLast().end();
        private boolean unreadable;
        private boolean grows;

        void add(long height) {
            positions.put(height, start + positions.size());
        }

        @Override
        public long start() {
            return start;
        }

        @Override
        public long end() {
            return start + PART_LENGTH;
        }

        @Override
        public long findBelow(int id, long height, long bound) {
            asked++;
            Long position = positions.get(height);
            return position != null && position < bound ? position : NONE;
        }

        @Override
        public long nextHeight(int id, long from, long bound) {
            asked++;
            return positions.tailMap(from).entrySet().stream()
                    .filter(entry -> entry.getValue() < bound)
                    .findFirst()
                    .map(Map.Entry::getKey)
                    .orElse(NONE);
        }

        @Override
        public long lastHeight(int id, long bound) {
            throw new AssertionError();
        }

        @Override
        public long lowest(int id) {
            if (grows) {
                return HeightPart.super.lowest(id);
            }
            return positions.isEmpty() ? Long.MAX_VALUE : positions.firstKey();
        }

        @Override
        public long highest(int id) {
            if (unreadable) {
                throw new CorruptionException("a page cannot be read", "heights", 0, null);
            }
            if (grows) {
                return HeightPart.super.highest(id);
            }
            return positions.isEmpty() ? NONE : positions.lastKey();
        }

        @Override
        public HeightCursor cursor() {
            throw new AssertionError();
        }

        @Override
        public @Nullable String fileName() {
            return null;
        }

        @Override
        public void close() {}
    }

    private Part newPart() {
        Part part = new Part();
        parts.add(part);
        return part;
    }

    private IndexView view() {
        return new IndexView(1, List.of(), List.of(), List.copyOf(parts));
    }

    private long scanned(IndexView view, long height, long limit) {
        Snapshot.HeightRange range = new Snapshot.HeightRange(height, height + 1);
        return new HeightScan(table, range, limit).next(view);
    }

    private boolean found(IndexView view, long height) {
        RecordReader reader = new RecordReader(ReadCheck.CHECKSUM);
        reader.of(table, Long.MAX_VALUE).seek(height);
        return reader.find(view);
    }

    @Test
    void shouldAskFewOfManyPartsOnceEachWasAsked() {
        for (int i = 0; i < 4_000; i++) {
            Part part = newPart();
            for (int j = 0; j < 10; j++) {
                part.add(10L * i + j);
            }
        }
        IndexView view = view();
        assertFalse(found(view, 40_000));
        assertEquals(4_000, asked);
        for (long height : new long[] {0, 17, 20_000, 39_999}) {
            asked = 0;
            assertEquals(height / 10 * PART_LENGTH + height % 10, scanned(view, height, 1 << 30));
            assertTrue(asked <= 2, () -> asked + " parts for height " + height);
        }
        asked = 0;
        assertFalse(found(view, 40_000));
        assertEquals(0, asked);
    }

    /** A segment that is sealed makes a new view, of which nearly all was known before. */
    @Test
    void shouldAskOnlyWhatIsNewInTheNextView() {
        for (int i = 0; i < 4_000; i++) {
            newPart().add(i);
        }
        Part grows = newPart();
        grows.grows = true;
        IndexView view = view();
        assertFalse(found(view, 10_000));
        grows.grows = false;
        grows.add(4_000);
        Part gone = parts.remove(1_000);
        newPart().add(5_000);
        IndexView next = view.next(List.of(), List.of(), List.copyOf(parts));
        asked = 0;
        assertFalse(found(next, 10_000));
        assertEquals(2, asked);
        asked = 0;
        assertFalse(found(next, 10_000));
        assertEquals(0, asked);
        for (Part part : parts) {
            long height = part.positions.firstKey();
            assertEquals(part.positions.get(height), scanned(next, height, Long.MAX_VALUE));
        }
        assertEquals(HeightPart.NONE, scanned(next, gone.positions.firstKey(), Long.MAX_VALUE));
    }

    @Test
    void shouldAskOfAPartWhoseHighestHeightCannotBeRead() {
        Part older = newPart();
        older.add(7);
        Part newer = newPart();
        newer.add(3);
        newer.unreadable = true;
        IndexView view = view();
        for (int i = 0; i < 3; i++) {
            asked = 0;
            assertFalse(found(view, 100));
            assertEquals(i == 0 ? 2 : 1, asked);
        }
    }

    @Test
    void shouldFindWhatANaiveSearchFindsWhateverTheOrderOfHeights() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            parts.clear();
            int count = 1 + random.nextInt(30);
            int spread = 1 + random.nextInt(60);
            for (int i = 0; i < count; i++) {
                Part part = newPart();
                for (int j = random.nextInt(6); j > 0; j--) {
                    boolean anywhere = random.nextInt(3) == 0;
                    part.add(anywhere ? random.nextInt(100) : i + random.nextInt(spread));
                }
            }
            IndexView view = view();
            for (int i = 0; i < 200; i++) {
                long height = random.nextInt(110);
                long limit = 1L + random.nextInt(count * PART_LENGTH);
                String what = "seed " + seed + ", height " + height + ", limit " + limit;
                assertEquals(naive(height, limit), scanned(view, height, limit), what);
            }
        }
    }

    private long naive(long height, long limit) {
        return parts.stream()
                .map(part -> part.positions.get(height))
                .filter(Objects::nonNull)
                .filter(position -> position < limit)
                .mapToLong(Long::longValue)
                .max()
                .orElse(HeightPart.NONE);
    }
}
