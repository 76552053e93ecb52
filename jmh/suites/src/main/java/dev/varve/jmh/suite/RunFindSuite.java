package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Lookups in a file of the index. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RunFindSuite {

    @Benchmark
    public long find(Path path) {
        return path.workload().run(1);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.RUN_FIND);
        }
    }
}
