package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Filters beyond 2^31 and 2^32 bytes, where filters of others overflow, and with shards beyond
 * that. The twin is arithmetic in integers of any size, and a map of the few lines in use.
 */
final class LargeFilterTest {

    private static final long SEED = 31;
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);

    /** Takes 4.5 GiB. */
    @Test
    void shouldUseAllOfARealFilterBeyondFourGibibytes() throws IOException {
        BloomGeometry geometry = BloomGeometry.forMemory(9L << 29);
        assertTrue(geometry.totalLength() > 1L << 32);
        // Others want some too: with less, the system might end a process, or swap for minutes.
        long wanted = geometry.totalLength() + (1L << 30);
        long available = availableMemory();
        assumeTrue(
                available >= wanted,
                "of memory, " + wanted + " bytes are wanted and " + available + " available");
        try (BloomFilter filter = createOrSkip(geometry)) {
            int ids = 20_000_000;
            SplittableRandom random = new SplittableRandom(SEED);
            for (int i = 0; i < ids; i++) {
                filter.addHash(random.nextLong(), random.nextLong());
            }
            SplittableRandom again = new SplittableRandom(SEED);
            for (int i = 0; i < ids; i++) {
                assertTrue(filter.mayContainHash(again.nextLong(), again.nextLong()), "id " + i);
            }
            int maybe = 0;
            for (int i = 0; i < 1_000_000; i++) {
                maybe += filter.mayContainHash(random.nextLong(), random.nextLong()) ? 1 : 0;
            }
            assertTrue(maybe < 10, "every 45th line has an id, yet maybe: " + maybe);
            FilterEstimate estimate = filter.estimate(1 << 20);
            assertEquals(1, estimate.ids() / ids, 0.02, estimate.toString());
            assertEvenlyUsed(filter);
        }
    }

    /**
     * What the system can give without swapping, the page cache's part among it; but of a container
     * no more than it may have in all, which the system does not tell.
     */
    private static long availableMemory() throws IOException {
        OperatingSystemMXBean system =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        Path told = Path.of("/proc/meminfo");
        return Files.isReadable(told)
                ? Math.min(availableMemory(told), system.getTotalMemorySize())
                : system.getFreeMemorySize();
    }

    private static long availableMemory(Path told) throws IOException {
        return Files.readAllLines(told).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElse(0);
    }

    private static BloomFilter createOrSkip(BloomGeometry geometry) {
        try {
            return BloomFilter.create(geometry, HASH);
        } catch (OutOfMemoryError e) {
            return abort("this process may not have so much memory: " + e.getMessage());
        }
    }

    /** No part of the memory is out of reach, as it is where positions have only 31 bits. */
    private static void assertEvenlyUsed(BloomFilter filter) {
        BloomGeometry geometry = filter.geometry();
        long length = geometry.shardLength() / 8;
        MemorySegment eighth = MemorySegment.ofArray(new byte[(int) length]);
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            for (int part = 0; part < 8; part++) {
                eighth.copyFrom(
                        filter.memory(shard).asSlice(part * length, length));
                long used = 0;
                for (long at = 0; at < length; at += LineProbe.LINE_LENGTH) {
                    used += LineProbe.bitCount(eighth, at) > 0 ? 1 : 0;
                }
                long lines = length / LineProbe.LINE_LENGTH;
                // 20 M ids in 75 M lines: 23.3 percent of the lines are expected to be used.
                double share = (double) used / lines;
                assertEquals(0.233, share, 0.015, "shard " + shard + ", part " + part);
            }
        }
    }

    /** 2^43 bits: shards of 4 GiB in memory of which only the lines in use exist. */
    @Test
    @Tag("native")
    void shouldFindTheLinesOfASparseFilterOfATebibyte() {
        assumeTrue(FilterMemory.best() == FilterMemory.HUGE_PAGES, "native access is not enabled");
        BloomGeometry geometry = BloomGeometry.forMemory(1L << 40);
        assertEquals(1L << 32, geometry.shardLength());
        Arena arena = Arena.ofShared();
        MemorySegment memory = mapOrSkip(geometry.totalLength(), arena);
        try (BloomFilter filter = BloomFilter.over(memory, geometry, HASH, arena).allLoaded()) {
            TreeMap<Long, Integer> lines = new TreeMap<>();
            // Each takes a huge page of 2 MiB where the system has them.
            for (int i = 0; i < 300; i++) {
                MemorySegment id = BloomFilterTest.id(i);
                assertFalse(filter.mayContain(id, 0, 32), "id " + i);
                assertTrue(filter.addIfAbsent(id, 0, 32), "id " + i);
                assertTrue(filter.mayContain(id, 0, 32), "id " + i);
                lines.merge(line(HASH.high(id, 0, 32), geometry), 1, Integer::sum);
            }
            assertTrue(lines.lastKey() > (1L << 34) - (1L << 29), "the end is in use");
            lines.forEach(
                    (line, ids) -> {
                        long offset = line * LineProbe.LINE_LENGTH;
                        assertEquals(
                                7 * ids, LineProbe.bitCount(memory, offset), "line " + line);
                    });
        }
    }

    private static MemorySegment mapOrSkip(long length, Arena arena) {
        try {
            return FilterMemory.map(length, arena);
        } catch (OutOfMemoryError e) {
            return abort("this process may not have so much address space: " + e.getMessage());
        }
    }

    /**
     * floor(shard's part of the hash as a fraction, times the shard's lines), behind its shards.
     */
    private static long line(long high, BloomGeometry geometry) {
        BigInteger hash = new BigInteger(Long.toUnsignedString(high));
        BigInteger lines = BigInteger.valueOf(geometry.linesPerShard());
        BigInteger[] shardAndRest = hash.divideAndRemainder(BigInteger.ONE.shiftLeft(56));
        BigInteger lineOfShard = shardAndRest[1].multiply(lines).shiftRight(56);
        return shardAndRest[0].multiply(lines).add(lineOfShard).longValueExact();
    }
}
