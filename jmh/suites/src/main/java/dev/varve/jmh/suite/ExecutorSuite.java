package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Blocks of 1,000 transfers, one in each way of execution. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ExecutorSuite {

    @Benchmark
    @OperationsPerInvocation(4_000)
    public long execute(Path path) {
        return path.workload().run(4_000);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.EXECUTOR);
        }
    }
}
