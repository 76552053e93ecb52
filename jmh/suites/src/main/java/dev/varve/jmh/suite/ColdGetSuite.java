package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Lookups whose records are read by position. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ColdGetSuite {

    @Benchmark
    public long get(Path path) {
        return path.workload().run(1);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.COLD_GET);
        }
    }
}
