package dev.varve.logstore.run;

/**
 * Tells by how long reads took whether a file is read from memory. Safe for use by many threads,
 * which may lose each other's samples: a wrong answer costs time and nothing else.
 *
 * <p>Warm after a long row of reads that did not wait for a disk, cold after two that did and not
 * such a row in between: one alone may have waited for the processor, which on a busy machine would
 * else count as a disk. A page from the system's cache takes about 1 us, one from a fast SSD 45 us
 * and more. Reading from a mapping saves about 0.7 us on a page that is there and may lose 120 us
 * on one that is not, so it pays where less than one read in 170 waits; with the constants below,
 * files with more than one in 256 are read by position most of the time, and those with less from
 * the mapping.
 */
public final class Warmth {

    /** Of so many reads from a mapping one is timed; a power of two. */
    public static final int MAPPED_READS_PER_SAMPLE = 8;

    /** Row of reads after which a file counts as warm. */
    static final int ROW = 512;

    /**
     * A read that takes longer has waited for a disk, or for the processor. Between two waits for a
     * disk, a page from the system's cache takes up to 16 us, and one in 200 up to 40 us. A disk
     * that is faster than this counts as memory as long as a mapping is as fast.
     */
    static final long SLOW_NS = 40_000;

    /** What each further page of a read may take, from memory. */
    private static final long PAGE_NS = 1_000;

    /** What a slow read takes off the row. */
    private static final int SLOW = ROW / 2;

    private volatile int row;
    private volatile boolean warm;

    public boolean isWarm() {
        return warm;
    }

    /**
     * Whether the last read waited, and there was no long row of those that did not before it; or
     * there was none yet.
     */
    boolean isCold() {
        return row == 0;
    }

    /** Takes note of how long the read of a page took. */
    public void sample(long ns) {
        sample(ns, 1);
    }

    /** Takes note of how long one read of that many pages took. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // a lost sample is as good as none
    void sample(long ns, int pages) {
        int before = row;
        if (ns > SLOW_NS + (pages - 1) * PAGE_NS) {
            row = Math.max(before - SLOW, 0);
            warm &= before > SLOW;
        } else if (before < ROW) {
            row = before + 1;
            warm |= before + 1 == ROW;
        }
    }
}
