package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tagged to run twice: over an arena's memory, and over huge pages where native access is on. */
@Tag("native")
final class BloomFilterTest {

    private static final long SEED = 99;
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
    private static final BloomGeometry SMALL = BloomGeometry.forMemory(1 << 20);

    @Test
    void shouldFindEveryIdThatWasAdded() {
        byte[] id = new byte[IdHash.MAX_ID_LENGTH];
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            for (int pass = 0; pass < 2; pass++) {
                SplittableRandom random = new SplittableRandom(SEED);
                for (int i = 0; i < 100_000; i++) {
                    int length = 1 + random.nextInt(i % 100 == 0 ? 1_024 : 40);
                    random.nextBytes(id);
                    MemorySegment segment = MemorySegment.ofArray(id);
                    if (pass == 0) {
                        filter.add(segment, 0, length);
                    }
                    assertTrue(filter.mayContain(segment, 0, length), "seed " + SEED + ", " + i);
                }
            }
        }
    }

    @Test
    void shouldAnswerAbsentWhenEmpty() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            for (int i = 0; i < 10_000; i++) {
                assertFalse(filter.mayContain(id(i), 0, 32));
            }
            assertEquals(new FilterEstimate(0, 0, 0), filter.estimate());
        }
    }

    @Test
    void shouldTellTheFirstAdderOnly() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            for (int i = 0; i < 1_000; i++) {
                assertTrue(filter.addIfAbsent(id(i), 0, 32), "id " + i);
                assertFalse(filter.addIfAbsent(id(i), 0, 32), "id " + i);
            }
        }
    }

    /** Single calls are the naive twin of batches. */
    @Test
    void shouldAnswerForABatchAsForItsIdsOneByOne() {
        SplittableRandom random = new SplittableRandom(SEED);
        BloomGeometry crowded = BloomGeometry.forMemory(256 << 10);
        try (BloomFilter one = BloomFilter.create(crowded, HASH);
                BloomFilter many = BloomFilter.create(crowded, HASH)) {
            IdBatch batch = new IdBatch(HASH, 3_000);
            for (int round = 0; round < 60; round++) {
                int size = random.nextInt(batch.capacity() + 1);
                int[] ids = random.ints(size, 0, 60_000).toArray();
                fill(batch, ids);
                many.mayContain(batch);
                for (int i = 0; i < size; i++) {
                    assertEquals(one.mayContain(id(ids[i]), 0, 32), batch.answer(i));
                }
                if (round % 3 == 0) {
                    many.add(batch);
                    for (int id : ids) {
                        one.add(id(id), 0, 32);
                    }
                } else {
                    many.addIfAbsent(batch);
                    assertAnswersAsOneByOne(one, ids, batch);
                }
                assertSameBits(one, many, "seed " + SEED + ", round " + round);
            }
        }
    }

    /** Even false positives agree: ids that could share a line are worked off in their order. */
    private static void assertAnswersAsOneByOne(BloomFilter one, int[] ids, IdBatch batch) {
        int absent = 0;
        int differing = 0;
        for (int i = 0; i < ids.length; i++) {
            boolean expected = one.addIfAbsent(id(ids[i]), 0, 32);
            absent += batch.answer(i) ? 1 : 0;
            differing += expected == batch.answer(i) ? 0 : 1;
        }
        assertEquals(0, differing, "ids that answer otherwise, seed " + SEED);
        assertEquals(absent, batch.trueAnswers());
    }

    @Test
    void shouldLetTheFirstOfEqualIdsWin() {
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            IdBatch batch = new IdBatch(HASH, 2_000);
            fill(batch, new SplittableRandom(SEED).ints(2_000, 0, 500).toArray());
            int[] ids = new SplittableRandom(SEED).ints(2_000, 0, 500).toArray();
            filter.addIfAbsent(batch);
            boolean[] seen = new boolean[500];
            for (int i = 0; i < ids.length; i++) {
                assertEquals(!seen[ids[i]], batch.answer(i), "index " + i);
                seen[ids[i]] = true;
            }
        }
    }

    @Test
    void shouldGiveTheSameAnswersAndBitsForAnyNumberOfThreads() throws InterruptedException {
        BloomGeometry crowded = BloomGeometry.forMemory(256 << 10);
        int[] ids = new SplittableRandom(SEED).ints(200_000, 0, 400_000).toArray();
        IdBatch reference = new IdBatch(HASH, ids.length);
        fill(reference, ids);
        try (BloomFilter sequential = BloomFilter.create(crowded, HASH)) {
            sequential.addIfAbsent(reference);
            for (int parts : new int[] {2, 3, 7, 256}) {
                IdBatch batch = new IdBatch(HASH, ids.length);
                fill(batch, ids);
                batch.arrange();
                try (BloomFilter filter = BloomFilter.create(crowded, HASH)) {
                    runParts(parts, part -> filter.addIfAbsentPart(batch, part, parts));
                    for (int i = 0; i < ids.length; i++) {
                        assertEquals(reference.answer(i), batch.answer(i), "parts " + parts);
                    }
                    assertSameBits(sequential, filter, "parts " + parts);
                    runParts(parts, part -> filter.mayContainPart(batch, part, parts));
                    assertEquals(ids.length, batch.trueAnswers());
                    runParts(parts, part -> filter.addPart(batch, part, parts));
                    assertSameBits(sequential, filter, "parts " + parts + ", again");
                }
            }
        }
    }

    @Test
    void shouldAnswerForABatchAsForEachIdWhateverPartIsKnown() {
        SplittableRandom random = new SplittableRandom(SEED);
        try (BloomFilter filter = BloomFilter.create(BloomGeometry.forMemory(256 << 10), HASH)) {
            long ids = filter.geometry().expectedIds();
            for (int id = 0; id < ids; id++) {
                filter.add(id(id), 0, 32);
            }
            for (int round = 0; round < 2_000; round++) {
                int size = 1 + random.nextInt(round % 10 == 0 ? 1_000 : 300);
                IdBatch batch = new IdBatch(HASH, size);
                int[] asked = stretches(random, size, (int) ids);
                fill(batch, asked);
                String when = "seed " + SEED + ", round " + round;
                filter.mayContain(batch);
                assertSameAnswers(filter, batch, asked, when);
                batch.arrange();
                for (int part = 0; part < 3; part++) {
                    filter.mayContainPart(batch, part, 3);
                }
                assertSameAnswers(filter, batch, asked, when + ", in parts");
            }
        }
    }

    /** Ids in stretches, of which none, some or all are below {@code known}. */
    private static int[] stretches(SplittableRandom random, int size, int known) {
        int[] ids = new int[size];
        int percent = 0;
        for (int i = 0; i < size; i++) {
            if (random.nextInt(100) == 0 || i == 0) {
                percent = random.nextInt(5) * 25;
            }
            ids[i] = random.nextInt(known) + (random.nextInt(100) < percent ? 0 : known);
        }
        return ids;
    }

    private static void assertSameAnswers(
            BloomFilter filter, IdBatch batch, int[] ids, String when) {
        for (int i = 0; i < ids.length; i++) {
            boolean expected = filter.mayContain(id(ids[i]), 0, 32);
            assertEquals(expected, batch.answer(i), when + ", index " + i + " of " + ids.length);
        }
    }

    private interface Part {
        void run(int part);
    }

    private static void runParts(int parts, Part body) throws InterruptedException {
        Thread[] threads = new Thread[parts];
        for (int part = 0; part < parts; part++) {
            int mine = part;
            threads[part] = new Thread(() -> body.run(mine));
            threads[part].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void shouldAnswerMaybeWhenTheShardIsNotLoaded() {
        try (BloomFilter filter = BloomFilter.loading(SMALL, HASH)) {
            IdBatch batch = new IdBatch(HASH, 100);
            fill(batch, new SplittableRandom(SEED).ints(100).toArray());
            assertFalse(filter.isLoaded(0));
            assertTrue(filter.mayContain(id(1), 0, 32));
            assertFalse(filter.addIfAbsent(id(1), 0, 32), "it may have been added before");
            filter.mayContain(batch);
            assertEquals(100, batch.trueAnswers());
            filter.addIfAbsent(batch);
            assertEquals(0, batch.trueAnswers());
            assertEquals(1, filter.estimate().falsePositiveRate());
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                filter.publish(shard);
            }
            assertTrue(filter.isLoaded(0));
            assertTrue(filter.mayContain(id(1), 0, 32), "what was added while loading stays");
            filter.mayContain(batch);
            assertEquals(100, batch.trueAnswers());
            assertFalse(filter.mayContain(id(2), 0, 32));
            assertTrue(filter.addIfAbsent(id(2), 0, 32));
        }
    }

    /** It is as an arena gives it that memory takes its time; huge pages are there at once. */
    @Test
    void shouldTakeMemoryOnlyOnceSomebodyAdds() {
        assumeTrue(FilterMemory.best() == FilterMemory.PLAIN, "native access is enabled");
        BloomGeometry absurd = new BloomGeometry(1L << 40, 5, 1);
        try (BloomFilter filter = BloomFilter.loading(absurd, HASH)) {
            assertTrue(filter.mayContain(id(1), 0, 32));
            IdBatch batch = new IdBatch(HASH, 100);
            fill(batch, new SplittableRandom(SEED).ints(100).toArray());
            filter.mayContain(batch);
            assertEquals(100, batch.trueAnswers());
            batch.arrange();
            filter.mayContainPart(batch, 3, 4);
            assertEquals(1L << 40, filter.lines(200));
            assertEquals(1L << 54, filter.length());
            assertEquals(1, filter.estimate().falsePositiveRate());
            assertThrows(OutOfMemoryError.class, () -> filter.addHash(1, 2));
            assertThrows(OutOfMemoryError.class, () -> filter.addHashIfAbsent(1, 2));
            assertThrows(OutOfMemoryError.class, () -> filter.add(batch));
            assertThrows(OutOfMemoryError.class, () -> filter.addIfAbsent(batch));
            assertThrows(OutOfMemoryError.class, () -> filter.publish(0));
            assertTrue(filter.mayContain(id(1), 0, 32));
        }
    }

    @Test
    void shouldLoseNothingThatIsAddedWhileMemoryIsTaken() throws InterruptedException {
        int parts = 4;
        for (int round = 0; round < 50; round++) {
            try (BloomFilter filter = BloomFilter.loading(SMALL, HASH)) {
                CyclicBarrier together = new CyclicBarrier(parts);
                runParts(
                        parts,
                        part -> {
                            await(together);
                            for (int i = part; i < 400; i += parts) {
                                filter.add(id(i), 0, 32);
                                filter.mayContain(id(i + 1_000), 0, 32);
                            }
                        });
                for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                    filter.publish(shard);
                }
                for (int i = 0; i < 400; i++) {
                    assertTrue(filter.mayContain(id(i), 0, 32), "lost id " + i);
                }
            }
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldEstimateRateAndCountWithoutQueries() {
        BloomGeometry geometry = BloomGeometry.forMemory(4 << 20);
        try (BloomFilter filter = BloomFilter.create(geometry, HASH)) {
            long ids = geometry.expectedIds();
            SplittableRandom random = new SplittableRandom(SEED);
            for (long i = 0; i < ids; i++) {
                filter.addHash(random.nextLong(), random.nextLong());
            }
            FilterEstimate estimate = filter.estimate();
            double theory = geometry.falsePositiveRate(ids);
            assertEquals(1, estimate.falsePositiveRate() / theory, 0.02, estimate.toString());
            assertEquals(1, estimate.ids() / ids, 0.01, estimate.toString());
            int queries = 2_000_000;
            int hits = 0;
            for (int i = 0; i < queries; i++) {
                hits += filter.mayContainHash(random.nextLong(), random.nextLong()) ? 1 : 0;
            }
            double measured = (double) hits / queries;
            assertEquals(1, measured / estimate.falsePositiveRate(), 0.04, "measured " + measured);
            assertEquals(estimate.fill(), filter.estimate(256 * 100).fill(), 0.01);
            assertThrows(IllegalArgumentException.class, () -> filter.estimate(255));
        }
    }

    @Test
    void shouldRefuseMisuse() {
        IdBatch batch = new IdBatch(HASH, 2);
        IdBatch foreign = new IdBatch(IdHash.create(IdHashAlgorithm.FOLDED, 3, 5), 2);
        BloomFilter filter = BloomFilter.create(SMALL, HASH);
        assertThrows(IllegalArgumentException.class, () -> filter.mayContain(foreign));
        assertThrows(IllegalStateException.class, () -> filter.addPart(batch, 0, 2));
        batch.arrange();
        assertThrows(IllegalArgumentException.class, () -> filter.addPart(batch, 2, 2));
        assertThrows(IllegalArgumentException.class, () -> filter.addPart(batch, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> filter.addPart(batch, 0, 257));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.answer(0));
        batch.putAll(MemorySegment.ofArray(new byte[64]), 32, 32, 2);
        assertThrows(IllegalArgumentException.class, () -> batch.put(id(1), 0, 32));
        assertThrows(IllegalArgumentException.class, () -> new IdBatch(HASH, 0));
        filter.close();
        filter.close();
        assertThrows(IllegalStateException.class, () -> filter.add(id(1), 0, 32));
        assertThrows(IllegalStateException.class, () -> filter.mayContain(id(1), 0, 32));
        assertThrows(IllegalStateException.class, () -> filter.mayContain(batch));
        // A lock that was taken when memory was found closed is free again.
        assertThrows(IllegalStateException.class, () -> filter.add(id(1), 0, 32));
    }

    /** Ids that lie apart, as fields of records do, or over each other. */
    @ParameterizedTest
    @CsvSource({"0, 32", "1, 20", "31, 32", "40, 32", "1000, 7", "1024, 1000"})
    void shouldTakeIdsThatLieAStrideApart(long stride, int length) {
        int count = 300;
        byte[] bytes = new byte[Math.toIntExact(stride * (count - 1) + length)];
        new SplittableRandom(7).nextBytes(bytes);
        MemorySegment ids = MemorySegment.ofArray(bytes);
        IdBatch batch = new IdBatch(HASH, count + 1);
        batch.put(id(1), 0, 32);
        batch.putAll(ids, stride, length, count);
        assertEquals(count + 1, batch.size());
        for (int i = 0; i < count; i++) {
            int at = (int) (i * stride);
            byte[] copy = Arrays.copyOfRange(bytes, at, at + length);
            MemorySegment id = MemorySegment.ofArray(copy);
            assertEquals(HASH.high(id, 0, length), batch.high(i + 1), "id " + i);
            assertEquals(HASH.low(id, 0, length), batch.low(i + 1), "id " + i);
        }
        // The last id would end behind the segment.
        IdBatch second = new IdBatch(HASH, count);
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> second.putAll(ids, stride, length + 1, count));
        assertEquals(0, second.size());
    }

    @Test
    void shouldAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        MemorySegment ids = MemorySegment.ofArray(new byte[1_000 * 32]);
        IdBatch batch = new IdBatch(HASH, 1_000);
        try (BloomFilter filter = BloomFilter.create(SMALL, HASH)) {
            work(filter, batch, ids, 40);
            long before = threads.getThreadAllocatedBytes(thread);
            work(filter, batch, ids, 40);
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertTrue(allocated < 1_024, "bytes for 200,000 calls and 120 batches: " + allocated);
        }
    }

    private static void work(BloomFilter filter, IdBatch batch, MemorySegment ids, int rounds) {
        for (int round = 0; round < rounds; round++) {
            batch.clear();
            batch.putAll(ids, 32, 32, 1_000);
            filter.mayContain(batch);
            filter.addIfAbsent(batch);
            filter.add(batch);
            for (int i = 0; i < 1_000; i++) {
                filter.add(ids, i * 32L, 32);
                filter.addIfAbsent(ids, i * 31L, 32);
                filter.mayContain(ids, i * 30L, 32);
            }
        }
    }

    private static void fill(IdBatch batch, int[] ids) {
        batch.clear();
        for (int id : ids) {
            batch.put(id(id), 0, 32);
        }
    }

    static void assertSameBits(BloomFilter expected, BloomFilter actual, String message) {
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            assertEquals(-1, bits(expected, shard).mismatch(bits(actual, shard)), message);
        }
    }

    static MemorySegment bits(BloomFilter filter, int shard) {
        MemorySegment lines = filter.memory(shard);
        MemorySegment bits = MemorySegment.ofArray(new byte[Math.toIntExact(lines.byteSize())]);
        return bits.copyFrom(lines);
    }

    static MemorySegment id(long number) {
        MemorySegment id = MemorySegment.ofArray(new byte[32]);
        id.set(IdHash.LE_LONG, 24, number);
        return id;
    }
}
