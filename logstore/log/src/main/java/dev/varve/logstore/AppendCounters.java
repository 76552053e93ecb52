package dev.varve.logstore;

/**
 * Counts what an appender did since its store was opened. Changed by whoever holds the write lock,
 * read by any thread.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // under the write lock
final class AppendCounters {

    private volatile long commits;
    private volatile long records;
    private volatile long payloadBytes;
    private volatile long sealBytes;
    private volatile long seals;
    private volatile long refusals;

    /** A batch was published. */
    void committed(Batch batch) {
        commits++;
        records += batch.count();
        payloadBytes += batch.payloadBytes();
    }

    /** A segment was sealed, with so many bytes behind its frames. */
    void sealed(long bytes) {
        seals++;
        sealBytes += bytes;
    }

    /** A segment's header was written. */
    void began(long bytes) {
        sealBytes += bytes;
    }

    /** A commit found no space. */
    void refused() {
        refusals++;
    }

    /**
     * What was counted, with what others count.
     *
     * @param frameBytes written for frames
     */
    LogStats.Activity activity(long frameBytes, long manifestBytes, long forces) {
        return new LogStats.Activity(
                commits,
                records,
                payloadBytes,
                frameBytes + sealBytes,
                manifestBytes,
                forces,
                seals,
                refusals);
    }
}
