package dev.varve.engine.exec;

/** What is measured besides the counters that cost nothing. */
public enum StatisticsLevel {
    /** Executions, aborts, waits, utilisation. */
    COUNTERS,
    /** Also which transactions depend on earlier ones, and through which keys. */
    DEPENDENCIES,
    /** Also the time of each execution and the longest dependent chain of them in time. */
    TIMES
}
