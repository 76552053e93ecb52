package dev.varve.logstore.run;

/**
 * Tells by how long reads took whether a file is read from memory. Safe for use by many
 * threads, which may lose each other's samples: a wrong answer costs time and nothing else.
 *
 * <p>Warm after a long row of reads that did not wait for a disk, cold after one that did. A page
 * from the system's cache takes about 1 us, one from a fast SSD 45 us and more. Reading from a
 * mapping saves about 0.7 us on a page that is there and may lose 120 us on one that is not, so it
 * pays where less than one read in 170 waits; with the two constants below, files with more than
 * that are read by position most of the time, and those with less from the mapping.
 */
public final class Warmth {

    /** Of so many reads from a mapping one is timed; a power of two. */
    public static final int MAPPED_READS_PER_SAMPLE = 8;

    /** Row of reads after which a segment counts as warm. */
    static final int ROW = 512;

    /** A read that takes longer has waited for a disk, or for the processor, which is no matter. */
    static final long SLOW_NS = 15_000;

    private volatile int row;

    public boolean isWarm() {
        return row == ROW;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // a lost sample is as good as none
    public void sample(long ns) {
        int before = row;
        if (ns > SLOW_NS) {
            row = 0;
        } else if (before < ROW) {
            row = before + 1;
        }
    }
}
