package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Prints what the filter costs against the physical limit of the same memory in the same run: R,
 * one random line touched per id in batches of 256, and the latency of one random line whose
 * address depends on the line before. Ids are absent unless it says otherwise; a batch is in no
 * cache either, unless its ids are put in just before. Asserts nothing. Run its main method, with
 * the gibibytes of the filter and the ids of a batch as its arguments; with {@code
 * --enable-native-access=ALL-UNNAMED} for huge pages.
 */
final class FilterDuel {

    private static final int BATCH = 256;
    private static final int TRIALS = 7;
    private static final int IDS = 1 << 20;

    private final BloomFilter filter;
    private final MemorySegment lines;
    private final long[] highs = new long[IDS];
    private final long[] lows = new long[IDS];
    private final IdBatch[] batches;
    private final long[] sums = new long[32];
    private final ExecutorService other =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon()::unstarted);
    private long sink;

    private FilterDuel(BloomFilter filter, MemorySegment lines, int batchSize) {
        this.filter = filter;
        this.lines = lines;
        batches = new IdBatch[IDS / batchSize];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = new IdBatch(filter.hash(), batchSize);
        }
    }

    public static void main(String[] arguments) {
        double gibibytes = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 1;
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : BATCH;
        BloomGeometry geometry = BloomGeometry.forMemory((long) (gibibytes * (1 << 30)));
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 1, 2);
        System.out.println(geometry + ", " + FilterMemory.best() + ", batches of " + batch);
        Arena arena = Arena.ofShared();
        MemorySegment lines = FilterMemory.best().allocate(geometry.totalLength(), arena);
        try (BloomFilter filter = BloomFilter.over(lines, geometry, hash, arena).allLoaded()) {
            new FilterDuel(filter, lines, batch).run();
        }
    }

    private void run() {
        SplittableRandom random = new SplittableRandom(1);
        long ids = filter.geometry().expectedIds();
        long start = System.nanoTime();
        IdBatch fill = new IdBatch(filter.hash(), 10_000);
        for (long added = 0; added < ids; added += fill.size()) {
            fill.clear();
            for (int i = 0; i < 10_000; i++) {
                fill.putHash(random.nextLong(), random.nextLong());
            }
            filter.add(fill);
        }
        double fillNs = (System.nanoTime() - start) / (double) ids;
        System.out.printf(Locale.ROOT, "filled at %.1f ns per id%n", fillNs);
        double[] best = new double[12];
        Arrays.fill(best, Double.MAX_VALUE);
        for (int trial = 0; trial < TRIALS; trial++) {
            next(random);
            best[0] = Math.min(best[0], perId(this::rawTouch));
            next(random);
            best[1] = Math.min(best[1], perId(this::batchContains));
            next(random);
            best[2] = Math.min(best[2], perId(this::batchAdd));
            best[8] = Math.min(best[8], perId(this::batchContains));
            next(random);
            best[9] = Math.min(best[9], perIdPutBefore(filter::mayContain));
            next(random);
            best[10] = Math.min(best[10], perIdPutBefore(filter::add));
            next(random);
            best[3] = Math.min(best[3], perId(this::batchAddIfAbsent));
            next(random);
            best[4] = Math.min(best[4], perId(this::singleContains));
            next(random);
            best[5] = Math.min(best[5], perId(this::singleAdd));
            next(random);
            best[6] = Math.min(best[6], perId(this::dependentReads));
            next(random);
            byTwo(this::putAgain);
            best[7] = Math.min(best[7], perId(() -> byTwo(this::containsFrom)));
            best[11] = Math.min(best[11], perId(() -> byTwo(this::rawTouchFrom)));
        }
        print("R, a raw touch in batches of 256", best[0], best[0], "R");
        print("batch contains", best[1], best[0], "R");
        print("batch add", best[2], best[0], "R");
        print("batch contains, put in just before", best[9], best[0], "R");
        print("batch add, put in just before", best[10], best[0], "R");
        print("batch contains, all known", best[8], best[0], "R");
        print("batch addIfAbsent", best[3], best[0], "R");
        print("dependent read", best[6], best[6], "dependent read");
        print("single contains", best[4], best[6], "dependent read");
        print("single add", best[5], best[6], "dependent read");
        print("single contains", best[4], best[1], "batch contains");
        print("batch contains by two threads", best[7], best[1], "one thread");
        print("a raw touch by two threads", best[11], best[0], "one thread");
        System.out.println(filter.estimate() + " " + ((sink + sums[0] + sums[16]) & 1));
    }

    private static void print(String what, double ns, double base, String baseName) {
        System.out.printf(
                Locale.ROOT, "%-35s %6.1f ns per id, %.2f x %s%n", what, ns, ns / base, baseName);
    }

    /** Work on every other batch, from the first or from the second one on. */
    private interface Half {
        void work(int first);
    }

    private void byTwo(Half half) {
        CompletableFuture<Void> done = CompletableFuture.runAsync(() -> half.work(1), other);
        half.work(0);
        done.join();
    }

    /** Each of two threads puts its own ids: they would else come from the other one's cache. */
    private void putAgain(int first) {
        int size = batches[0].capacity();
        for (int i = first; i < batches.length; i += 2) {
            batches[i].clear();
            for (int id = i * size; id < (i + 1) * size; id++) {
                batches[i].putHash(highs[id], lows[id]);
            }
        }
    }

    private void rawTouchFrom(int first) {
        long count = lines.byteSize() / LineProbe.LINE_LENGTH;
        long sum = 0;
        for (int from = first * BATCH; from < IDS; from += 2 * BATCH) {
            for (int i = from; i < from + BATCH; i++) {
                sum += lines.get(IdHash.LE_LONG, LineProbe.offset(highs[i], count));
            }
        }
        sums[first * 16] += sum;
    }

    private void containsFrom(int first) {
        for (int i = first; i < batches.length; i += 2) {
            filter.mayContain(batches[i]);
        }
    }

    private void next(SplittableRandom random) {
        int size = batches[0].capacity();
        for (int i = 0; i < IDS; i++) {
            highs[i] = random.nextLong();
            lows[i] = random.nextLong();
            IdBatch batch = batches[Math.min(i / size, batches.length - 1)];
            if (i % size == 0 && i / size < batches.length) {
                batch.clear();
            }
            if (i / size < batches.length) {
                batch.putHash(highs[i], lows[i]);
            }
        }
    }

    private double perId(Runnable pass) {
        long start = System.nanoTime();
        pass.run();
        return (System.nanoTime() - start) / (double) IDS;
    }

    /** As who asks has them, who hashes ids into the same batch again and again. */
    private double perIdPutBefore(Consumer<IdBatch> call) {
        IdBatch batch = batches[0];
        int size = batch.capacity();
        long ns = 0;
        for (int from = 0; from < batches.length * size; from += size) {
            batch.clear();
            for (int i = from; i < from + size; i++) {
                batch.putHash(highs[i], lows[i]);
            }
            long start = System.nanoTime();
            call.accept(batch);
            ns += System.nanoTime() - start;
        }
        return ns / (double) (batches.length * size);
    }

    private void rawTouch() {
        MemorySegment memory = lines;
        long count = memory.byteSize() / LineProbe.LINE_LENGTH;
        long sum = 0;
        for (int from = 0; from < IDS; from += BATCH) {
            for (int i = from; i < from + BATCH; i++) {
                sum += memory.get(IdHash.LE_LONG, LineProbe.offset(highs[i], count));
            }
            sink += sum;
        }
    }

    private void dependentReads() {
        long count = lines.byteSize() / LineProbe.LINE_LENGTH;
        long chain = 0;
        for (int i = 0; i < IDS; i++) {
            chain = lines.get(IdHash.LE_LONG, LineProbe.offset(highs[i] ^ chain, count)) >>> 1;
        }
        sink += chain;
    }

    private void batchContains() {
        for (IdBatch batch : batches) {
            filter.mayContain(batch);
        }
    }

    private void batchAdd() {
        for (IdBatch batch : batches) {
            filter.add(batch);
        }
    }

    private void batchAddIfAbsent() {
        for (IdBatch batch : batches) {
            filter.addIfAbsent(batch);
        }
    }

    private void singleContains() {
        for (int i = 0; i < IDS; i++) {
            sink += filter.mayContainHash(highs[i], lows[i]) ? 1 : 0;
        }
    }

    private void singleAdd() {
        for (int i = 0; i < IDS; i++) {
            filter.addHash(highs[i], lows[i]);
        }
    }
}
