package dev.varve.cli;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterEstimate;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.bloom.ShardLoad;
import dev.varve.bloom.StandaloneFilter;
import dev.varve.engine.StorageProfile;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.StorageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A filter of ids without a ledger: made, filled, asked, looked at, planned. */
@Command(
        name = "filter",
        description = "Keeps a filter of ids by itself, without a ledger: it tells which ids were"
                + " certainly not added before.",
        footer = {
            "",
            "create  makes an empty filter for --ids at --fpr.",
            "add     adds the ids of a file, durably, and counts those that were not there.",
            "check   counts the ids of a file that may be there; --print names the others.",
            "stats   tells how full the filter is, and its false positive rate as it is.",
            "verify  reads every checkpoint, and the log of ids behind them, and compares"
                    + " checksums.",
            "plan    tells what a filter for --ids at --fpr would take here; makes nothing.",
            "",
            "What is no id ends add and check behind the ids before it; their number is told."
                    + " Adding a file again adds what is missing, and nothing twice.",
            "A directory of a ledger is looked at by stats and verify, once it is closed; its ids"
                    + " are added and checked through the ledger.",
        })
final class FilterCommand extends CliCommand {

    private static final int BATCH_IDS = 10_000;
    private static final double GIB = 1L << 30;

    /** How much log an addition lets grow before it writes a checkpoint. */
    private static final long MAX_LOG_BYTES = 1L << 30;

    /** What is to be done. */
    enum Action {
        CREATE,
        CHECK,
        ADD,
        STATS,
        VERIFY,
        PLAN
    }

