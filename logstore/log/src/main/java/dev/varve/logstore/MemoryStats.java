package dev.varve.logstore;

/**
 * Native memory that a store holds, by what holds it. All of it is counted, and bounded so:
 *
 * <ul>
 *   <li>{@code hotBytes}: the index of the segment that is written and of those that wait for their
 *       run, at most {@link IndexOptions#maxUnindexedSegments()} and the one in work. 13 bytes for
 *       each key, at most 16, and 8 for each further version; 32 to 64 for each record found by
 *       height. So at most twice the length of those segments, which records of 32 bytes would
 *       need. What recovery reads again takes 28 for each record by key at most, until its run is
 *       written
 *   <li>{@code pinnedBytes}: 4 for each page of some 450 entries of a run
 *   <li>{@code cacheBytes}: at most {@link IndexOptions#pageCacheBytes()} and four thousandths, and
 *       256 KiB if a filter was read from a disk
 *   <li>{@code readerBytes}: for each read that ever went on at the same time as others, 4 KiB to 1
 *       MiB of records and 256 KiB for a compressed value; more while a longer record is read
 *   <li>{@code stagingBytes}: 1 MiB, once something was committed
 *   <li>{@code workBytes}: of writing a run 1.3 MiB and 4 for each page of it, of a merge 256 KiB
 *       for each run besides; of verifying and replaying 1 MiB, or the longest frame
 *   <li>{@code batchBytes}: what the embedder has put into batches that it has not closed, each at
 *       most twice its records, or 16 KiB
 * </ul>
 *
 * <p>What a long read or verification holds on to, parts of the index that were replaced meanwhile,
 * is counted where it was. Mappings are not: the system takes their pages back when it wants. Not
 * counted either is a mebibyte for the moment in which recovery writes a torn tail again, a damaged
 * run's part in memory while it is written again, and what a reader exchanged for more, until the
 * garbage collector has found it.
 */
public record MemoryStats(
        long hotBytes,
        long pinnedBytes,
        long cacheBytes,
        long readerBytes,
        long stagingBytes,
        long workBytes,
        long batchBytes) {

    /** All of the index. */
    public long indexBytes() {
        return hotBytes + pinnedBytes + cacheBytes;
    }

    public long totalBytes() {
        return indexBytes() + readerBytes + stagingBytes + workBytes + batchBytes;
    }
}
