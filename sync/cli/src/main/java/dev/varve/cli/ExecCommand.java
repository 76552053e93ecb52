package dev.varve.cli;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.KeyClassifier;
import dev.varve.logstore.io.StorageException;
import dev.varve.sync.ethereum.replay.RecordedBlock;
import dev.varve.sync.ethereum.replay.RecordedBlocks;
import dev.varve.sync.ethereum.replay.RecordedReplay;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Executes recorded or made-up blocks in parallel, and compares them with what they must leave. */
@Command(
        name = "exec",
        description = "Executes recorded or made-up blocks in parallel; compares outcomes and"
                + " writes with a sequential execution, byte for byte, and with the record.",
        footer = {
            "",
            ExecReport.DEFINITION,
            "Times are medians of up to 9 rounds, sequential and parallel in turns, after a quarter"
                    + " of a second in which the code gets warm; each block is announced while the"
                    + " one before is executed, as in a replay. The overhead is the time that all"
                    + " threads spend beyond the sequential one's, by transaction, waiting"
                    + " included.",
            "Exit code 0 only if everything is equal.",
        })
final class ExecCommand extends CliCommand {

    @ArgGroup(multiplicity = "1")
    private final Blocks blocks = new Blocks();

    @Mixin private final ThreadsOption threads = new ThreadsOption();

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "ordered_locks, speculative, adaptive or sequential; adaptive if not"
                    + " given.")
    private ExecutorMode mode = ExecutorMode.ADAPTIVE;

    @Option(
            names = "--cost-us",
            paramLabel = "X",
            description = "Microseconds that each recorded transaction works besides, 0 to"
                    + " 1000000; 0 if not given.")
    private @Nullable Double costUs;

    /** Where the blocks come from: one of the two. */
    private static final class Blocks {

        @Option(
                names = "--rwsets",
                required = true,
                paramLabel = "FILE",
                description = "Recorded read and write sets of real blocks, gzipped JSON lines.")
        private @Nullable Path recorded;

        @Option(
                names = "--synthetic",
                required = true,
                paramLabel = "SPEC",
                description = "Transfers between random accounts: accounts=A,txs=N,cost-us=X; what"
                        + " is not named is accounts=1000,txs=10000,cost-us=1.")
        private @Nullable String synthetic;
    }

    ExecCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        threads.count();
        String synthetic = blocks.synthetic;
        return synthetic == null
                ? replay(Objects.requireNonNull(blocks.recorded))
                : sweep(synthetic);
    }

    private int replay(Path file) {
        Work work;
        try {
            work = Work.ofMicroseconds(costUs == null ? 0 : costUs);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--cost-us: " + e.getMessage());
        }
        ExecReport report = new ExecReport(mode, threads.count());
        try (RecordedBlocks source = open(file);
                BlockTrial trial = trial(RecordedReplay.KINDS)) {
            RecordedBlock block = source.next();
            if (block == null) {
                throw new CommandException(
                        new Failure(
                                ExitCode.FAILED,
                                "there is no block in " + file,
                                Failure.Place.file(file.toString(), -1)));
            }
            print(ExecReport.heading());
            for (; block != null; block = source.next()) {
                RecordedReplay replay = new RecordedReplay(block, work);
                BlockTrial.Result result = trial.run(replay, replay::differenceFromRecord);
                print(report.add(block.number(), result));
            }
        }
        print(report.total());
        String error = report.error();
        if (error != null) {
            surroundings().err().println("varve: " + error);
        }
        if (isJson()) {
            out().println(report.json());
        }
        return error == null ? ExitCode.OK : ExitCode.FAILED;
    }

    private int sweep(String text) {
        if (costUs != null) {
            throw CommandException.usage("--cost-us is for --rwsets; --synthetic has its own");
        }
        SyntheticTransfers block;
        try {
            block = SyntheticSpec.parse(text).block();
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--synthetic: " + e.getMessage());
        }
        BlockTrial.Result result;
        try (BlockTrial trial = trial(KeyClassifier.NONE)) {
            result = trial.run(block, outcome -> null);
        }
        String difference = result.difference();
        if (difference != null) {
            surroundings().err().println("varve: " + difference);
        }
        tell(result);
        return difference == null ? ExitCode.OK : ExitCode.FAILED;
    }

    private void tell(BlockTrial.Result result) {
        DependencyStats dependencies = result.dependencies();
        int count = dependencies.transactions();
        double sequentialNs = (double) result.sequentialNs() / count;
        double measuredNs = (double) result.measuredNs() / count;
        if (isJson()) {
            JsonObject json = new JsonObject();
            if (result.difference() != null) {
                json.put("error", result.difference());
            }
            out().println(
                    json.putFlag("equal", result.difference() == null)
                            .put("mode", ExecReport.name(mode))
                            .put("usedMode", ExecReport.name(result.stats().mode()))
                            .put("threads", threads.count())
                            .put("transactions", count)
                            .putDecimal("sequentialNsPerTx", sequentialNs)
                            .putDecimal("nsPerTx", measuredNs)
                            .putDecimal("overheadNsPerTx", result.overheadNs())
                            .putDecimal("speedUp", result.speedUp())
                            .putDecimal("parallelShare", dependencies.parallelShare())
                            .put("criticalPath", dependencies.criticalPath())
                            .put("reExecutions", result.stats().reExecutions()));
        } else {
            out().println(
                    String.format(
                            Locale.ROOT,
                            "%d transactions, %s with %d threads: %.0f ns each, sequentially %.0f"
                                    + " ns: %.2fx, overhead %.0f ns, %d re-executions, %s",
                            count,
                            ExecReport.name(result.stats().mode()),
                            threads.count(),
                            measuredNs,
                            sequentialNs,
                            result.speedUp(),
                            result.overheadNs(),
                            result.stats().reExecutions(),
                            result.difference() == null ? "equal" : "NOT EQUAL"));
            out().println(
                    String.format(
                            Locale.ROOT,
                            "parallel share %.1f%%, longest chain %d",
                            100 * dependencies.parallelShare(),
                            dependencies.criticalPath()));
        }
    }

    private BlockTrial trial(KeyClassifier kinds) {
        return new BlockTrial(
                mode,
                threads.on(BlockExecutor.builder()),
                kinds,
                surroundings().nanoClock());
    }

    private static RecordedBlocks open(Path file) {
        try {
            return new RecordedBlocks(file.toString(), Files.newInputStream(file));
        } catch (IOException e) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            file + " cannot be read: " + StorageException.reason(e),
                            Failure.Place.file(file.toString(), -1)));
        }
    }

    private void print(String line) {
        if (!isJson()) {
            out().println(line);
        }
    }
}
