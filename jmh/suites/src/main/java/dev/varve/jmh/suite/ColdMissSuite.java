package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Lookups that find nothing in the files of the index. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ColdMissSuite {

    @Benchmark
    public long miss(Path path) {
        return path.workload().run(1);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.COLD_MISS);
        }
    }
}
