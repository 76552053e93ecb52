package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Appends to a store that keeps its index on disk. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MaintenanceSuite {

    @Benchmark
    @OperationsPerInvocation(10000)
    public long append(Path path) {
        return path.workload().run(10_000);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.MAINTENANCE);
        }
    }
}
