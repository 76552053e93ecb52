package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Run once more with native access, where the pages of outgrown lines are given back. */
@Tag("native")
final class ShardRebuildTest {

    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 7, 8);
    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 100_000);
    private static final int IDS = 150_000;

    private static long high(long id) {
        return mix(id * 2 + 1);
    }

    private static long low(long id) {
        return mix(id * 2 + 2);
    }

    private static long mix(long value) {
        long mixed = value * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return mixed ^ mixed >>> 29;
    }

    private static void addAll(BloomFilter filter, int from, int to) {
        for (int id = from; id < to; id++) {
            filter.addHash(high(id), low(id));
        }
    }

    private static void feed(ShardRebuild rebuild, int to) {
        IdBatch batch = new IdBatch(HASH, 1_000);
        for (int id = 0; id < to; id++) {
            batch.putHash(high(id), low(id));
            if (batch.size() == batch.capacity() || id == to - 1) {
                rebuild.add(batch);
                batch.clear();
            }
        }
    }

    private static void grow(BloomFilter filter, int step, long lines, int ids) {
        for (int first = 0; first < BloomGeometry.SHARDS; first += step) {
            int end = Math.min(first + step, BloomGeometry.SHARDS);
            try (ShardRebuild rebuild = ShardRebuild.begin(filter, first, end, lines)) {
                feed(rebuild, ids);
                rebuild.finish();
            }
        }
    }

    private static void assertHolds(BloomFilter filter, int ids) {
        IdBatch batch = new IdBatch(HASH, ids);
        for (int id = 0; id < ids; id++) {
            assertTrue(filter.mayContainHash(high(id), low(id)), "a false negative: id " + id);
            batch.putHash(high(id), low(id));
        }
        filter.mayContain(batch);
        assertEquals(ids, batch.trueAnswers());
    }

    /** The twin is a filter that had so many lines from the begin on: bit for bit the same. */
    private static void assertSame(BloomFilter expected, BloomFilter filter) {
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            long found = expected.memory(shard).mismatch(filter.memory(shard));
            assertEquals(-1, found, "shard " + shard);
        }
    }

    @Test
    void shouldBecomeTheLargerFilterWhenAllShardsHaveMoved() {
        BloomGeometry larger = new BloomGeometry(48, 7, 300_000);
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH);
                BloomFilter expected = BloomFilter.create(larger, HASH)) {
            addAll(filter, 0, IDS);
            addAll(expected, 0, IDS);
            double before = filter.estimate().falsePositiveRate();
            grow(filter, 100, 48, IDS);
            assertSame(expected, filter);
            assertHolds(filter, IDS);
            assertEquals(48, filter.lines(0));
            assertEquals(larger.totalLength(), filter.length());
            assertEquals(300_000, filter.capacity());
            assertEquals(
                    expected.estimate().falsePositiveRate(),
                    filter.estimate().falsePositiveRate());
            assertTrue(filter.estimate().falsePositiveRate() < before / 5, "it has grown");
            assertEquals(IDS, filter.estimate().ids(), 0.02 * IDS);
        }
    }

    @Test
    void shouldAnswerRightWhenShardsHaveDifferentLines() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            addAll(filter, 0, 1_000);
            try (ShardRebuild rebuild = ShardRebuild.begin(filter, 10, 20, 32)) {
                feed(rebuild, 1_000);
                rebuild.finish();
            }
            addAll(filter, 1_000, 2_000);
            assertHolds(filter, 2_000);
            assertEquals(32, filter.lines(10));
            assertEquals(16, filter.lines(20));
            int maybe = 0;
            for (int id = 2_000; id < 12_000; id++) {
                maybe += filter.mayContainHash(high(id), low(id)) ? 1 : 0;
            }
            assertTrue(maybe < 100, "maybe: " + maybe);
            grow(filter, 1, 64, 2_000);
            grow(filter, 256, 80, 2_000);
            assertHolds(filter, 2_000);
        }
    }

    @Test
    void shouldClearWrongBitsWhenRebuiltWithAsManyLines() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH);
                BloomFilter expected = BloomFilter.create(SMALL, HASH)) {
            addAll(filter, 0, 20_000);
            addAll(expected, 0, 20_000);
            filter.fill(3);
            filter.fill(4);
            grow(filter, 7, 16, 20_000);
            assertSame(expected, filter);
        }
    }

    @Test
    void shouldStayAsItWasWhenARebuildIsGivenUp() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            addAll(filter, 0, 1_000);
            try (ShardRebuild rebuild = ShardRebuild.begin(filter, 0, 256, 32)) {
                assertEquals(256, rebuild.count());
                feed(rebuild, 500);
                addAll(filter, 1_000, 2_000);
                assertHolds(filter, 2_000);
            }
            assertHolds(filter, 2_000);
            assertEquals(16, filter.lines(0));
            grow(filter, 9, 32, 2_000);
            assertHolds(filter, 2_000);
        }
    }

    @Test
    void shouldRefuseWhatIsNoRebuild() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH);
                ShardRebuild rebuild = ShardRebuild.begin(filter, 5, 8, 32)) {
            assertEquals(3, rebuild.count());
            assertThrows(
                    IllegalStateException.class, () -> ShardRebuild.begin(filter, 0, 6, 32));
            ShardRebuild.begin(filter, 0, 5, 32).close();
            assertThrows(
                    IllegalArgumentException.class, () -> ShardRebuild.begin(filter, 9, 9, 32));
            assertThrows(
                    IllegalArgumentException.class, () -> ShardRebuild.begin(filter, 0, 257, 32));
            assertThrows(
                    IllegalArgumentException.class, () -> ShardRebuild.begin(filter, 0, 1, 17));
            rebuild.finish();
            assertThrows(
                    IllegalArgumentException.class, () -> ShardRebuild.begin(filter, 5, 6, 16));
            assertThrows(
                    IllegalArgumentException.class, () -> ShardRebuild.begin(filter, 4, 6, 64));
        }
        try (BloomFilter loading = BloomFilter.loading(SMALL, HASH)) {
            assertThrows(
                    IllegalStateException.class, () -> ShardRebuild.begin(loading, 0, 1, 32));
        }
    }

    /** With huge pages no memory is taken before it is written. */
    @Test
    void shouldKeepTheMemoryItHasWhenThereIsNoneForTheOtherShards() {
        assumeTrue(FilterMemory.best() == FilterMemory.PLAIN, "native access is enabled");
        long[] lines = new long[BloomGeometry.SHARDS];
        Arrays.fill(lines, 0, 100, 16);
        Arrays.fill(lines, 100, BloomGeometry.SHARDS, 32);
        long row = 32L * BloomGeometry.SHARDS * LineProbe.LINE_LENGTH;
        AtomicLong left = new AtomicLong(row);
        AtomicLong given = new AtomicLong();
        WatchedArena arena =
                new WatchedArena(
                        length -> {
                            if (left.addAndGet(-length) < 0) {
                                left.addAndGet(length);
                                throw new OutOfMemoryError("simulated");
                            }
                            given.addAndGet(length);
                        });
        try (BloomFilter filter = BloomFilter.loading(SMALL, HASH, lines, arena, () -> {})) {
            assertThrows(OutOfMemoryError.class, () -> filter.addHash(1, 2));
            assertThrows(OutOfMemoryError.class, () -> filter.addHash(1, 2));
            left.addAndGet(9 * row);
            addAll(filter.allLoaded(), 0, 1_000);
            assertHolds(filter, 1_000);
            assertEquals(row + 100 * 16 * LineProbe.LINE_LENGTH, given.get());
            grow(filter, 100, 32, 1_000);
            assertEquals(row + 100 * 16 * LineProbe.LINE_LENGTH, given.get(), "the same row");
            assertHolds(filter, 1_000);
        }
    }

    /** Who begins a rebuild locks stripes, so whoever adds would wait for the memory as well. */
    @Test
    void shouldGoOnWhileMemoryIsTakenForGrowth() throws Exception {
        assumeTrue(FilterMemory.best() == FilterMemory.PLAIN, "native access is enabled");
        long[] lines = new long[BloomGeometry.SHARDS];
        Arrays.fill(lines, 16);
        long row = 32L * BloomGeometry.SHARDS * LineProbe.LINE_LENGTH;
        CountDownLatch taking = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        WatchedArena arena =
                new WatchedArena(
                        length -> {
                            if (length == row) {
                                taking.countDown();
                                await(free);
                            }
                        });
        try (BloomFilter filter =
                        BloomFilter.loading(SMALL, HASH, lines, arena, () -> {}).allLoaded();
                ExecutorService pool = Executors.newFixedThreadPool(2)) {
            Future<?> growing = pool.submit(() -> grow(filter, 1, 32, 0));
            try {
                await(taking);
                Future<?> mending =
                        pool.submit(() -> ShardRebuild.begin(filter, 9, 10, 16).close());
                mending.get(1, TimeUnit.MINUTES);
            } finally {
                free.countDown();
            }
            growing.get(1, TimeUnit.MINUTES);
            assertEquals(32, filter.lines(0));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(1, TimeUnit.MINUTES));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A checkpoint is of the lines that a shard had, or of those that it has. */
    @Test
    void shouldOpenWithTheLinesThatItsFilesTell() {
        SimDisk disk = new SimDisk();
        FilterFiles files = new FilterFiles(disk);
        try (BloomFilter filter = files.create(SMALL, HASH)) {
            addAll(filter, 0, 1_000);
            for (int shard = 0; shard < 200; shard++) {
                files.checkpoint(filter, shard, 1_000, BandwidthBudget.unlimited());
            }
            grow(filter, 256, 32, 1_000);
            for (int shard = 0; shard < 50; shard++) {
                files.checkpoint(filter, shard, 1_000, BandwidthBudget.unlimited());
            }
        }
        try (BloomFilter filter = files.open(HASH)) {
            assertEquals(32, filter.lines(0), "a checkpoint after growth");
            assertEquals(16, filter.lines(100), "one before");
            assertEquals(32, filter.lines(200), "none: as many as the largest");
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                files.load(filter, shard);
                filter.publish(shard);
            }
            addAll(filter, 0, 1_000);
            assertHolds(filter, 1_000);
            for (int first = 50; first < 200; first += 10) {
                try (ShardRebuild rebuild = ShardRebuild.begin(filter, first, first + 10, 32)) {
                    feed(rebuild, 1_000);
                    rebuild.finish();
                }
            }
            assertHolds(filter, 1_000);
            files.closeInOrder(filter, 1_000);
        }
        try (BloomFilter closed = files.openReadOnly();
                BloomFilter expected =
                        BloomFilter.create(new BloomGeometry(32, 7, 200_000), HASH)) {
            addAll(expected, 0, 1_000);
            assertSame(expected, closed);
            assertFalse(closed.mayContainHash(high(IDS), low(IDS)));
        }
    }

    /**
     * One thread adds, one asks, one writes checkpoints, and one rebuilds: whatever was added is
     * found, in the filter as in every checkpoint.
     */
    @Test
    void shouldMissNoIdWhileShardsMove() throws Exception {
        SimDisk disk = new SimDisk();
        FilterFiles files = new FilterFiles(disk);
        AtomicInteger added = new AtomicInteger();
        AtomicInteger rounds = new AtomicInteger();
        int last = 6;
        try (BloomFilter filter = files.create(SMALL, HASH);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> running = new ArrayList<>();
            running.add(
                    threads.submit(
                            () -> {
                                while (rounds.get() < last) {
                                    int id = added.get();
                                    filter.addHash(high(id), low(id));
                                    added.set(id + 1);
                                    TimeUnit.NANOSECONDS.sleep(1);
                                }
                                return null;
                            }));
            running.add(
                    threads.submit(
                            () -> {
                                while (rounds.get() < last) {
                                    int end = added.get();
                                    for (int id = 0; id < end; id += 1 + id % 7) {
                                        assertTrue(
                                                filter.mayContainHash(high(id), low(id)),
                                                "a false negative: id " + id);
                                    }
                                }
                                return null;
                            }));
            running.add(
                    threads.submit(
                            () -> {
                                for (int shard = 0; rounds.get() < last; shard++) {
                                    files.checkpoint(
                                            filter,
                                            shard % BloomGeometry.SHARDS,
                                            added.get(),
                                            BandwidthBudget.unlimited());
                                }
                                return null;
                            }));
            for (int round = 1; round <= last; round++) {
                growWhileOthersAdd(filter, 16L * (round + 1), added);
                rounds.set(round);
            }
            for (Future<?> future : running) {
                future.get();
            }
            assertHolds(filter, added.get());
        }
        assertCheckpointsHoldTheirPositions(files);
    }

    private static void assertCheckpointsHoldTheirPositions(FilterFiles files) {
        try (BloomFilter filter = files.open(HASH)) {
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                long position = Math.max(0, files.load(filter, shard).position());
                filter.publish(shard);
                for (int id = 0; id < position; id++) {
                    boolean mine = BloomGeometry.shard(high(id)) == shard;
                    assertTrue(!mine || filter.mayContainHash(high(id), low(id)), "id " + id);
                }
            }
        }
    }

    private static void growWhileOthersAdd(BloomFilter filter, long lines, AtomicInteger added) {
        for (int first = 0; first < BloomGeometry.SHARDS; first += 32) {
            try (ShardRebuild rebuild = ShardRebuild.begin(filter, first, first + 32, lines)) {
                // One more may be in the filter, and not counted yet.
                feed(rebuild, added.get() + 1);
                rebuild.finish();
            }
        }
    }
}
