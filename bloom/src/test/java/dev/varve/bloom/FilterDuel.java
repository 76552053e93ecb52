package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Prints what the filter costs against the physical limit of the same memory in the same run: R,
 * one random line touched per id in batches of 256, and the latency of one random line whose
 * address depends on the line before. Asserts nothing. Run its main method, with the gibibytes of
 * the filter as its argument; with {@code --enable-native-access=ALL-UNNAMED} for huge pages.
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
        for (int trial = 0; trial < TRIALS; trial++) {
            next(random);
            double raw = perId(this::rawTouch);
            next(random);
            double contains = perId(this::batchContains);
            next(random);
            double add = perId(this::batchAdd);
            next(random);
            double absent = perId(this::batchAddIfAbsent);
            next(random);
            double single = perId(this::singleContains);
            next(random);
            double latency = perId(this::dependentReads);
            next(random);
            double singleAdd = perId(this::singleAdd);
            System.out.printf(
                    Locale.ROOT,
                    "R %.1f ns | batch contains %.1f (%.2f R), add %.1f (%.2f R), addIfAbsent %.1f"
                            + " (%.2f R) | single contains %.1f, add %.1f, dependent read %.1f"
                            + " (%.2f), batch %.1fx faster%n",
                    raw, contains, contains / raw, add, add / raw, absent, absent / raw, single,
                    singleAdd, latency, single / latency, single / contains);
        }
        System.out.println(filter.estimate() + " " + (sink & 1));
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
