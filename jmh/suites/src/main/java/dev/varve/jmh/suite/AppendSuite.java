package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Appending, a thousand records at a time. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AppendSuite {

    @Benchmark
    @OperationsPerInvocation(1000)
    public long append(Path path) {
        return path.workload().run(1_000);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.APPEND);
        }
    }
}
