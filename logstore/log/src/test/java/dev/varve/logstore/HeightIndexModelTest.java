package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The height index in lock-step with a sorted map, whatever the order in which heights come. */
final class HeightIndexModelTest {

    @Test
    void shouldAnswerAsASortedMapWhenHeightsComeInAnyOrder() {
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            try (Arena arena = Arena.ofShared()) {
                HeightIndex index = new HeightIndex(arena);
                NavigableMap<Long, NavigableSet<Long>> twin = new TreeMap<>();
                int count = random.nextInt(400);
                long range = 1 + random.nextLong(500);
                int disorder = random.nextInt(10);
                for (long i = 1; i <= count; i++) {
                    long height = random.nextInt(10) < disorder ? random.nextLong(range) : i;
                    index.add(height, 16L * i);
                    twin.computeIfAbsent(height, h -> new TreeSet<>()).add(16L * i);
                }
                assertEquals(count, index.count());
                for (int i = 0; i < 100; i++) {
                    long bound = 16 * random.nextLong(count + 2L);
                    check(index, twin, random.nextLong(600), bound, seed);
                }
            }
        }
    }

    private static void check(
            HeightIndex index,
            NavigableMap<Long, NavigableSet<Long>> twin,
            long h,
            long bound,
            long seed) {
        String what = "seed " + seed + ", height " + h + ", bound " + bound;
        NavigableSet<Long> offsets = twin.getOrDefault(h, new TreeSet<>());
        Long newest = offsets.lower(bound);
        assertEquals(newest == null ? HeightIndex.NONE : newest, index.findBelow(h, bound), what);
        long next = HeightIndex.NONE;
        long last = HeightIndex.NONE;
        for (Map.Entry<Long, NavigableSet<Long>> e : twin.entrySet()) {
            if (e.getValue().first() < bound) {
                next = next == HeightIndex.NONE && e.getKey() >= h ? e.getKey() : next;
                last = e.getKey();
            }
        }
        assertEquals(next, index.nextHeight(h, bound), what);
        assertEquals(last, index.lastHeight(bound), what);
    }

    @Test
    void shouldHoldTheHighestHeightThereIs() {
        try (Arena arena = Arena.ofShared()) {
            HeightIndex index = new HeightIndex(arena);
            index.add(Long.MAX_VALUE, 16);
            index.add(3, 32);
            index.add(Long.MAX_VALUE, 48);
            assertEquals(48, index.findBelow(Long.MAX_VALUE, 64));
            assertEquals(16, index.findBelow(Long.MAX_VALUE, 48));
            assertEquals(Long.MAX_VALUE, index.lastHeight(64));
        }
    }

    @Test
    void shouldStaySmallWhenHeightsComeInDescendingOrder() {
        int count = 20_000;
        try (Arena arena = Arena.ofShared()) {
            HeightIndex index = new HeightIndex(arena);
            for (int i = 1; i <= count; i++) {
                index.add(count - i, 16L * i);
            }
            long bytes = index.memoryBytes();
            assertTrue(bytes < 400L * count, () -> bytes + " bytes for " + count + " heights");
            assertEquals(16L * count, index.findBelow(0, Long.MAX_VALUE));
        }
    }
}
