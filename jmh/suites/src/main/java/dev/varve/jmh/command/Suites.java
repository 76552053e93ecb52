package dev.varve.jmh.command;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.Preflight;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.workload.HotPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What the arguments of the commands mean, and whether the machine has what they ask for. */
final class Suites {

    private static final String ALL = "all";
    static final String REPORTS = "perf-reports";

    private static final long CHILD_MEMORY = 700L << 20;

    /** The longest any suite lets its files grow, twice, for the two sides of a duel. */
    private static final long DISK = 1L << 30;

    /** What a record in a store takes on the disk, with its share of the indexes, and spare. */
    private static final long RECORD_BYTES = 400;

    private Suites() {}

    /** The suites that are named, or all. */
    static List<HotPath> named(List<String> words) {
        if (words.isEmpty()) {
            throw new UsageException("which suite? One or more of " + names() + ", or all");
        }
        List<HotPath> paths = new ArrayList<>();
        for (String word : words) {
            if (word.equals(ALL)) {
                paths.addAll(Arrays.asList(HotPath.values()));
            } else {
                paths.add(
                        HotPath.of(word)
                                .orElseThrow(
                                        () ->
                                                new UsageException(
                                                        "there is no suite '" + word + "'; there"
                                                                + " are " + names())));
            }
        }
        return paths;
    }

    private static String names() {
        return Arrays.stream(HotPath.values())
                .map(HotPath::suite)
                .collect(Collectors.joining(", "));
    }

    /** The project's folder for reports: given, or that of the project that this is called in. */
    static Path reports(Arguments arguments) {
        Path folder = Path.of(arguments.value("--reports", REPORTS));
        if (!Files.isDirectory(budgets(folder))) {
            throw new UsageException(
                    "there is no folder " + budgets(folder) + "; call this in the project's folder,"
                            + " or name its perf-reports with --reports");
        }
        return folder;
    }

    /** Where the budgets of the counters are. */
    static Path budgets(Path reports) {
        return reports.resolve("budgets");
    }

    /**
     * Room for so many children at a time, and for what they write below {@code folder}: a store of
     * so many records each, and what they add to it.
     */
    static void requireRoom(Path folder, int children, long records) {
        Preflight.writableFolder(folder);
        Preflight.memoryBytes(children * CHILD_MEMORY);
        long most = (Long.MAX_VALUE - DISK) / (children * RECORD_BYTES);
        Preflight.diskBytes(folder, DISK + children * RECORD_BYTES * Math.min(records, most));
    }
}
