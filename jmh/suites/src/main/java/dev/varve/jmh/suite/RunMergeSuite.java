package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Merging files of the index. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RunMergeSuite {

    @Benchmark
    @OperationsPerInvocation(20000)
    public long merge(Path path) {
        return path.workload().run(20_000);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.RUN_MERGE);
        }
    }
}
