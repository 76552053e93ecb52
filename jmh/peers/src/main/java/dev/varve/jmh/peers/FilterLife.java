package dev.varve.jmh.peers;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterEstimate;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.medium.PageCache;
import dev.varve.logstore.io.FileStorage;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * One filter from its creation to its second opening, measured; hashing the ids is part of every
 * time. One use, one thread.
 */
final class FilterLife {

    /** What a batch is timed for, then when and which of all times: the names of the figures. */
    static final String CHECK = "check 10,000";

    static final String ADD = "add 10,000";
    static final String MEDIAN = "median";
    static final String HIGH = "99 %";

    private static final String SUITE = "filter";
    private static final int BATCH = 10_000;
    private static final int BATCHES = 200;
    private static final int QUERIES = 10_000_000;
    private static final long[] STOPS = {100_000_000L, 1_000_000_000L, 5_000_000_000L};

    /** The leading bits of a hash that tell its shard. */
    private static final int SHARD_BITS =
            Integer.numberOfTrailingZeros(BloomGeometry.SHARDS);

    /** Numbers from here on are never added. */
    private static final long ABSENT = 1L << 60;

    private final BloomGeometry geometry;
    private final Path folder;
    private final List<BenchResult> results;
    private final PrintStream out;
    private final IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 17, 19);
    private final NumberedIds ids = new NumberedIds(BATCH);
    private final IdBatch batch = new IdBatch(hash, BATCH);
    private long added;

    FilterLife(
            BloomGeometry geometry, Path folder, List<BenchResult> results, PrintStream out) {
        this.geometry = geometry;
        this.folder = folder;
        this.results = results;
        this.out = out;
    }

    void run() {
        out.println(geometry);
        out.println(
                BloomFilter.class.getModule().isNativeAccessEnabled()
                        ? "memory: with native access, in huge pages where Linux has them"
                        : "memory: without native access, zeroed as part of a load");
        report("memory", (double) geometry.totalLength(), "bytes");
        try (FileStorage storage = new FileStorage(folder)) {
            FilterFiles files = new FilterFiles(storage);
            try (BloomFilter filter = files.create(geometry, hash)) {
                fill(filter);
                long start = System.nanoTime();
                files.closeInOrder(filter, 0);
                report("close", seconds(start), "s");
            }
            // While no other filter takes memory.
            results.addAll(new LoadRace(SUITE, folder, files, hash, out).run());
            firstAnswers(files);
            reopen(files);
        }
    }

    private void fill(BloomFilter filter) {
        long end = geometry.expectedIds();
        double nanos = 0;
        for (int stop = 0; added < end; stop++) {
            long until = stop < STOPS.length ? Math.min(STOPS[stop], end) : end;
            while (added < until) {
                int count = (int) Math.min(BATCH, until - added);
                ids.write(added, count);
                long start = System.nanoTime();
                filter.add(ids.into(batch, count));
                nanos += System.nanoTime() - start;
                added += batch.size();
            }
            if (added == end) {
                rate(filter); // before ids beyond the expected ones are added
            }
            latencies(filter, String.format(Locale.ROOT, "%.0e ids", (double) added));
        }
        report("fill, by id", nanos / added, "ns");
    }

    /** Half of what is asked for is there; what is added is not. */
    private void latencies(BloomFilter filter, String when) {
        long[] checks = new long[BATCHES];
        long[] adds = new long[BATCHES];
        for (int i = 0; i < BATCHES; i++) {
            long from = i % 2 == 0 ? added / BATCHES * i : ABSENT + (long) i * BATCH;
            ids.write(from, BATCH);
            long start = System.nanoTime();
            filter.mayContain(ids.into(batch, BATCH));
            checks[i] = System.nanoTime() - start;
            // Ids far away, so that the count of those added stays a row of numbers.
            ids.write(-ABSENT + added + (long) i * BATCH, BATCH);
            start = System.nanoTime();
            filter.addIfAbsent(ids.into(batch, BATCH));
            adds[i] = System.nanoTime() - start;
        }
        latency(CHECK + ", " + when, checks);
        latency(ADD + ", " + when, adds);
    }

    private void latency(String name, long[] nanos) {
        Arrays.sort(nanos);
        report(name + ", " + MEDIAN, nanos[BATCHES / 2] / 1e3, "us");
        report(name + ", " + HIGH, nanos[BATCHES * 99 / 100] / 1e3, "us");
    }

    private void rate(BloomFilter filter) {
        long hits = 0;
        double nanos = 0;
        for (long i = 0; i < QUERIES; i += BATCH) {
            ids.write(2 * ABSENT + i, BATCH);
            long start = System.nanoTime();
            filter.mayContain(ids.into(batch, BATCH));
            nanos += System.nanoTime() - start;
            hits += batch.trueAnswers();
        }
        report("check of absent ids, by id", nanos / QUERIES, "ns");
        FilterEstimate estimate = filter.estimate();
        report("false positives measured", 100.0 * hits / QUERIES, "%");
        report("false positives estimated", 100 * estimate.falsePositiveRate(), "%");
    }

    /**
     * Of an id that is there. Before its shard is loaded that is a "maybe", behind it the answer of
     * its bits: by then nothing but that shard was read from the disk.
     */
    private void firstAnswers(FilterFiles files) {
        PageCache.drop(folder, ".shard");
        ids.write(0, 1).into(batch, 1);
        int shard = (int) (batch.high(0) >>> Long.SIZE - SHARD_BITS);
        long start = System.nanoTime();
        try (BloomFilter filter = files.open(hash)) {
            requireThere(filter);
            report("first answer", seconds(start), "s");
            files.load(filter, shard);
            filter.publish(shard);
            if (!filter.isLoaded(shard)) {
                throw new IllegalStateException("shard " + shard + " is not loaded");
            }
            requireThere(filter);
            report("first answer by bits", seconds(start), "s");
        }
    }

    private void requireThere(BloomFilter filter) {
        filter.mayContain(batch);
        if (batch.trueAnswers() != batch.size()) {
            throw new IllegalStateException("a false negative");
        }
    }

    /** From the disk, by one thread. */
    private void reopen(FilterFiles files) {
        AtomicInteger next = new AtomicInteger();
        PageCache.drop(folder, ".shard");
        long start = System.nanoTime();
        try (BloomFilter filter = files.open(hash)) {
            files.loadEach(filter, 1, next::getAndIncrement, load -> {});
            IntStream.range(0, BloomGeometry.SHARDS).forEach(filter::publish);
            report("load", seconds(start), "s");
            for (long i = 0; i < added; i += Math.max(BATCH, added / 100 / BATCH * BATCH)) {
                int count = (int) Math.min(BATCH, added - i);
                ids.write(i, count);
                filter.mayContain(ids.into(batch, count));
                if (batch.trueAnswers() != count) {
                    throw new IllegalStateException("a false negative behind id " + i);
                }
            }
            latencies(filter, "reopened");
        }
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    private void report(String name, double value, String unit) {
        results.add(BenchResult.plain(SUITE, name, value, unit));
        out.printf(Locale.ROOT, "%-40s %,14.3f %s%n", name, value, unit);
    }
}
