package dev.varve.cli;

import dev.varve.engine.LedgerStore;
import dev.varve.engine.StorageProfile;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.logstore.Durability;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.sync.CycleReport;
import dev.varve.sync.ItemId;
import dev.varve.sync.Pipeline;
import dev.varve.sync.PipelineListener;
import dev.varve.sync.StageStatus;
import dev.varve.sync.SyncTarget;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.stage.ChainTables;
import dev.varve.sync.ethereum.stage.EthereumStages;
import dev.varve.sync.ethereum.stage.HeadRecord;
import dev.varve.sync.ethereum.stage.HeaderRecord;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Imports a chain into a store, from where the store stands. */
@Command(
        name = "sync",
        description = "Imports a chain into a store and compares every state root.",
        footer = {
            "",
            "An import goes on where the last one ended, however that was. Killing it, even by"
                    + " SIGKILL, costs at most the step in progress: 256 blocks of one stage.",
            "A power cut costs at most the last 10 seconds of work; what the command has reported"
                    + " as its end is on the disk.",
            "SIGINT and SIGTERM end it after the step in progress, with exit code 130 and 143. A"
                    + " second one ends it at once, which is as safe.",
        })
final class SyncCommand extends StoreCommand {

    @Option(
            names = "--source",
            paramLabel = "SOURCE",
            description = "era1:PATH (a file or a folder), rlp:PATH, or a generated chain,"
                    + " dev:blocks=N,txs=M,seed=S; dev if not given.")
    private String source = "dev";

    @Option(
            names = "--genesis",
            paramLabel = "FILE",
            description = "What the chain of a file begins with, as geth or Besu have it.")
    private @Nullable Path genesis;

    @Option(
            names = "--to",
            paramLabel = "HEIGHT",
            description = "The last block to import; all of the source if not given.")
    private long to = Long.MAX_VALUE;

    @Option(
            names = "--disk",
            paramLabel = "KIND",
            description = "ssd or hdd: what the store is made for; ssd if not given.")
    private StorageProfile disk = StorageProfile.SSD;

    @Option(
            names = "--expect-txs",
            paramLabel = "N",
            description = "For how many transactions a new store's filter is made, which grows"
                    + " where there are more; 10000000 if not given.")
    private long expectedTransactions = 10_000_000;

    @Mixin private final ThreadsOption threads = new ThreadsOption();

    SyncCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        long start = surroundings().nanoClock().getAsLong();
        if (to < 0) {
            throw CommandException.usage("--to " + to + " is less than 0");
        }
        if (expectedTransactions < 1) {
            throw CommandException.usage(
                    "--expect-txs " + expectedTransactions + " is less than 1");
        }
        threads.count();
        try (SourceSpec.Chain chain = spec().open(genesis);
                LedgerStore ledger = open()) {
            checkSameChain(chain, ledger.log());
            CycleReport report = run(chain, ledger);
            long nanos = surroundings().nanoClock().getAsLong() - start;
            return report.outcome() == CycleReport.Outcome.REACHED
                    ? tellHead(report, ledger.log(), nanos)
                    : tellStop(report);
        }
    }

    private LedgerStore open() {
        return LedgerStore.at(directory())
                .profile(disk)
                .durability(Durability.NONE)
                .expectedIds(expectedTransactions)
                .upkeep(ThreadsOption.daemons("varve-upkeep-"))
                .open();
    }

    private SourceSpec spec() {
        try {
            return SourceSpec.parse(source);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--source: " + e.getMessage());
        }
    }

    private CycleReport run(SourceSpec.Chain chain, LedgerStore ledger) {
        LogStore store = ledger.log();
        long end = Math.min(to, chain.source().end() - 1) + 1;
        ProgressLines lines = new ProgressLines(surroundings(), end);
        PeriodicForce force = new PeriodicForce(store, surroundings().nanoClock());
        PipelineListener listener = event -> {
            lines.committed(event);
            force.committed();
        };
        try (BlockExecutor executor = threads.on(EthereumStages.executor()).build();
                Pipeline pipeline =
                        Pipeline.over(store)
                                .stages(
                                        EthereumStages.of(
                                                chain.source(),
                                                chain.genesis(),
                                                executor,
                                                ledger.gate(ChainTables.TX_LOOKUP)))
                                .listener(listener)
                                .build()) {
            SyncTarget target = EthereumStages.target(chain.source(), to);
            return surroundings()
                    .stops()
                    .during(() -> pipeline.run(target), pipeline::requestStop);
        } finally {
            lines.end();
        }
    }

    /**
     * The pipeline compares a stage with the source where the stage stands, and the genesis only
     * with the first block that it imports; a source that ends below where the stages stand, and
     * another genesis for blocks that are there, are found here.
     */
    private static void checkSameChain(SourceSpec.Chain chain, LogStore store) {
        if (checkSameBlock(store, 0, "the genesis", () -> chain.genesis().firstHeader().rlp())) {
            long last = chain.source().end() - 1;
            checkSameBlock(store, last, "the source", () -> chain.source().header(last));
        }
    }

    /** Whether the store has a block at a height, which then is the same. */
    private static boolean checkSameBlock(
            LogStore store, long height, String where, Supplier<byte[]> header) {
        Table headers = store.findTable(ChainTables.HEADER.name());
        byte[] stored = headers == null ? null : store.snapshot().get(headers, height);
        if (stored == null) {
            return false;
        }
        ItemId there = ItemId.of(HeaderRecord.decode(stored).hash());
        ItemId here = ItemId.of(new Keccak256().hash(header.get()));
        if (!there.equals(here)) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "the store holds another chain: at height " + height + " it has "
                                    + there + ", " + where + " " + here,
                            Failure.Place.block(height, here.toString())));
        }
        return true;
    }

    private int tellHead(CycleReport report, LogStore store, long nanos) {
        HeadRecord head = HeadRecord.read(store, store.snapshot());
        if (head == null) {
            throw new IllegalStateException("the import has ended without a head");
        }
        ItemId hash = ItemId.of(head.hash());
        ItemId stateRoot = ItemId.of(head.stateRoot());
        long checked = next(report, EthereumStages.STATE_ROOT);
        long resumedAt = resumedAt(report);
        if (isJson()) {
            out().println(
                    new JsonObject()
                            .put("head", head.height())
                            .put("headHash", hash.toString())
                            .put("stateRoot", stateRoot.toString())
                            .put("stateRootsChecked", checked)
                            .put("transactions", head.transactions())
                            .putSeconds("seconds", nanos)
                            .put("resumedAt", resumedAt));
        } else {
            out().println("head        " + head.height() + " " + hash);
            out().println("state root  " + stateRoot + ", " + checked + " roots checked");
            out().println("chain       " + head.transactions() + " transactions");
            out().println("this run    " + summary(report, resumedAt, nanos));
        }
        return ExitCode.OK;
    }

    private String summary(CycleReport report, long resumedAt, long nanos) {
        long blocks = lowestNext(report) - resumedAt;
        return String.format(
                Locale.ROOT,
                "%,d blocks in %.1f s, %,.0f blocks/s, from height %d on, into %s",
                blocks,
                nanos / 1e9,
                blocks / (Math.max(1, nanos) / 1e9),
                resumedAt,
                directory());
    }

    private int tellStop(CycleReport report) {
        StageStatus first = firstBehind(report);
        String message =
                isEmpty(report)
                        ? "stopped before a block was imported: the next run begins with the first"
                        : "stopped before the target: the next run goes on with the stage "
                                + first.stage() + " from height " + first.next();
        surroundings().err().println("varve: " + message);
        if (isJson()) {
            out().println(
                    new JsonObject()
                            .put("error", message)
                            .put("next", lowestNext(report))
                            .put("stage", first.stage())
                            .put("stageNext", first.next())
                            .put("resumedAt", resumedAt(report)));
        }
        return ExitCode.FAILED;
    }

    /**
     * What the next run begins with: far from the target stages run one behind the other, so that
     * the lowest height is 0 until the last of them has begun.
     */
    private static StageStatus firstBehind(CycleReport report) {
        return report.stages().stream()
                .filter(status -> status.next() < status.target())
                .findFirst()
                .orElseThrow();
    }

    private static boolean isEmpty(CycleReport report) {
        return report.stages().stream().allMatch(status -> status.next() == 0);
    }

    private static long next(CycleReport report, String stage) {
        return report.stages().stream()
                .filter(status -> status.stage().equals(stage))
                .mapToLong(StageStatus::next)
                .findFirst()
                .orElseThrow();
    }

    private static long lowestNext(CycleReport report) {
        return report.stages().stream().mapToLong(StageStatus::next).min().orElseThrow();
    }

    private static long resumedAt(CycleReport report) {
        return report.stages().stream().mapToLong(StageStatus::resumedAt).min().orElseThrow();
    }
}
