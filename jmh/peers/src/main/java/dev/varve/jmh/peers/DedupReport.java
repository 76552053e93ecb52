package dev.varve.jmh.peers;

import dev.varve.jmh.BenchResult;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Where {@link DedupCommand} tells its figures, as they come. For one thread. */
final class DedupReport {

    private static final String SUITE = "dedup";

    /** For how many ids the table of the article is. */
    private static final double LARGE = 5e9;

    private static final long ENOUGH = 1_000_000;

    private final List<BenchResult> results;
    private final PrintStream out;

    DedupReport(List<BenchResult> results, PrintStream out) {
        this.results = results;
        this.out = out;
    }

    void tell(String name, double value, String unit) {
        results.add(BenchResult.plain(SUITE, name, value, unit));
        out.printf(Locale.ROOT, "%-56s %,16.3f %s%n", name, value, unit);
    }

    /** What is no figure. */
    void say(String line) {
        out.println(line);
    }

    /** Sorts the times, and returns the 99th percentile in nanoseconds. */
    long latency(String name, long[] nanos) {
        Arrays.sort(nanos);
        tell(name + ", median", nanos[nanos.length / 2] / 1e3, "us");
        long high = nanos[(int) (nanos.length * 99L / 100)];
        tell(name + ", 99 %", high / 1e3, "us");
        return high;
    }

    /**
     * What an id takes, at how many that was measured, and what 5 x 10^9 would take at that; of few
     * ids most is what a store takes in any case, and tells nothing of so many.
     */
    void storage(String what, double bytes, long ids) {
        double perId = bytes / ids;
        tell(what + ", by id", perId, "bytes");
        tell(what + ", measured at", (double) ids, "ids");
        if (ids >= ENOUGH) {
            tell(what + ", extrapolated to 5e9 ids", perId * LARGE / 1e9, "GB");
        }
    }
}
