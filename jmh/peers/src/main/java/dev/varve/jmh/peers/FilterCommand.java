package dev.varve.jmh.peers;

import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FalsePositiveRate;
import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.IncompleteException;
import dev.varve.jmh.Machine;
import dev.varve.jmh.Preflight;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * {@code varve bench filter}: a filter's whole life with as many ids as are asked for. It is
 * filled, measured on the way at 10^8, 10^9 and 5 x 10^9 ids, checkpointed, closed, opened again
 * and measured once more; then Guava's filter, and Varve's for as many ids, in processes of their
 * own. A chart tells the latencies. Nothing is left on the disk, however it ends.
 */
public final class FilterCommand implements BenchCommand {

    private static final long DEFAULT_IDS = 100_000_000;
    private static final long LEAST_IDS = 1_000_000;
    private static final long MAX_IDS = 100_000_000_000L;

    /** More than any: what fits is taken. */
    private static final long LARGEST = MAX_IDS + 1;

    private static final String DEFAULT_RATE = "0.01";

    @Override
    public String name() {
        return "filter";
    }

    @Override
    public String usage() {
        return "[--ids N] [--fpr P] [--guava N|max] [--dir FOLDER]"
                + "  a filter's life with N ids, such as 5e9, beside Guava's, as large as can be";
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        Arguments given =
                Arguments.parse(
                        arguments, Set.of(), Set.of("--ids", "--fpr", "--guava", "--dir"));
        if (!given.words().isEmpty()) {
            throw new UsageException("filter does not know '" + given.words().getFirst() + "'");
        }
        long ids = count(given, "--ids", DEFAULT_IDS);
        double rate = rate(given);
        BloomGeometry geometry = BloomGeometry.forExpected(ids, rate);
        long guavaIds = guavaIds(given, ids);
        Path folder = given.folder();
        Preflight.writableFolder(folder);
        Preflight.diskBytes(folder, geometry.totalLength() + geometry.totalLength() / 100);
        Preflight.memoryBytes(geometry.totalLength() + (64L << 20));
        out.println("machine: " + Machine.of(folder));
        List<BenchResult> results = new ArrayList<>();
        try (WorkFolder scratch = WorkFolder.in(folder, "varve-peers-")) {
            new FilterLife(geometry, scratch.path(), results, out).run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.print(LatencyChart.of(results));
        beside(guavaIds, rate, results, out);
        return results;
    }

    /** Guava's; what was measured before is worth keeping if that fails. */
    private static void beside(
            long ids, double rate, List<BenchResult> results, PrintStream out) {
        GuavaSize size = GuavaSize.fitting(ids, rate, FigureChild.usableMemory());
        if (size.ids() < LEAST_IDS) {
            throw new IncompleteException("no memory for a filter of guava's", results);
        }
        if (size.ids() < ids) {
            GuavaSize most = GuavaSize.fitting(LARGEST, rate, Long.MAX_VALUE);
            out.printf(
                    Locale.ROOT,
                    "guava's filter is for %,d ids: so many fit into seven eighths of the memory"
                            + " that is free, and %,d into the longest array%n",
                    size.ids(),
                    most.ids());
        }
        try {
            new GuavaFilter(size, GuavaFilter.MOST_ADDED, results, out).measure();
        } catch (IllegalStateException e) {
            throw new IncompleteException("beside guava: " + e.getMessage(), results);
        }
    }

    private static long guavaIds(Arguments given, long ids) {
        return given.value("--guava", "").equals("max")
                ? LARGEST
                : count(given, "--guava", Math.min(ids, GuavaFilter.DEFAULT_IDS));
    }

    private static double rate(Arguments given) {
        try {
            double rate = Double.parseDouble(given.value("--fpr", DEFAULT_RATE));
            FalsePositiveRate.check(rate);
            return rate;
        } catch (IllegalArgumentException e) {
            throw new UsageException("--fpr: " + e.getMessage());
        }
    }

    /** A count that may be written as 5e9. */
    private static long count(Arguments given, String option, long otherwise) {
        String text = given.value(option, Long.toString(otherwise));
        try {
            double value = Double.parseDouble(text);
            if (value >= LEAST_IDS && value <= MAX_IDS) {
                return (long) value;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(option + " needs a number, not '" + text + "'");
        }
        throw new UsageException(option + " is " + LEAST_IDS + " to " + MAX_IDS + ", not " + text);
    }
}
