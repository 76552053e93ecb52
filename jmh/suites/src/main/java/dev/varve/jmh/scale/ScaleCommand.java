package dev.varve.jmh.scale;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Machine;
import dev.varve.jmh.Preflight;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.medium.MemoryGroup;
import dev.varve.jmh.workload.Site;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code varve bench scale}: what a store of a given size costs to load, to open and to ask, warm
 * and cold. The folder that it makes is deleted, however it ends.
 */
public final class ScaleCommand implements BenchCommand {

    private static final long RECORDS = 3_000_000;
    private static final long LOOKUPS = 1_000_000;
    private static final long COLD_LOOKUPS = 20_000;
    private static final int VALUE_BYTES = 100;
    private static final int MAX_VALUE_BYTES = 1 << 20;

    /** With less, what the JVM itself takes is most of it. */
    private static final long MIN_MEMORY_LIMIT = 128 << 20;

    @Override
    public String name() {
        return "scale";
    }

    @Override
    public String usage() {
        return "[--records N] [--value BYTES] [--keys " + keyShapes() + "]\n"
                + "      [--lookups N] [--cold N] [--memory-limit BYTES] [--seed N] [--dir FOLDER]"
                + "  a store from its first record to cold lookups";
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        Arguments given =
                Arguments.parse(
                        arguments,
                        Set.of(),
                        Set.of(
                                "--records",
                                "--value",
                                "--keys",
                                "--lookups",
                                "--cold",
                                "--memory-limit",
                                "--seed",
                                "--dir"));
        if (!given.words().isEmpty()) {
            throw new UsageException("scale does not know '" + given.words().getFirst() + "'");
        }
        Path parent = given.folder();
        Preflight.writableFolder(parent);
        long valueBytes = given.number("--value", VALUE_BYTES, 1);
        if (valueBytes > MAX_VALUE_BYTES) {
            throw new UsageException("--value is at most " + MAX_VALUE_BYTES);
        }
        long memoryLimit = given.number("--memory-limit", 0, MIN_MEMORY_LIMIT);
        if (memoryLimit > 0) {
            MemoryGroup.join(memoryLimit).close(); // it can be done
        }
        ScaleSpec spec =
                new ScaleSpec(
                        given.number("--records", RECORDS, 1),
                        (int) valueBytes,
                        keys(given.value("--keys", KeyShape.HASHED.label())),
                        given.number("--lookups", LOOKUPS, 1),
                        given.number("--cold", COLD_LOOKUPS, 0),
                        given.number("--seed", 1, 0),
                        memoryLimit,
                        parent);
        // Twice: a merge of the index needs room, and so does what is nearly full.
        Preflight.storeBytes(parent, 2 * spec.rawBytes());
        out.println("machine: " + Machine.of(parent));
        return measure(spec, out);
    }

    private static List<BenchResult> measure(ScaleSpec spec, PrintStream out) {
        Path folder;
        try {
            folder = Files.createTempDirectory(spec.folder(), "varve-scale-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread cleaner = new Thread(() -> Site.delete(folder), "scale-cleaner");
        Runtime.getRuntime().addShutdownHook(cleaner);
        try {
            return new ScaleRun(spec.in(folder.resolve("store")), folder, out).run();
        } finally {
            Site.delete(folder);
            Runtime.getRuntime().removeShutdownHook(cleaner);
        }
    }

    private static KeyShape keys(String label) {
        return Arrays.stream(KeyShape.values())
                .filter(shape -> shape.label().equals(label))
                .findFirst()
                .orElseThrow(
                        () -> new UsageException("--keys is " + keyShapes() + ", not " + label));
    }

    private static String keyShapes() {
        return Arrays.stream(KeyShape.values())
                .map(KeyShape::label)
                .collect(Collectors.joining("|"));
    }
}
