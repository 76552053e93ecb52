package dev.varve.logstore;

/**
 * What the index of a store takes, and took since the store was opened.
 *
 * @param runs files of the index by key
 * @param heightsFiles files of the index by height
 * @param unindexedSegments sealed segments whose index is still in memory
 * @param diskBytes of all files of the index
 * @param hotBytes native memory of the index that is in no file yet
 * @param pinnedBytes native memory that open files of the index hold
 * @param cacheBytes native memory of the page cache, 0 where pages are mapped
 * @param activity what was done since the store was opened
 */
public record IndexStats(
        int runs,
        int heightsFiles,
        int unindexedSegments,
        long diskBytes,
        long hotBytes,
        long pinnedBytes,
        long cacheBytes,
        Activity activity) {

    /** Native memory in all. */
    public long memoryBytes() {
        return hotBytes + pinnedBytes + cacheBytes;
    }

    /**
     * Since the store was opened.
     *
     * @param stalls how often a commit had to write a run before it could go on
     * @param refusedMerges how often a commit left a merge be, for lack of space
     * @param failures how often the maintenance thread failed and began again
     * @param runBytes of files written for parts of the log that had none
     * @param mergeBytes of runs that merges wrote
     * @param manifestBytes of manifests
     */
    public record Activity(
            long stalls,
            long refusedMerges,
            long failures,
            long runBytes,
            long mergeBytes,
            long manifestBytes) {}
}
