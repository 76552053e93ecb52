package dev.varve.jmh.peers;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Guava's filter, which lives on the heap, and Varve's for as many ids at the same rate, one after
 * the other, each in a {@link FilterChild} of its own. A filter for more ids than are added is as
 * long as one for all, so each access costs what it costs there; but it is not full, so nothing is
 * said of what depends on that: absent ids, and false positives. One use, one thread.
 */
final class GuavaFilter {

    /** So many are asked for where nobody says how many. */
    static final long DEFAULT_IDS = 100_000_000;

    /** More are not added, or it would take hours. */
    static final long MOST_ADDED = 100_000_000;

    private static final String GUAVA = "filter guava";
    private static final String VARVE = "filter beside guava";
    private static final long VARVE_HEAP_BYTES = 256L << 20;

    private final GuavaSize size;
    private final long added;
    private final List<BenchResult> results;
    private final PrintStream out;

    GuavaFilter(GuavaSize size, long mostAdded, List<BenchResult> results, PrintStream out) {
        this.size = size;
        added = Math.min(size.ids(), mostAdded);
        this.results = results;
        this.out = out;
    }

    void measure() {
        out.printf(
                Locale.ROOT,
                "guava, and varve beside it: filters for %,d ids, %,d of them added%s%n",
                size.ids(),
                added,
                added < size.ids() ? "; neither is full: no false positives are measured" : "");
        Map<String, Double> guava = run(FilterChild.GUAVA, size.heapBytes());
        Map<String, Double> varve = run(FilterChild.VARVE, VARVE_HEAP_BYTES);
        tell(GUAVA, "ids", (double) size.ids(), "");
        tell(GUAVA, "ids added", (double) added, "");
        tell(GUAVA, "memory", (double) size.guavaBytes(), "bytes");
        tell(VARVE, "memory", (double) size.geometry().totalLength(), "bytes");
        guava.forEach((name, value) -> tell(GUAVA, name, value, unit(name)));
        varve.forEach((name, value) -> compare(name, value, guava));
    }

    private Map<String, Double> run(String kind, long heap) {
        return FigureChild.run(
                FilterChild.class,
                heap,
                GuavaSize.YOUNG_BYTES,
                List.of(
                        kind,
                        Long.toString(size.ids()),
                        Double.toString(size.asked()),
                        Long.toString(added)));
    }

    /** With a batch of Varve's is compared what Guava has: ids one by one. */
    private void compare(String name, double value, Map<String, Double> guava) {
        Double other = guava.get(name.replace(FilterChild.BATCHES, FilterChild.SINGLY));
        if (other == null || !unit(name).equals("ns")) {
            tell(VARVE, name, value, unit(name));
            return;
        }
        double ratio = value / other;
        results.add(
                new BenchResult(
                        VARVE,
                        name,
                        value,
                        value,
                        value,
                        "ns",
                        "guava",
                        ratio,
                        BenchResult.NONE,
                        Verdict.OK));
        print(VARVE, name, value, String.format(Locale.ROOT, "ns, %.3f of guava's", ratio));
    }

    private static String unit(String name) {
        return name.equals(FilterChild.FALSE_POSITIVES) ? "%" : "ns";
    }

    private void tell(String suite, String name, double value, String unit) {
        results.add(BenchResult.plain(suite, name, value, unit));
        print(suite, name, value, unit);
    }

    private void print(String suite, String name, double value, String unit) {
        out.printf(Locale.ROOT, "%-20s %-46s %,18.3f %s%n", suite, name, value, unit);
    }
}
