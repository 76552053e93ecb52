package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Hashes of 532 bytes. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeccakSuite {

    @Benchmark
    public long hash(Path path) {
        return path.workload().run(1);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.KECCAK);
        }
    }
}
