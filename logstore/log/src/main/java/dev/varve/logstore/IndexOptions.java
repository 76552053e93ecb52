package dev.varve.logstore;

import dev.varve.logstore.run.PageCache;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * How the index of a store is kept on disk. Immutable; start from {@link #defaults()}.
 *
 * @param maxUnindexedSegments how many sealed segments may wait for a run, 0 or more, where 0 is
 *     like 1: their index is in memory, about 13 bytes for each key. A commit that would seal one
 *     more writes one run for all of them first; the store's own thread does so when half as many
 *     wait. More of them in a run are less to merge, and more to read after a kill
 * @param maxUnindexedBytes native memory that their index may take before the same is done, 1 or
 *     more
 * @param pageCacheBytes native memory for pages of the index, 32 KiB to 4 TiB; they are
 *     kept here only as long as reading them waits for a disk
 * @param mergeBytesPerSecond how fast merges write at most that nobody waits for, those of the
 *     store's own thread and of {@link LogStore#maintain()}; 0 for no limit
 * @param filteredRuns which files of the index have a filter
 * @param maintenance makes the one thread that writes and merges runs; null if the embedder calls
 *     {@link LogStore#maintain()}, or leaves it to those who commit
 */
public record IndexOptions(
        int maxUnindexedSegments,
        long maxUnindexedBytes,
        long pageCacheBytes,
        long mergeBytesPerSecond,
        FilteredRuns filteredRuns,
        @Nullable ThreadFactory maintenance) {

    private static final int DEFAULT_UNINDEXED_SEGMENTS = 2;
    private static final long DEFAULT_UNINDEXED_BYTES = 256 << 20;
    private static final long DEFAULT_PAGE_CACHE_BYTES = 64 << 20;
    private static final long MIN_PAGE_CACHE_BYTES = PageCache.MIN_BYTES;
    private static final long MAX_PAGE_CACHE_BYTES = PageCache.MAX_BYTES;

    public IndexOptions {
        Objects.requireNonNull(filteredRuns, "filteredRuns");
        if (maxUnindexedSegments < 0) {
            throw new IllegalArgumentException(
                    "maxUnindexedSegments is " + maxUnindexedSegments + ", not 0 or more");
        }
        if (maxUnindexedBytes < 1) {
            throw new IllegalArgumentException(
                    "maxUnindexedBytes is " + maxUnindexedBytes + ", not 1 or more");
        }
        if (pageCacheBytes < MIN_PAGE_CACHE_BYTES || pageCacheBytes > MAX_PAGE_CACHE_BYTES) {
            throw new IllegalArgumentException(
                    "pageCacheBytes is " + pageCacheBytes + ", not " + MIN_PAGE_CACHE_BYTES
                            + " to " + MAX_PAGE_CACHE_BYTES);
        }
        if (mergeBytesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "mergeBytesPerSecond is " + mergeBytesPerSecond + ", not 0 or more");
        }
    }

    /**
     * Two segments may wait, or 256 MiB of their index; 64 MiB of cache, merges at full speed, no
     * filter on the run from the start of the log, no thread.
     */
    public static IndexOptions defaults() {
        return new IndexOptions(
                DEFAULT_UNINDEXED_SEGMENTS,
                DEFAULT_UNINDEXED_BYTES,
                DEFAULT_PAGE_CACHE_BYTES,
                0,
                FilteredRuns.NEWER,
                null);
    }

    public IndexOptions withMaxUnindexedSegments(int count) {
        return new IndexOptions(
                count,
                maxUnindexedBytes,
                pageCacheBytes,
                mergeBytesPerSecond,
                filteredRuns,
                maintenance);
    }

    public IndexOptions withMaxUnindexedBytes(long bytes) {
        return new IndexOptions(
                maxUnindexedSegments,
                bytes,
                pageCacheBytes,
                mergeBytesPerSecond,
                filteredRuns,
                maintenance);
    }

    public IndexOptions withPageCacheBytes(long bytes) {
        return new IndexOptions(
                maxUnindexedSegments,
                maxUnindexedBytes,
                bytes,
                mergeBytesPerSecond,
                filteredRuns,
                maintenance);
    }

    public IndexOptions withMergeBytesPerSecond(long bytes) {
        return new IndexOptions(
                maxUnindexedSegments,
                maxUnindexedBytes,
                pageCacheBytes,
                bytes,
                filteredRuns,
                maintenance);
    }

    public IndexOptions withFilteredRuns(FilteredRuns runs) {
        return new IndexOptions(
                maxUnindexedSegments,
                maxUnindexedBytes,
                pageCacheBytes,
                mergeBytesPerSecond,
                runs,
                maintenance);
    }

    public IndexOptions withMaintenance(ThreadFactory factory) {
        return new IndexOptions(
                maxUnindexedSegments,
                maxUnindexedBytes,
                pageCacheBytes,
                mergeBytesPerSecond,
                filteredRuns,
                factory);
    }
}
