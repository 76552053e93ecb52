package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Scans by height, a thousand records at a time. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScanSuite {

    @Benchmark
    @OperationsPerInvocation(1000)
    public long scan(Path path) {
        return path.workload().run(1_000);
    }

    /** What is measured. */
    public static class Path extends PathState {
        public Path() {
            super(HotPath.SCAN);
        }
    }
}