    @Parameters(
            index = "0",
            paramLabel = "ACTION",
            description = "create, check, add, stats, verify or plan.")
    private Action action = Action.STATS;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The file of ids, to add and to check.")
    private @Nullable Path file;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            converter = DirectoryConverter.class,
            description = "The filter's directory; ./varve-filter if not given.")
    private Path directory = Path.of("varve-filter");

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "raw (32 bytes each), hex or text (a line each, ended by LF or CR LF,"
                    + " empty ones left out); raw if not given.")
    private IdFile.Kind kind = IdFile.Kind.RAW;

    @Option(
            names = "--ids",
            paramLabel = "N",
            description = "For how many ids, such as 50e9; 1e8 if not given.")
    private double ids = 1e8;

    @Option(
            names = "--fpr",
            paramLabel = "P",
            description = "The rate of false positives with so many ids, 1e-9 to 0.5; 0.01 if not"
                    + " given.")
    private double rate = 0.01;

    @Option(
            names = "--disk",
            paramLabel = "KIND",
            description = "ssd or hdd: how many threads load the filter, four or one; ssd if not"
                    + " given.")
    private StorageProfile disk = StorageProfile.SSD;

    @Option(names = "--print", description = "Let check print the number of each absent id.")
    private boolean print;

    FilterCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        boolean readsFile = action == Action.CHECK || action == Action.ADD;
        if (readsFile != (file != null)) {
            throw CommandException.usage(
                    readsFile
                            ? action.name().toLowerCase(Locale.ROOT) + " needs a file of ids"
                            : "there is a file of ids, \"" + file + "\", too many");
        }
        return switch (action) {
            case CREATE -> create();
            case CHECK -> check(Objects.requireNonNull(file));
            case ADD -> add(Objects.requireNonNull(file));
            case STATS -> stats();
            case VERIFY -> verify();
            case PLAN -> plan();
        };
    }

    private BloomGeometry geometry() {
        if (!(ids >= 1 && ids <= 1e15)) {
            throw CommandException.usage("--ids " + ids + " is not 1 to 1e15");
        }
        try {
            return BloomGeometry.forExpected((long) ids, rate);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--fpr: " + e.getMessage());
        }
    }

    private int create() {
        BloomGeometry geometry = geometry();
        SecureRandom random = new SecureRandom();
        IdHash hash =
                IdHash.create(IdHashAlgorithm.FOLDED, random.nextLong(), random.nextLong());
        if (hasFilter()) {
            throw failed("there is a filter in " + directory);
        }
        if (LogStore.exists(directory)) {
            // It would have no filter of its own any more.
            throw failed("there is a ledger in " + directory + ", which makes its filter itself");
        }
        requireMemory(geometry);
        StandaloneFilter.create(new FileStorage(directory), geometry, hash).close();
        return tell(describe(geometry));
    }

    /** With huge pages the system hands out what it has not, and kills the process afterwards. */
    private void requireMemory(BloomGeometry geometry) {
        long memory = Machine.memoryBytes();
        if (geometry.totalLength() > memory) {
            throw failed(
                    "a filter for " + geometry.expectedIds() + " ids takes "
                            + geometry.totalLength() + " bytes of memory, and the machine has "
                            + memory + ": fewer --ids or a higher --fpr take less");
        }
    }

    private static Facts describe(BloomGeometry geometry) {
        long ids = geometry.expectedIds();
        return new Facts()
                .add("expectedIds", ids)
                .add("memoryBytes", geometry.totalLength())
                .add("bitsPerId", decimal(geometry.totalLength() * 8.0 / ids))
                .add("wordsPerId", geometry.wordsPerId())
                .add("falsePositiveRate", scientific(geometry.falsePositiveRate(ids)));
    }

    // ---- ids of a file

    private int add(Path ids) {
        try (StandaloneFilter filter = openExisting()) {
            warn(filter.damaged());
            long[] added = {0};
            Count count =
                    each(
                            ids,
                            filter.filter().hash(),
                            (batch, first) -> {
                                filter.addIfAbsent(batch);
                                added[0] += batch.trueAnswers();
                                if (filter.logLength() > MAX_LOG_BYTES) {
                                    filter.checkpoint(BandwidthBudget.unlimited());
                                }
                            });
            return tell(
                    new Facts()
                            .add("ids", count.ids())
                            .add("added", added[0])
                            .add("maybeThere", count.ids() - added[0])
                            .add("idsPerSecond", count.idsPerSecond()));
        }
    }

    private int check(Path ids) {
        try (StandaloneFilter filter = openExisting()) {
            warn(filter.damaged());
            BloomFilter bits = filter.filter();
            long[] maybe = {0};
            Count count =
                    each(
                            ids,
                            bits.hash(),
                            (batch, first) -> {
                                bits.mayContain(batch);
                                maybe[0] += batch.trueAnswers();
                                printAbsent(batch, first);
                            });
            return tell(
                    new Facts()
                            .add("ids", count.ids())
                            .add("maybeThere", maybe[0])
                            .add("absent", count.ids() - maybe[0])
                            .add("idsPerSecond", count.idsPerSecond()));
        }
    }

    private void printAbsent(IdBatch batch, long first) {
        for (int i = 0; print && i < batch.size(); i++) {
            if (!batch.answer(i)) {
                out().println("absent " + (first + i));
            }
        }
    }

    /** How many ids went by, in how long. */
    private record Count(long ids, long nanos) {

        long idsPerSecond() {
            return (long) (ids / (Math.max(1, nanos) / 1e9));
        }
    }

    /** What is done with a batch, of which the first id is the so-manieth of the file, from 1. */
    @FunctionalInterface
    private interface Work {
        void run(IdBatch batch, long first);
    }

    private Count each(Path ids, IdHash hash, Work work) {
        IdBatch batch = new IdBatch(hash, BATCH_IDS);
        long start = surroundings().nanoClock().getAsLong();
        long[] done = {0};
        AtomicBoolean stopped = new AtomicBoolean();
        FilterProgress progress = new FilterProgress(surroundings(), IdFile.length(ids));
        try (IdFile source = IdFile.open(ids, kind)) {
            surroundings()
                    .stops()
                    .during(
                            () -> {
                                while (!stopped.get() && fill(batch, source, done[0])) {
                                    work.run(batch, done[0] + 1);
                                    done[0] += batch.size();
                                    progress.at(done[0], source.offset());
                                }
                                return done[0];
                            },
                            () -> stopped.set(true));
        } finally {
            progress.end();
        }
        if (stopped.get()) {
            throw failed("stopped after " + done[0] + " ids; those are done");
        }
        return new Count(done[0], surroundings().nanoClock().getAsLong() - start);
    }

    private static boolean fill(IdBatch batch, IdFile source, long done) {
        try {
            return source.fill(batch);
        } catch (CommandException e) {
            String before = done == 0 ? "no id was before it" : "ids before it, all done: " + done;
            throw new CommandException(e.failure().and(before));
        }
    }

    private StandaloneFilter openExisting() {
        requireFilter();
        return StandaloneFilter.open(
                new FileStorage(directory), Thread::new, disk.loaders());
    }

    private void requireFilter() {
        if (!hasFilter()) {
            throw failed("there is no filter in " + directory);
        }
    }

    /** Asks without making the directory. */
    private boolean hasFilter() {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (FileStorage storage = new FileStorage(directory)) {
            return new FilterFiles(storage).exist();
        }
    }

    private void warn(List<ShardLoad> damaged) {
        for (ShardLoad load : damaged) {
            surroundings().err().println("damaged: " + describe(load));
        }
    }

    // ---- looking

    private int stats() {
        requireFilter();
        try (FileStorage storage = new FileStorage(directory);
                BloomFilter filter = new FilterFiles(storage).openReadOnly()) {
            FilterEstimate now = filter.estimate();
            return tell(
                    describe(filter.geometry())
                            .add("estimatedIds", (long) now.ids())
                            .add("fill", decimal(now.fill()))
                            .add("falsePositiveRateNow", scientific(now.falsePositiveRate()))
                            .add("hash", filter.hash().algorithm().toString()));
        }
    }

    private int verify() {
        requireFilter();
        List<String> problems = new ArrayList<>();
        long missing = 0;
        long logged;
        long position = 0;
        try (FileStorage storage = new FileStorage(directory)) {
            FilterFiles files = new FilterFiles(storage);
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                ShardLoad load = files.verify(shard);
                missing += load.state() == ShardLoad.State.MISSING ? 1 : 0;
                position = Math.max(position, load.position());
                if (load.state() == ShardLoad.State.DAMAGED || !load.badChunks().isEmpty()) {
                    problems.add(describe(load));
                }
            }
            logged = verifyLog(files, position, problems);
            if (storage.list().stream().noneMatch(FilterCommand::isLog)) {
                problems.add("there is no log, neither of ids nor of a ledger");
            }
        }
        Facts facts =
                new Facts()
                        .add("shards", BloomGeometry.SHARDS)
                        .add("neverWritten", missing)
                        .add("idsInLog", logged)
                        .add("problems", problems);
        tell(facts);
        if (!problems.isEmpty()) {
            surroundings().err().println("varve: " + directory + ": " + problems.getFirst());
        }
        return problems.isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION;
    }

    /** One of them stands beside every filter, if only to tell which kind it is. */
    private static boolean isLog(String name) {
        return name.endsWith(".ids") || name.endsWith(".log");
    }

    private static long verifyLog(FilterFiles files, long position, List<String> problems) {
        try {
            return files.verifyLog(position);
        } catch (CorruptionException e) {
            problems.add(e.getMessage());
            return 0;
        }
    }

    private static String describe(ShardLoad load) {
        return "shard " + load.shard() + " is " + load.state()
                + (load.badChunks().isEmpty() ? "" : ", chunks " + load.badChunks());
    }

    // ---- planning

    private int plan() {
        BloomGeometry geometry = geometry();
        Path place = directory.toAbsolutePath().normalize();
        while (!Files.isDirectory(place) && place.getParent() != null) {
            place = place.getParent();
        }
        DiskProbe.Result probe;
        try {
            probe = DiskProbe.measure(place);
        } catch (IOException e) {
            String reason = StorageException.reason(e);
            throw failed("the disk of " + place + " cannot be measured: " + reason);
        }
        long length = geometry.totalLength();
        double mib = length / (double) (1 << 20);
        return tell(
                describe(geometry)
                        .add("memoryGiB", decimal(length / GIB))
                        .add("diskGiB", decimal(diskBytes(geometry) / GIB))
                        .add("probeReads", probe.isDirect() ? "from the disk" : "cached")
                        .add("readMiBPerSecond", probe.readMiBPerSecond())
                        .add("writeMiBPerSecond", probe.writeMiBPerSecond())
                        .add("loadSeconds", decimal(mib / Math.max(1, probe.readMiBPerSecond())))
                        .add(
                                "checkpointSeconds",
                                decimal(mib / Math.max(1, probe.writeMiBPerSecond()))));
    }

    /** The checkpoints, and as much of the log as there is before the next one is written. */
    private static long diskBytes(BloomGeometry geometry) {
        double log = (double) geometry.expectedIds() * IdHash.HASH_LENGTH;
        return geometry.filesLength() + (long) Math.min(log, MAX_LOG_BYTES);
    }

    private int tell(Facts facts) {
        PrintWriter out = out();
        if (isJson()) {
            out.println(facts.json());
        } else {
            facts.print(out);
        }
        return ExitCode.OK;
    }

    private CommandException failed(String message) {
        return new CommandException(
                new Failure(
                        ExitCode.FAILED,
                        message,
                        Failure.Place.file(directory.toString(), -1)));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String scientific(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
