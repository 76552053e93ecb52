package dev.varve.jmh.command;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.IncompleteException;
import dev.varve.jmh.Machine;
import dev.varve.jmh.counter.Budgets;
import dev.varve.jmh.duel.DuelPlan;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a pull request has to pass. The counters first; then, given a base, every hot path of the
 * head against that of the base, both built from git, or else the duels with the physical limits.
 */
public final class GateCommand implements BenchCommand {

    /** From the first line to the last pair that need not be; what then follows takes seconds. */
    private static final Duration LIMIT = Duration.ofMinutes(8);

    private static final long RECORDS = 200_000;
    private static final long QUICK_RECORDS = 20_000;

    @Override
    public String name() {
        return "gate";
    }

    @Override
    public String usage() {
        return """
                [SUITE...] [--base REF [--head REF]] [--quick] [--seed N]
                      [--dir FOLDER] [--reports FOLDER]
                      counts what each suite allocates, reads, writes and forces, and holds that to
                      its budget; then takes times side by side: those of HEAD, or of --head,
                      against those of the commit REF, or without --base against the physical
                      limits. Both commits are built from git: what is not committed does not
                      count. All suites take some ten minutes, --quick fewer, for less certainty.
                      --dir is where they are built, and the medium that is used.
                      Exit code: 0 all OK, 4 something REGRESSED, 5 nothing did but something is
                      INCONCLUSIVE (the machine is too restless to tell: no reason to refuse a
                      change), 1 a suite failed, 2 it cannot be run as given""";
    }

    @Override
    public List<BenchResult> run(List<String> given, PrintStream out) {
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        Arguments arguments =
                Arguments.parse(
                        given,
                        Set.of("--quick"),
                        Set.of("--base", "--head", "--seed", "--dir", "--reports"));
        List<HotPath> named =
                arguments.words().isEmpty() ? List.of() : Suites.named(arguments.words());
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
        Gate gate = new Gate(named, run, new GateDuels(run, deadlineNs), scale.folder(), out);
        String base = arguments.value("--base");
        try {
            return base == null
                    ? gate.againstLimits()
                    : gate.againstBase(Commits.of(arguments, base, out), arguments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Which commits are compared. */
    private record Commits(Path repository, String head, String base) {

        static Commits of(Arguments arguments, String baseRef, PrintStream out)
                throws IOException {
            Path repository = Path.of("").toAbsolutePath();
            String base = GitTree.commit(repository, baseRef);
            String head = GitTree.commit(repository, arguments.value("--head", "HEAD"));
            GitTree.requireHarness(repository, base);
            GitTree.requireHarness(repository, head);
            long changed = GitTree.changedFiles(repository);
            if (changed > 0) {
                out.println(
                        "note: " + changed + " files here are changed or new and not committed;"
                                + " what is gated is the commit " + head + " without them");
            }
            return new Commits(repository, head, base);
        }
    }

    /**
     * One run.
     *
     * @param named the suites that were asked for; none if all are meant
     */
    private record Gate(
            List<HotPath> named, SuiteRun run, GateDuels duels, Path folder, PrintStream out) {

        List<BenchResult> againstLimits() throws IOException {
            List<HotPath> paths = named.isEmpty() ? Arrays.asList(HotPath.values()) : named;
            out.println("on " + Machine.of(folder));
            List<BenchResult> results = new ArrayList<>();
            for (HotPath path : paths) {
                results.addAll(run.measure(path, Layer.COUNTERS));
            }
            List<DuelPlan> plans = new ArrayList<>();
            for (HotPath path : paths) {
                plans.addAll(run.yardsticks(path));
            }
            return fight(plans, results);
        }

        List<BenchResult> againstBase(Commits commits, Arguments arguments) throws IOException {
            out.println("head " + commits.head + " against base " + commits.base);
            out.println("on " + Machine.of(folder));
            try (GitTree baseTree = GitTree.checkOut(commits.repository, commits.base, folder);
                    GitTree headTree = GitTree.checkOut(commits.repository, commits.head, folder)) {
                out.println("building the base");
                String baseClasses = baseTree.build();
                out.println("building the head");
                BuildPair builds = BuildPair.of(headTree.build(), baseClasses);
                @Nullable String given = arguments.value("--reports");
                Path reports = given == null ? headTree.reports() : Path.of(given);
                List<BenchResult> results = counters(builds, reports, baseTree.reports());
                return fight(plans(builds), results);
            }
        }

        /** Those of the head, with what the change allows itself that the base did not. */
        private List<BenchResult> counters(BuildPair builds, Path reports, Path baseReports)
                throws IOException {
            List<BenchResult> results = new ArrayList<>();
            for (HotPath path : named.isEmpty() ? Arrays.asList(HotPath.values()) : named) {
                if (builds.headHas(path)) {
                    results.addAll(run.counters(path, reports, builds.headClasses()));
                    results.addAll(raised(path, Suites.budgets(reports), baseReports));
                }
            }
            return results;
        }

        private static List<BenchResult> raised(HotPath path, Path budgets, Path baseReports)
                throws IOException {
            Path baseBudgets = Suites.budgets(baseReports);
            if (!Files.exists(Budgets.file(baseBudgets, path.suite()))) {
                return List.of();
            }
            Budgets base = Budgets.read(baseBudgets, path.suite());
            return Budgets.read(budgets, path.suite()).raisedFrom(base);
        }

        private List<DuelPlan> plans(BuildPair builds) {
            List<DuelPlan> plans = new ArrayList<>();
            for (HotPath path : named.isEmpty() ? BuildPair.enough() : named) {
                if (builds.bothHave(path)) {
                    plans.add(builds.plan(path));
                } else {
                    out.println(path.suite() + ": in one of the two only, nothing to compare");
                }
            }
            return plans;
        }

        /** What failed does not keep the others from being measured, nor the gate from failing. */
        private List<BenchResult> fight(List<DuelPlan> plans, List<BenchResult> results) {
            results.addAll(duels.fight(plans));
            if (!duels.failures().isEmpty()) {
                throw new IncompleteException(String.join("\n", duels.failures()), results);
            }
            return results;
        }
    }
}
