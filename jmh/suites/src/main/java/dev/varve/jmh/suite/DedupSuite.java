package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Requests to add ids where they are absent. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DedupSuite {

    @Benchmark
    @OperationsPerInvocation(256)
    public long add(Path path) {
        return path.workload().run(256);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.DEDUP);
        }
    }
}
