package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Openings of a store that was not closed. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class RecoverySuite {

    @Benchmark
    public long open(Path path) {
        return path.workload().run(1);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.RECOVERY);
        }
    }
}
