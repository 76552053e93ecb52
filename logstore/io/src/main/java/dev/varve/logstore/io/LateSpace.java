package dev.varve.logstore.io;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What may be used of a file system whose free space falls late. Btrfs, for one, tells of what was
 * written when its transaction commits, every 30 seconds: not when it is forced, and nobody is told
 * when that was. So this follows what was free once as the files grow. What others give back, or
 * take, is seen in what the file system tells, less what it may not know yet: all that was not
 * forced, or was so in the last minute or two.
 *
 * <p>For any thread. What is told is less than there is, or as much, unless others write too.
 */
final class LateSpace {

    /** More than passes until what was forced is known. */
    static final long LATE_NS = TimeUnit.SECONDS.toNanos(60);

    private final LongSupplier nanoClock;

    // All guarded by this.
    private boolean asked;
    private long expected;
    private long written;
    private long forced;

    /** What had been forced when the clock was {@link #markTime}. */
    private long markForced;

    private long markTime;

    /** What had been forced a minute ago, or earlier. */
    private long known;

    LateSpace(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        markTime = nanoClock.getAsLong();
    }

    /**
     * Tells of a write.
     *
     * @param growth how much longer the file is
     */
    synchronized void wrote(long length, long growth) {
        written += length;
        expected -= growth;
    }

    /** Tells that so many bytes of a file are not there any more. */
    synchronized void gaveBack(long length) {
        expected += length;
    }

    /** Tells that so many bytes which were written are forced, or will never be. */
    synchronized void forced(long length) {
        forced += length;
    }

    /** Whether {@link #usable} was asked before. */
    synchronized boolean isAsked() {
        return asked;
    }

    /**
     * What may be used.
     *
     * @param free what the file system tells
     * @param before what may have been written before this was made, and be unknown; counts the
     *     first time
     */
    synchronized long usable(long free, long before) {
        long now = nanoClock.getAsLong();
        if (now - markTime >= LATE_NS) {
            known = markForced;
            markForced = forced;
            markTime = now;
        }
        if (!asked) {
            asked = true;
            written += before;
            forced += before;
            expected = Long.MIN_VALUE;
        }
        expected = Math.min(free, Math.max(expected, free - (written - known)));
        return Math.max(0, expected);
    }
}
