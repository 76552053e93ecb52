package dev.varve.jmh.peers;

import dev.varve.bloom.BloomGeometry;
import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
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
import java.util.Set;

/**
 * {@code varve bench filter}: a filter's whole life with as many ids as are asked for. It is
 * filled, measured on the way at 10^8, 10^9 and 5 x 10^9 ids, checkpointed, closed, opened again
 * and measured once more; then Guava's filter beside it, at a size that its heap can hold. Nothing
 * is left on the disk, however it ends.
 */
public final class FilterCommand implements BenchCommand {

    private static final long DEFAULT_IDS = 100_000_000;
    private static final long MAX_IDS = 100_000_000_000L;
    private static final String DEFAULT_RATE = "0.01";

    @Override
    public String name() {
        return "filter";
    }

    @Override
    public String usage() {
        return "[--ids N] [--fpr P] [--guava N] [--dir FOLDER]"
                + "  a filter's life with N ids, such as 5e9, beside Guava's with at most as many";
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
        long guavaIds = Math.min(ids, count(given, "--guava", GuavaFilter.MOST_IDS));
        BloomGeometry geometry = geometry(ids, given.value("--fpr", DEFAULT_RATE));
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
        GuavaFilter.measure(guavaIds, geometry.falsePositiveRate(ids), results, out);
        return results;
    }

    private static BloomGeometry geometry(long ids, String rate) {
        try {
            return BloomGeometry.forExpected(ids, Double.parseDouble(rate));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--fpr: " + e.getMessage());
        }
    }

    /** A count that may be written as 5e9. */
    private static long count(Arguments given, String option, long otherwise) {
        String text = given.value(option, Long.toString(otherwise));
        try {
            double value = Double.parseDouble(text);
            if (value >= 1_000_000 && value <= MAX_IDS) {
                return (long) value;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(option + " needs a number, not '" + text + "'");
        }
        throw new UsageException(option + " is 1e6 to " + MAX_IDS + ", not " + text);
    }
}
