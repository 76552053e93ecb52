package dev.varve.jmh.command;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Preflight;
import dev.varve.jmh.Report;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Runs suites: counts, duels, JMH, latency at a fixed rate. */
public final class RunCommand implements BenchCommand {

    private static final long RECORDS = 1_000_000;
    private static final long QUICK_RECORDS = 50_000;

    /** Commits per second that an SSD takes without a queue. */
    private static final long RATE = 200;

    @Override
    public String name() {
        return "run";
    }

    @Override
    public String usage() {
        return "SUITE... | all  [--quick] [--only " + Layer.NAMES + "] [--records N] [--seed N]\n"
                + "      [--rate N] [--dir FOLDER] [--reports FOLDER] [--save]"
                + "  measures hot paths against their budgets";
    }

    @Override
    public List<BenchResult> run(List<String> given, PrintStream out) {
        Arguments arguments =
                Arguments.parse(
                        given,
                        Set.of("--quick", "--save"),
                        Set.of("--only", "--records", "--seed", "--rate", "--dir", "--reports"));
        List<HotPath> paths = Suites.named(arguments.words());
        Set<Layer> layers = Layer.of(arguments.value("--only"), arguments.has("--quick"));
        Path reports = Suites.reports(arguments);
        SuiteRun.Scale scale = scale(arguments);
        Suites.requireRoom(scale.folder(), 2, scale.records());
        try {
            if (!arguments.has("--save")) {
                return measure(paths, layers, new SuiteRun(scale, reports, null, out));
            }
            Preflight.writableFolder(reports);
            Report report = Report.begin(reports, scale.folder(), scale.seed());
            List<BenchResult> results =
                    measure(paths, layers, new SuiteRun(scale, reports, report.folder(), out));
            report.write(results, "varve bench run " + String.join(" ", given));
            out.println("saved in " + report.folder());
            return results;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SuiteRun.Scale scale(Arguments arguments) {
        boolean quick = arguments.has("--quick");
        return new SuiteRun.Scale(
                quick ? SuiteRun.Thoroughness.QUICK : SuiteRun.Thoroughness.FULL,
                arguments.number("--records", quick ? QUICK_RECORDS : RECORDS, 1),
                arguments.number("--seed", 1, Long.MIN_VALUE),
                arguments.number("--rate", RATE, 1),
                arguments.folder());
    }

    private static List<BenchResult> measure(
            List<HotPath> paths, Set<Layer> layers, SuiteRun run) throws IOException {
        List<BenchResult> results = new ArrayList<>();
        for (HotPath path : paths) {
            for (Layer layer : layers) {
                results.addAll(run.measure(path, layer));
            }
        }
        return results;
    }
}
