package dev.varve.jmh.command;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.counter.CounterSuites;
import dev.varve.jmh.duel.Duel;
import dev.varve.jmh.duel.DuelEffort;
import dev.varve.jmh.duel.DuelPlan;
import dev.varve.jmh.duel.Yardsticks;
import dev.varve.jmh.latency.FixedRate;
import dev.varve.jmh.matrix.MatrixReport;
import dev.varve.jmh.matrix.MatrixRun;
import dev.varve.jmh.suite.JmhRun;
import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.Site;
import dev.varve.jmh.workload.WorkFolder;
import dev.varve.jmh.workload.Workload;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Measures hot paths in one layer after the other, and says what it is at. For one thread. */
final class SuiteRun {

    private static final int FULL_FORKS = 3;
    private static final double FULL_SECONDS = 20;
    private static final double QUICK_SECONDS = 2;

    private final Scale scale;
    private final Path reports;
    private final @Nullable Path saved;
    private final PrintStream out;

    /**
     * A run that is about to begin.
     *
     * @param reports the project's folder with the budgets
     * @param saved where histograms and the matrix are put, or null for nowhere
     */
    SuiteRun(Scale scale, Path reports, @Nullable Path saved, PrintStream out) {
        this.scale = scale;
        this.reports = reports;
        this.saved = saved;
        this.out = out;
    }

    List<BenchResult> measure(HotPath path, Layer layer) throws IOException {
        return switch (layer) {
            case COUNTERS -> counters(path);
            case DUELS -> duels(path);
            case JMH -> jmh(path);
            case LATENCY -> latency(path);
            case MATRIX -> matrix(path);
        };
    }

    private List<BenchResult> counters(HotPath path) throws IOException {
        return counters(path, reports, ChildJvm.ownClassPath());
    }

    /** Counts a path of any build, and holds it to the budgets in {@code reports}. */
    List<BenchResult> counters(HotPath path, Path reports, String classPath) throws IOException {
        out.println(path.suite() + ": counting");
        return new CounterSuites(Suites.budgets(reports), classPath, scale.folder()).run(path);
    }

    private List<BenchResult> duels(HotPath path) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        for (DuelPlan plan : yardsticks(path)) {
            results.addAll(duel(plan).fight());
        }
        return results;
    }

    /** A duel that was not fought yet. */
    Duel duel(DuelPlan plan) {
        out.println(
                plan.suite() + ": " + plan.head().label() + " against " + plan.base().label());
        DuelEffort full = DuelEffort.of(plan.medium());
        DuelEffort effort =
                scale.thoroughness() == Thoroughness.QUICK ? full.quick() : full;
        return new Duel(plan, effort, scale.folder(), scale.records(), scale.seed());
    }

    /** The duels of a path with the physical limits. */
    List<DuelPlan> yardsticks(HotPath path) throws IOException {
        return Yardsticks.read(reports).stream()
                .filter(plan -> plan.suite().equals(path.suite()))
                .toList();
    }

    private List<BenchResult> jmh(HotPath path) {
        out.println(path.suite() + ": JMH");
        int forks = scale.thoroughness() == Thoroughness.QUICK ? 1 : FULL_FORKS;
        return JmhRun.of(path, scale.records(), forks);
    }

    private List<BenchResult> latency(HotPath path) throws IOException {
        if (path != HotPath.COMMIT_GROUP) {
            return List.of();
        }
        out.println(path.suite() + ": latency at " + scale.rate() + " per second");
        boolean quick = scale.thoroughness() == Thoroughness.QUICK;
        FixedRate rate = new FixedRate(scale.rate(), quick ? QUICK_SECONDS : FULL_SECONDS);
        try (WorkFolder folder = WorkFolder.in(scale.folder(), "varve-latency-");
                Workload workload =
                        path.open(Site.of(folder.path(), scale.records(), scale.seed()));
                PrintStream log =
                        new PrintStream(histogramLog(path), true, StandardCharsets.UTF_8)) {
            workload.run(scale.rate());
            Histogram latencies = rate.run(workload, log);
            return FixedRate.results(path.suite(), scale.rate(), latencies);
        }
    }

    private List<BenchResult> matrix(HotPath path) throws IOException {
        if (path != HotPath.EXECUTOR) {
            return List.of();
        }
        out.println(path.suite() + ": matrix of threads, accounts and costs");
        boolean quick = scale.thoroughness() == Thoroughness.QUICK;
        MatrixRun run = quick ? MatrixRun.quick(scale.seed()) : MatrixRun.full(scale.seed());
        MatrixReport report = new MatrixReport(run);
        if (saved != null) {
            Files.writeString(saved.resolve("matrix.md"), report.markdown());
        }
        return report.results(path.suite());
    }

    private OutputStream histogramLog(HotPath path) throws IOException {
        return saved == null
                ? OutputStream.nullOutputStream()
                : Files.newOutputStream(saved.resolve(path.suite() + ".hlog"));
    }

    /** How much time a run may take. */
    enum Thoroughness {
        /** A first look; much stays inconclusive. */
        QUICK,
        /** What a report needs. */
        FULL
    }

    /**
     * How much is measured, and where.
     *
     * @param records in a store before the first operation
     * @param rate operations per second where latency is measured
     * @param folder on the medium that is measured
     */
    record Scale(Thoroughness thoroughness, long records, long seed, long rate, Path folder) {}
}
