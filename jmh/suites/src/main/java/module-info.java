/** Benchmark suites for the performance-critical paths. Never shipped. */
module dev.varve.jmh {
    requires static org.jspecify;
}
