package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Both indexes of a segment against naive twins. */
final class HotIndexModelTest {

    @Test
    void shouldFindEveryVersionBelowABound() {
        for (long seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            // Few distinct stripes and tags: long probes, long chains.
            int keys = 1 + random.nextInt(2_000);
            long mask = random.nextBoolean() ? -1 : 0x0300_0000_00FF_FFFFL << random.nextInt(30);
            Map<Long, NavigableSet<Long>> twin = new HashMap<>();
            try (Arena arena = Arena.ofShared()) {
                HotIndex index = new HotIndex(arena);
                long offset = 4096;
                for (int i = 0; i < 6_000; i++) {
                    offset += 16L * (1 + random.nextInt(4));
                    long hash = new Random(random.nextInt(keys)).nextLong() & mask;
                    if (isDeletion(offset)) {
                        index.addDeletion(hash, offset);
                    } else {
                        index.add(hash, offset);
                    }
                    twin.computeIfAbsent(tag(hash), key -> new TreeSet<>()).add(offset);
                }
                check(index, twin, random, offset, "seed " + seed);
                assertEquals(6_000, index.count(), "seed " + seed);
                assertEquals(entriesOf(twin), entriesOf(index), "seed " + seed);
            }
        }
    }

    /** Loaded and then added to, as the segment is that a crash left. */
    @Test
    void shouldFindEveryVersionOfWhatWasLoaded() {
        for (long seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            int keys = 1 + random.nextInt(20_000);
            long mask = random.nextBoolean() ? -1 : 0x0300_0000_00FF_FFFFL << random.nextInt(30);
            int loaded = random.nextInt(12_000);
            int added = random.nextInt(3_000);
            Map<Long, NavigableSet<Long>> twin = new HashMap<>();
            try (Arena arena = Arena.ofShared()) {
                HotIndex index = new HotIndex(arena);
                HotIndex.Loading loading = index.loading();
                long offset = 4096;
                for (int i = 0; i < loaded + added; i++) {
                    if (i == loaded) {
                        loading.finish();
                        check(index, twin, random, offset, "seed " + seed);
                    }
                    offset += 16L * (1 + random.nextInt(4));
                    long hash = new Random(random.nextInt(keys)).nextLong() & mask;
                    if (i >= loaded) {
                        add(index, hash, offset);
                    } else if (isDeletion(offset)) {
                        loading.addDeletion(hash, offset);
                    } else {
                        loading.add(hash, offset);
                    }
                    twin.computeIfAbsent(tag(hash), key -> new TreeSet<>()).add(offset);
                }
                if (added == 0) {
                    loading.finish();
                }
                check(index, twin, random, offset, "seed " + seed);
                assertEquals(loaded + added, index.count(), "seed " + seed);
                assertEquals(entriesOf(twin), entriesOf(index), "seed " + seed);
            }
        }
    }

    private static void add(HotIndex index, long hash, long offset) {
        index.touch(hash);
        if (isDeletion(offset)) {
            index.addDeletion(hash, offset);
        } else {
            index.add(hash, offset);
        }
    }

    @Test
    void shouldTakeNoMoreMemoryWhenLoaded() {
        Random random = new Random(6);
        try (Arena arena = Arena.ofShared()) {
            HotIndex empty = new HotIndex(arena);
            empty.loading().finish();
            assertEquals(0, empty.memoryBytes());

            HotIndex many = new HotIndex(arena);
            HotIndex.Loading loading = many.loading();
            for (long n = 1; n <= 500_000; n++) {
                loading.add(random.nextLong(), 4096 + 16 * n);
            }
            loading.finish();
            assertTrue(many.memoryBytes() <= 16 * 500_000, "memory " + many.memoryBytes());

            HotIndex versions = new HotIndex(arena);
            loading = versions.loading();
            for (long n = 0; n < 1_000_000; n++) {
                loading.add(99, 4096 + 16 * n);
            }
            loading.finish();
            assertEquals(1_000_000, versions.count());
            assertEquals(4096, versions.findBelow(99, 4097));
            assertTrue(versions.memoryBytes() < 40_000_000, "memory " + versions.memoryBytes());
        }
    }

    /** What the index keeps of a hash: its upper 44 bits. */
    private static long tag(long hash) {
        return hash >>> 20;
    }

    /** Every third offset is one of a deletion. */
    private static boolean isDeletion(long offset) {
        return offset / 16 % 3 == 0;
    }

    private static List<String> entriesOf(Map<Long, NavigableSet<Long>> twin) {
        List<String> entries = new ArrayList<>();
        for (Map.Entry<Long, NavigableSet<Long>> entry : new TreeMap<>(twin).entrySet()) {
            for (long offset : entry.getValue().descendingSet()) {
                entries.add(entry.getKey() + " " + offset + " " + isDeletion(offset));
            }
        }
        return entries;
    }

    private static List<String> entriesOf(HotIndex index) {
        List<String> entries = new ArrayList<>();
        HotIndex.Cursor cursor = index.cursor();
        while (cursor.next()) {
            long tag = tag(cursor.hash());
            entries.add(tag + " " + cursor.offset() + " " + cursor.isDeletion());
        }
        assertFalse(cursor.next());
        return entries;
    }

