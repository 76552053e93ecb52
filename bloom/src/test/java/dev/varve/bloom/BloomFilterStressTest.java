package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.ShardLoad.State;
import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Writers against writers, readers and checkpoints. */
final class BloomFilterStressTest {

    private static final long SEED = 5;
    private static final int THREADS = 4;
    private static final int IDS = 60_000;
    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);

    /** So small that threads meet in lines all the time. */
    private static final BloomGeometry TINY = new BloomGeometry(16, 7, 20_000);

    @Test
    void shouldKeepEveryBitAndTellOneAdderAtMost() throws Exception {
        try (BloomFilter alone = BloomFilter.create(TINY, HASH);
                BloomFilter shared = BloomFilter.create(TINY, HASH)) {
            AtomicIntegerArray winners = new AtomicIntegerArray(IDS);
            inParallel(
                    thread -> {
                        int[] order = shuffled(thread);
                        for (int id : order) {
                            if (shared.addHashIfAbsent(high(id), low(id))) {
                                winners.incrementAndGet(id);
                            }
                            assertTrue(shared.mayContainHash(high(id), low(id)));
                        }
                        return null;
                    });
            for (int id = 0; id < IDS; id++) {
                alone.addHash(high(id), low(id));
                assertTrue(winners.get(id) <= 1, "winners of id " + id);
            }
            BloomFilterTest.assertSameBits(alone, shared, "a lost update");
        }
    }

    /** With room enough for no false positive, at most one adder means exactly one. */
    @Test
    void shouldTellExactlyOneAdderWhenTheFilterIsSparse() throws Exception {
        int ids = 5_000;
        try (BloomFilter filter = BloomFilter.create(BloomGeometry.forMemory(4 << 20), HASH)) {
            AtomicInteger won = new AtomicInteger();
            inParallel(
                    thread -> {
                        IdBatch batch = new IdBatch(HASH, 500);
                        for (int from = 0; from < ids; from += batch.capacity()) {
                            batch.clear();
                            for (int i = 0; i < batch.capacity(); i++) {
                                int id = from + (i * 7 + thread) % batch.capacity();
                                batch.putHash(high(id), low(id));
                            }
                            filter.addIfAbsent(batch);
                            won.addAndGet(batch.trueAnswers());
                        }
                        return null;
                    });
            assertEquals(ids, won.get());
        }
    }

    @Test
    void shouldShowAReaderWhatWasAddedBefore() throws Exception {
        try (BloomFilter filter = BloomFilter.create(TINY, HASH)) {
            AtomicInteger added = new AtomicInteger();
            inParallel(
                    thread -> {
                        while (thread > 0 && added.get() < IDS) {
                            int end = added.get();
                            for (int id = Math.max(0, end - 100); id < end; id++) {
                                assertTrue(filter.mayContainHash(high(id), low(id)), "id " + id);
                            }
                        }
                        for (int id = 0; thread == 0 && id < IDS; id++) {
                            filter.addHash(high(id), low(id));
                            added.set(id + 1);
                        }
                        return null;
                    });
        }
    }

    /** One thread adds some ids for every checkpoint that the others complete. */
    @Test
    void shouldCheckpointAllThatWasAddedBeforeWhileOthersAdd() throws Exception {
        SimDisk disk = new SimDisk();
        FilterFiles files = new FilterFiles(disk);
        AtomicInteger added = new AtomicInteger();
        AtomicInteger checkpoints = new AtomicInteger();
        int rounds = 10;
        int all = rounds * (THREADS - 1) * BloomGeometry.SHARDS / THREADS;
        try (BloomFilter filter = files.create(BloomGeometry.forMemory(1 << 20), HASH)) {
            inParallel(
                    thread -> {
                        while (thread == 0 && checkpoints.get() < all) {
                            int id = added.get();
                            if (id < 10 * checkpoints.get() + 1_000) {
                                filter.addHash(high(id), low(id));
                                added.set(id + 1);
                            }
                        }
                        for (int round = 0; thread > 0 && round < rounds; round++) {
                            for (int i = thread; i < BloomGeometry.SHARDS; i += THREADS) {
                                int position = added.get();
                                BandwidthBudget budget = BandwidthBudget.unlimited();
                                files.checkpoint(filter, i, position, budget);
                                checkpoints.incrementAndGet();
                            }
                        }
                        return null;
                    });
            assertCheckpointsHoldTheirPositions(files, added.get());
            files.closeInOrder(filter, added.get());
        }
        try (BloomFilter filter = files.openReadOnly()) {
            for (int id = 0; id < added.get(); id++) {
                assertTrue(filter.mayContainHash(high(id), low(id)), "a shard was not dirty");
            }
        }
    }

    private static void assertCheckpointsHoldTheirPositions(FilterFiles files, int ids) {
        try (BloomFilter loaded = files.open(HASH)) {
            long[] positions = new long[BloomGeometry.SHARDS];
            int found = 0;
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                ShardLoad load = files.load(loaded, shard);
                positions[shard] = load.position();
                found += load.state() == State.LOADED ? 1 : 0;
                loaded.publish(shard);
            }
            assertTrue(found >= BloomGeometry.SHARDS * (THREADS - 1) / THREADS, "found " + found);
            for (int id = 0; id < ids; id++) {
                if (id < positions[BloomGeometry.shard(high(id))]) {
                    assertTrue(loaded.mayContainHash(high(id), low(id)), "id " + id);
                }
            }
        }
    }

    @Test
    void shouldMergeAShardWhileOthersAddToIt() throws Exception {
        SimDisk disk = new SimDisk();
        FilterFiles files = new FilterFiles(disk);
        try (BloomFilter filter = files.create(TINY, HASH)) {
            for (int id = 0; id < IDS / 2; id++) {
                filter.addHash(high(id), low(id));
            }
            files.closeInOrder(filter, IDS / 2);
        }
        try (BloomFilter filter = files.open(HASH)) {
            inParallel(
                    thread -> {
                        for (int id = IDS / 2; thread < 2 && id < IDS; id++) {
                            assertFalse(filter.addHashIfAbsent(high(id), low(id)), "not loaded");
                        }
                        for (int shard = thread; thread > 1 && shard < 256 + 2; shard += 2) {
                            files.load(filter, shard - 2);
                        }
                        return null;
                    });
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                filter.publish(shard);
            }
            for (int id = 0; id < IDS; id++) {
                assertTrue(filter.mayContainHash(high(id), low(id)), "id " + id);
            }
        }
    }

    private interface Body {
        Void run(int thread) throws Exception;
    }

    private static void inParallel(Body body) throws InterruptedException, ExecutionException {
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Void>> calls = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int mine = thread;
                calls.add(() -> body.run(mine));
            }
            for (Future<Void> future : executor.invokeAll(calls)) {
                future.get();
            }
        }
    }

    private static int[] shuffled(int thread) {
        SplittableRandom random = new SplittableRandom(SEED + thread);
        int[] order = new int[IDS];
        for (int i = 0; i < IDS; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private static long high(int id) {
        return HASH.high(BloomFilterTest.id(id), 0, 32);
    }

    private static long low(int id) {
        return HASH.low(BloomFilterTest.id(id), 0, 32);
    }
}
