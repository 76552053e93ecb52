package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Lookups on all processors at once: readers do not hold each other up. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GetSharedSuite {

    @Benchmark
    @OperationsPerInvocation(25_600)
    public long get(Path path) {
        return path.workload().run(25_600);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.GET_SHARED);
        }
    }
}
