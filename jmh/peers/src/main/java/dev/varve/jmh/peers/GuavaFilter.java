package dev.varve.jmh.peers;

import com.google.common.hash.BloomFilter;
import com.google.common.hash.Funnels;
import dev.varve.jmh.BenchResult;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Guava's filter, which lives on the heap, with the same ids at the same rate. */
final class GuavaFilter {

    /** 120 MB of bits at one percent: what the default heap of a small machine holds with ease. */
    static final long MOST_IDS = 100_000_000;

    private static final int BATCH = 10_000;
    private static final int QUERIES = 1_000_000;
    private static final long ABSENT = 1L << 60;

    private GuavaFilter() {}

    static void measure(long count, double rate, List<BenchResult> results, PrintStream out) {
        BloomFilter<byte[]> filter = BloomFilter.create(Funnels.byteArrayFunnel(), count, rate);
        NumberedIds ids = new NumberedIds(BATCH);
        byte[][] some = new byte[BATCH][];
        double addNanos = 0;
        for (long from = 0; from < count; from += BATCH) {
            copy(ids, some, from);
            long start = System.nanoTime();
            for (byte[] id : some) {
                filter.put(id);
            }
            addNanos += System.nanoTime() - start;
        }
        double checkNanos = 0;
        long hits = 0;
        for (long from = 0; from < QUERIES; from += BATCH) {
            copy(ids, some, ABSENT + from);
            long start = System.nanoTime();
            for (byte[] id : some) {
                hits += filter.mightContain(id) ? 1 : 0;
            }
            checkNanos += System.nanoTime() - start;
        }
        report(results, out, "ids", (double) count, "");
        report(results, out, "fill, by id", addNanos / count, "ns");
        report(results, out, "check of absent ids, by id", checkNanos / QUERIES, "ns");
        report(results, out, "false positives measured", 100.0 * hits / QUERIES, "%");
    }

    private static void copy(NumberedIds ids, byte[][] some, long from) {
        ids.write(from, BATCH);
        for (int i = 0; i < BATCH; i++) {
            some[i] = ids.id(i);
        }
    }

    private static void report(
            List<BenchResult> results, PrintStream out, String name, double value, String unit) {
        results.add(BenchResult.plain("filter guava", name, value, unit));
        out.printf(Locale.ROOT, "guava %-34s %,14.3f %s%n", name, value, unit);
    }
}
