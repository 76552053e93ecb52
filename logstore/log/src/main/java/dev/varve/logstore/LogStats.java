package dev.varve.logstore;

/**
 * Counters of one open store.
 *
 * @param visible position below which everything is visible
 * @param durable position below which everything survives a crash
 * @param commits batches committed over the life of the store
 * @param forces forces of segments since the store was opened
 * @param diskBytes bytes of the segment files
 * @param index what the index takes
 */
public record LogStats(
        int segments,
        long records,
        long visible,
        long durable,
        long commits,
        long forces,
        long diskBytes,
        IndexStats index) {

    /** Native memory of the index. */
    public long indexBytes() {
        return index.memoryBytes();
    }
}
