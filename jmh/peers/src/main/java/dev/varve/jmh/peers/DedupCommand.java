package dev.varve.jmh.peers;

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
import java.util.Set;

/**
 * {@code varve bench dedup}: the gate of a ledger with as many ids as are asked for, all added
 * durably; then what an id takes in Varve, in RocksDB and in a set on the heap. What is said of
 * more ids than were measured says so. Nothing is left on the disk, however it ends.
 */
public final class DedupCommand implements BenchCommand {

    private static final long DEFAULT_IDS = 10_000_000;
    private static final long MAX_IDS = 10_000_000_000L;

    /** An id takes less in both stores together, while they are compacted. */
    private static final long DISK_BYTES_PER_ID = 320;

    @Override
    public String name() {
        return "dedup";
    }

    @Override
    public String usage() {
        return "[--ids N] [--dir FOLDER]"
                + "  a gate with N ids, durably, and what an id takes here and elsewhere";
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        Arguments given = Arguments.parse(arguments, Set.of(), Set.of("--ids", "--dir"));
        if (!given.words().isEmpty()) {
            throw new UsageException("dedup does not know '" + given.words().getFirst() + "'");
        }
        long ids = count(given.value("--ids", Long.toString(DEFAULT_IDS)));
        Path folder = given.folder();
        Preflight.writableFolder(folder);
        Preflight.storeBytes(folder, ids * DISK_BYTES_PER_ID);
        out.println("machine: " + Machine.of(folder));
        List<BenchResult> results = new ArrayList<>();
        try (WorkFolder scratch = WorkFolder.in(folder, "varve-peers-")) {
            DedupReport report = new DedupReport(results, out);
            new GateLife(ids, scratch.path().resolve("varve"), report).run();
            new IdStorage(ids, report).run(scratch.path().resolve("rocks"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalStateException e) {
            // What was measured before is worth keeping.
            throw new IncompleteException(String.valueOf(e.getMessage()), results);
        }
        return results;
    }

    /** A count that may be written as 1e8. */
    private static long count(String text) {
        try {
            double value = Double.parseDouble(text);
            if (value >= 10_000 && value <= MAX_IDS) {
                return (long) value;
            }
        } catch (NumberFormatException e) {
            throw new UsageException("--ids needs a number, not '" + text + "'");
        }
        throw new UsageException("--ids is 1e4 to " + MAX_IDS + ", not " + text);
    }
}
