package dev.varve.jmh.command;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.Main;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.duel.Contender;
import dev.varve.jmh.duel.DuelEffort;
import dev.varve.jmh.duel.DuelPlan;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a pull request has to pass. The counters first; then, given a base, every hot path of the
 * head against that of the base, both built from git, or else the duels with the physical limits.
 */
public final class GateCommand implements BenchCommand {

    /** From the first line to the last pair that need not be; what then follows takes seconds. */
    private static final Duration LIMIT = Duration.ofMinutes(8);

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
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
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
                        quick ? SuiteRun.Thoroughness.QUICK : SuiteRun.Thoroughness.FULL,
                        quick ? QUICK_RECORDS : RECORDS,
                        arguments.number("--seed", 1, Long.MIN_VALUE),
                        1,
                        arguments.folder());
        Suites.requireRoom(scale.folder(), 2, scale.records());
        SuiteRun run = new SuiteRun(scale, reports, null, out);
        GateDuels duels = new GateDuels(run, deadlineNs);
        String base = arguments.value("--base");
        try {
            if (base == null) {
                return withoutBase(run, duels);
            }
            Path repository = Path.of("").toAbsolutePath();
            String baseCommit = GitTree.commit(repository, base);
            String headCommit = GitTree.commit(repository, arguments.value("--head", "HEAD"));
            GitTree.requireHarness(repository, baseCommit);
            GitTree.requireHarness(repository, headCommit);
            List<BenchResult> results = counters(run);
            try (GitTree baseTree = GitTree.checkOut(repository, baseCommit, scale.folder());
                    GitTree headTree = GitTree.checkOut(repository, headCommit, scale.folder())) {
                out.println("building the base, " + baseCommit);
                String baseClasses = baseTree.build();
                out.println("building the head, " + headCommit);
                String headClasses = headTree.build();
                results.addAll(duels.fight(plans(headClasses, baseClasses, out)));
            }
            return results;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<BenchResult> withoutBase(SuiteRun run, GateDuels duels)
            throws IOException {
        List<BenchResult> results = counters(run);
        List<DuelPlan> plans = new ArrayList<>();
        for (HotPath path : HotPath.values()) {
            plans.addAll(run.yardsticks(path));
        }
        results.addAll(duels.fight(plans));
        return results;
    }

    private static List<BenchResult> counters(SuiteRun run) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        for (HotPath path : HotPath.values()) {
            results.addAll(run.measure(path, Layer.COUNTERS));
        }
        return results;
    }

    private static List<DuelPlan> plans(
            String headClasses, String baseClasses, PrintStream out) throws IOException {
        Set<String> known = suites(headClasses);
        known.retainAll(suites(baseClasses));
        List<DuelPlan> plans = new ArrayList<>();
        for (HotPath path : comparable()) {
            if (known.contains(path.suite())) {
                plans.add(plan(path, headClasses, baseClasses));
            } else {
                out.println(path.suite() + ": in one of the two only, nothing to compare");
            }
        }
        return plans;
    }

    /** The suites that a build has, as it lists them. */
    private static Set<String> suites(String classPath) throws IOException {
        List<String> list = List.of(Main.class.getName(), "bench", "list");
        try (ChildJvm child = ChildJvm.start(classPath, List.of(), list)) {
            Set<String> suites = new HashSet<>();
            String line = child.readLine();
            while (line != null) {
                suites.add(line.split("\t", 2)[0]);
                line = child.readLine();
            }
            child.awaitSuccess();
            return suites;
        }
    }

    private static DuelPlan plan(HotPath path, String headClasses, String baseClasses) {
        DuelEffort.Medium medium = medium(path);
        return new DuelPlan(
                path.suite(),
                new Contender("head", path.suite(), headClasses),
                new Contender("base", path.suite(), baseClasses),
                tolerance(medium),
                medium,
                isFilter(path) ? FILTER_RECORDS : 0,
                DuelPlan.Results.EQUAL);
    }

    /** All but those whose code another one runs as well. */
    private static List<HotPath> comparable() {
        EnumSet<HotPath> paths = EnumSet.allOf(HotPath.class);
        paths.removeAll(
                List.of(
                        HotPath.COMMIT_NONE, // commit-group
                        HotPath.VIEW, // get
                        HotPath.COLD_MISS, // run-find
                        HotPath.RUN_WRITE, // maintenance
                        HotPath.RUN_MERGE)); // maintenance
        return List.copyOf(paths);
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