    private static void check(
            HotIndex index,
            Map<Long, NavigableSet<Long>> twin,
            Random random,
            long end,
            String seed) {
        for (Map.Entry<Long, NavigableSet<Long>> entry : twin.entrySet()) {
            long hash = entry.getKey() << 20;
            long bound = 1 + (long) (random.nextDouble() * (end + 100));
            Long expected = entry.getValue().lower(bound);
            assertEquals(
                    expected == null ? HotIndex.NONE : expected,
                    index.findBelow(hash, bound),
                    seed);
            int versions = 0;
            for (long at = end + 1; (at = index.findBelow(hash, at)) != HotIndex.NONE; ) {
                assertTrue(entry.getValue().contains(at), seed);
                versions++;
            }
            assertEquals(entry.getValue().size(), versions, seed);
        }
        assertEquals(HotIndex.NONE, index.findBelow(0x1234_5678_9ABC_DEF0L, end + 1), seed);
    }

    @Test
    void shouldHoldAKeyWithAMillionVersions() {
        try (Arena arena = Arena.ofShared()) {
            HotIndex index = new HotIndex(arena);
            for (long i = 0; i < 1_000_000; i++) {
                index.add(99, 4096 + 16 * i);
            }
            assertEquals(1_000_000, index.count());
            assertEquals(4096, index.findBelow(99, 4097));
            assertEquals(4096 + 16 * 999_999L, index.findBelow(99, 1L << 28));
            assertTrue(index.memoryBytes() < 40_000_000, "memory " + index.memoryBytes());
        }
    }

    /** The bound that README.md states: tables grow by a quarter and leave nothing behind. */
    @Test
    void shouldTakeAtMost16BytesForEachOfManyKeys() {
        Random random = new Random(5);
        try (Arena arena = Arena.ofShared()) {
            HotIndex index = new HotIndex(arena);
            for (long n = 1; n <= 500_000; n++) {
                index.add(random.nextLong(), 4096 + 16 * n);
                if (n >= 100_000 && n % 10_000 == 0) {
                    long keys = n;
                    long bytes = index.memoryBytes();
                    assertTrue(bytes <= 16 * keys, () -> bytes + " bytes for " + keys + " keys");
                }
            }
        }
    }

    @Test
    void shouldShowReadersEverythingBelowTheWatermarkWhileItGrows() throws InterruptedException {
        AtomicLong watermark = new AtomicLong();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long last = 200_000;
        try (Arena arena = Arena.ofShared()) {
            HotIndex index = new HotIndex(arena);
            Thread reader =
                    new Thread(
                            () -> {
                                Random random = new Random(5);
                                while (watermark.get() < last && failure.get() == null) {
                                    long seen = watermark.get();
                                    if (seen > 0) {
                                        long i = 1 + (long) (random.nextDouble() * (seen - 1));
                                        long found = index.findBelow(hash(i), 16 * seen + 1);
                                        if (found % 16 != 0 || found < 16 * i) {
                                            failure.set(
                                                    new AssertionError(i + " gave " + found));
                                        }
                                    }
                                }
                            });
            reader.setUncaughtExceptionHandler((thread, t) -> failure.set(t));
            reader.start();
            for (long i = 1; i <= last; i++) {
                index.add(hash(i), 16 * i);
                watermark.set(i);
            }
            reader.join();
        }
        assertEquals(null, failure.get());
    }

    /** Every third number shares its hash with others, so that there are chains. */
    private static long hash(long i) {
        long n = i % 3 == 0 ? i % 999 : i;
        return (n + 1) * 0x9E37_79B9_7F4A_7C15L;
    }

    @Test
    void shouldKeepHeightsInOrderHoweverTheyCome() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            Map<Long, NavigableSet<Long>> twin = new HashMap<>();
            try (Arena arena = Arena.ofShared()) {
                HeightIndex index = new HeightIndex(arena);
                for (long i = 1; i <= 800; i++) {
                    boolean late = random.nextInt(10) == 0;
                    long height = late ? (long) (random.nextDouble() * i) : i;
                    index.add(height, 16 * i);
                    twin.computeIfAbsent(height, key -> new TreeSet<>()).add(16 * i);
                }
                for (long height = 0; height <= 801; height++) {
                    long bound = 1L + random.nextInt(13_000);
                    NavigableSet<Long> versions = twin.getOrDefault(height, new TreeSet<>());
                    Long expected = versions.lower(bound);
                    assertEquals(
                            expected == null ? HeightIndex.NONE : expected,
                            index.findBelow(height, bound),
                            "seed " + seed);
                    assertEquals(
                            nextHeight(twin, height, bound),
                            index.nextHeight(height, bound),
                            "seed " + seed);
                }
                assertEquals(800, index.count());
            }
        }
    }

    private static long nextHeight(Map<Long, NavigableSet<Long>> twin, long from, long bound) {
        return twin.entrySet().stream()
                .filter(e -> e.getKey() >= from && e.getValue().first() < bound)
                .mapToLong(Map.Entry::getKey)
                .min()
                .orElse(HeightIndex.NONE);
    }
}
