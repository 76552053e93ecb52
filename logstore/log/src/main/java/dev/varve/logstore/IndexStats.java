package dev.varve.logstore;

/**
 * The files of a store's index, and what was done to them. Immutable.
 *
 * @param runs files of the index by key
 * @param heightsFiles files of the index by height
 * @param unindexedSegments sealed segments whose index is still in memory
 * @param activity what was done since the store was opened
 */
public record IndexStats(int runs, int heightsFiles, int unindexedSegments, Activity activity) {

    /**
     * Since the store was opened.
     *
     * @param stalls how often a commit had to write a run, or to wait for one, before it went on
     * @param stallNs how long that took, in all; nobody else could commit meanwhile
     * @param refusedMerges how often a commit left a merge be, for lack of space
     * @param restarts how often the maintenance thread failed and began again
     * @param builds files written for parts of the log that had none
     * @param merges runs that were made of others
     * @param runBytes of those that were built
     * @param mergeBytes of runs that merges wrote
     */
    public record Activity(
            long stalls,
            long stallNs,
            long refusedMerges,
            long restarts,
            long builds,
            long merges,
            long runBytes,
            long mergeBytes) {}
}
