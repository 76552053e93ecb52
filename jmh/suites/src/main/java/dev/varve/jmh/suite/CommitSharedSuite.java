package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Commits of 64 threads that share forces. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CommitSharedSuite {

    @Benchmark
    @OperationsPerInvocation(6400)
    public long commit(Path path) {
        return path.workload().run(6_400);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.COMMIT_SHARED);
        }
    }
}
