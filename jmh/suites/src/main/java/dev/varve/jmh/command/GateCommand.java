package dev.varve.jmh.command;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.duel.Contender;
import dev.varve.jmh.duel.DuelEffort;
import dev.varve.jmh.duel.DuelPlan;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a pull request has to pass. The counters first; then, given a base, every hot path of the
 * head against that of the base, both built from git, or else the duels with the physical limits.
 */
public final class GateCommand implements BenchCommand {

    private static final long RECORDS = 200_000;
    private static final long QUICK_RECORDS = 20_000;
    private static final long FILTER_RECORDS = 16_000_000;

    @Override
    public String name() {
        return "gate";
    }

    @Override
    public String usage() {
        return "[--base REF [--head REF]] [--quick] [--seed N] [--dir FOLDER] [--reports FOLDER]"
                + "\n      counts every suite, then compares head with base, or without a base"
                + " with the physical limits";
    }

    @Override
    public List<BenchResult> run(List<String> given, PrintStream out) {
        Arguments arguments =
                Arguments.parse(
                        given,
                        Set.of("--quick"),
                        Set.of("--base", "--head", "--seed", "--dir", "--reports"));
        if (!arguments.words().isEmpty()) {
            throw new UsageException("gate takes no " + arguments.words());
        }
        Path reports = Suites.reports(arguments);
        boolean quick = arguments.has("--quick");
        SuiteRun.Scale scale =
                new SuiteRun.Scale(
                        quick ? SuiteRun.Thoroughness.QUICK : SuiteRun.Thoroughness.GATE,
                        quick ? QUICK_RECORDS : RECORDS,
                        arguments.number("--seed", 1, Long.MIN_VALUE),
                        1,
                        arguments.folder());
        Suites.requireRoom(scale.folder(), 2);
        SuiteRun run = new SuiteRun(scale, reports, null, out);
        String base = arguments.value("--base");
        try {
            if (base == null) {
                return withoutBase(run);
            }
            Path repository = Path.of("").toAbsolutePath();
            String baseCommit = GitTree.commit(repository, base);
            String headCommit = GitTree.commit(repository, arguments.value("--head", "HEAD"));
            GitTree.requireHarness(repository, baseCommit);
            GitTree.requireHarness(repository, headCommit);
            try (GitTree baseTree = GitTree.checkOut(repository, baseCommit, scale.folder());
                    GitTree headTree = GitTree.checkOut(repository, headCommit, scale.folder())) {
                return againstBase(run, headTree, baseTree, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<BenchResult> withoutBase(SuiteRun run) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        for (Layer layer : List.of(Layer.COUNTERS, Layer.DUELS)) {
            for (HotPath path : HotPath.values()) {
                results.addAll(run.measure(path, layer));
            }
        }
        return results;
    }

    private static List<BenchResult> againstBase(
            SuiteRun run, GitTree head, GitTree base, PrintStream out) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        for (HotPath path : HotPath.values()) {
            results.addAll(run.measure(path, Layer.COUNTERS));
        }
        out.println("building the base");
        String baseClasses = base.build();
        out.println("building the head");
        String headClasses = head.build();
        for (HotPath path : comparable()) {
            DuelEffort.Medium medium = medium(path);
            results.addAll(
                    run.duel(
                            new DuelPlan(
                                    path.suite(),
                                    new Contender("head", path.suite(), headClasses),
                                    new Contender("base", path.suite(), baseClasses),
                                    tolerance(medium),
                                    medium,
                                    isFilter(path) ? FILTER_RECORDS : 0,
                                    DuelPlan.Results.EQUAL)));
        }
        return results;
    }

    /** One of each pair that shares its code but for an enum. */
    private static List<HotPath> comparable() {
        return Arrays.stream(HotPath.values())
                .filter(path -> path != HotPath.COMMIT_NONE && path != HotPath.VIEW)
                .toList();
    }

    private static boolean isFilter(HotPath path) {
        return path == HotPath.FILTER_ADD || path == HotPath.FILTER_CONTAINS;
    }

    private static DuelEffort.Medium medium(HotPath path) {
        return switch (path) {
            case APPEND, COMMIT_NONE, COMMIT_GROUP, COMMIT_SHARED, MAINTENANCE, RUN_WRITE,
                    RUN_MERGE, DEDUP, RECOVERY, STAGE ->
                    DuelEffort.Medium.DISK;
            case GET, VIEW, MISS, COLD_GET, COLD_MISS, GET_ALL, RUN_FIND, SCAN,
                    FILTER_CONTAINS, FILTER_ADD ->
                    DuelEffort.Medium.MEMORY;
            case TRIE, ID_HASH, KECCAK, SENDER, RLP, EXECUTOR -> DuelEffort.Medium.PROCESSOR;
        };
    }

    /** The largest ratio to the base: what cannot be told from luck is let pass. */
    private static double tolerance(DuelEffort.Medium medium) {
        return switch (medium) {
            case PROCESSOR -> 1.05;
            case MEMORY -> 1.10;
            case DISK -> 1.15;
        };
    }
}
