package dev.varve.logstore;

import java.util.List;

/**
 * What an open store holds and did: a snapshot, each number of which was right at some moment of
 * the call that took it. Immutable.
 *
 * @param segments files of the log
 * @param tables records of each table, the store's own under id 0, by ascending id
 * @param positions how far the log has come
 * @param disk bytes of its files
 * @param memory native memory that it holds
 * @param activity what was done to the log since the store was opened
 * @param index files of the index, and what was done to them
 */
public record LogStats(
        int segments,
        List<TableRecords> tables,
        Positions positions,
        DiskBytes disk,
        MemoryStats memory,
        Activity activity,
        IndexStats index) {

    /**
     * How many records a table has, versions and deletions included.
     *
     * @param name empty for the store's own table, which holds the names of the others
     * @param bytes of the records, in multiples of 16
     */
    public record TableRecords(int id, String name, long records, long bytes) {}

    /**
     * How far a log has come.
     *
     * @param visible position below which everything is visible
     * @param durable position below which everything survives a crash
     * @param indexed position below which everything is in files of the index
     * @param commits batches committed over the life of the store
     */
    public record Positions(long visible, long durable, long indexed, long commits) {}

    /**
     * Bytes of files.
     *
     * @param log of segments
     * @param entries of runs, without their filters
     * @param filters of runs
     * @param heights of heights files
     */
    public record DiskBytes(long log, long entries, long filters, long heights) {

        /** All files of the index. */
        public long index() {
            return entries + filters + heights;
        }
    }

    /**
     * Since the store was opened.
     *
     * @param payloadBytes of keys and values, as they are stored
     * @param writtenBytes to segments: records with what is around them, zeros written ahead
     * @param manifestBytes of manifests
     * @param forces of segments
     * @param refusals commits refused for lack of space
     */
    public record Activity(
            long commits,
            long records,
            long payloadBytes,
            long writtenBytes,
            long manifestBytes,
            long forces,
            long seals,
            long refusals) {}

    /** Records of all tables. */
    public long records() {
        return tables.stream().mapToLong(TableRecords::records).sum();
    }

    /** Position below which everything is visible. */
    public long visible() {
        return positions.visible();
    }

    /** Position below which everything survives a crash. */
    public long durable() {
        return positions.durable();
    }

    /** Batches committed over the life of the store. */
    public long commits() {
        return positions.commits();
    }

    /** Forces of segments since the store was opened. */
    public long forces() {
        return activity.forces();
    }

    /** Bytes of the segment files. */
    public long diskBytes() {
        return disk.log();
    }

    /** Native memory of the index. */
    public long indexBytes() {
        return memory.indexBytes();
    }

    /** Bytes written since the store was opened: log, manifests, runs and merges. */
    public long writtenBytes() {
        return activity.writtenBytes()
                + activity.manifestBytes()
                + index.activity().runBytes()
                + index.activity().mergeBytes();
    }

    /**
     * How many bytes were written for each byte of keys and values that was committed, since the
     * store was opened; NaN if nothing was.
     */
    public double writeAmplification() {
        return activity.payloadBytes() == 0
                ? Double.NaN
                : (double) writtenBytes() / activity.payloadBytes();
    }
}
