package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Lookups of many keys at once. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GetAllSuite {

    @Benchmark
    @OperationsPerInvocation(256)
    public long get(Path path) {
        return path.workload().run(256);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.GET_ALL);
        }
    }
}
