package dev.varve.jmh.suite;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.workload.HotPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the JMH suite of a hot path in forks. */
public final class JmhRun {

    private static final int ITERATIONS = 5;
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    /** JMH uses what Java 25 warns of. */
    private static final String[] FORK_FLAGS = {
        "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC"
    };

    private JmhRun() {}

    /** The score of the path's suite, and what it allocates when C2 is done with it. */
    public static List<BenchResult> of(HotPath path, long records, int forks) {
        Options options =
                new OptionsBuilder()
                        .include("^" + className(path).replace(".", "\\.") + "\\.")
                        .param("records", Long.toString(records))
                        .forks(forks)
                        .warmupIterations(ITERATIONS)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(ITERATIONS)
                        .measurementTime(TimeValue.seconds(1))
                        .addProfiler(GCProfiler.class)
                        .jvmArgsAppend(FORK_FLAGS)
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build();
        try {
            List<BenchResult> results = new ArrayList<>();
            for (RunResult run : new Runner(options).run()) {
                results.add(result(path, "jmh score", run.getPrimaryResult()));
                Result<?> allocation = run.getSecondaryResults().get(ALLOCATION);
                if (allocation != null) {
                    results.add(result(path, "jmh allocated", allocation));
                }
            }
            return results;
        } catch (RunnerException e) {
            throw new IllegalStateException("JMH could not run " + path.suite(), e);
        }
    }

    /** {@code commit-group} is measured by {@code CommitGroupSuite}. */
    static String className(HotPath path) {
        return Arrays.stream(path.suite().split("-", -1))
                .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
                .collect(
                        Collectors.joining(
                                "", JmhRun.class.getPackageName() + '.', "Suite"));
    }

    private static BenchResult result(HotPath path, String name, Result<?> result) {
        double[] interval = result.getScoreConfidence();
        return new BenchResult(
                path.suite(),
                name,
                result.getScore(),
                interval[0],
                interval[1],
                result.getScoreUnit(),
                "",
                BenchResult.NONE,
                BenchResult.NONE,
                Verdict.OK);
    }
}
