package dev.varve.logstore;

/**
 * Where the records of a table are read from. Of the segment that is written only what has been
 * visible for a while is mapped, since only bytes that never change are: its last part, at most
 * half of a piece of 4 MiB, is always read by position. What wins where, in figures:
 * docs/decisions/0021-read-path.md.
 */
public enum ReadAdvice {

    /**
     * What was fast lately, for each segment: from a mapping once a long row of reads came from
     * memory, by position again once one had to wait for the disk.
     */
    AUTO,

    /**
     * Always from a mapping: for a table that stays in memory. A record that is not there stalls
     * its reader where the JVM cannot stop it, and brings the system's read-ahead with it.
     */
    MAPPED,

    /** Always by one positional read of the record's page: for a table much larger than memory. */
    POSITIONAL
}
