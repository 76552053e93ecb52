package dev.varve.logstore;

import java.util.concurrent.ThreadFactory;

/**
 * How a log store is opened. Immutable; start from {@link #defaults()} or {@link #bulk()}.
 *
 * @param segmentBytes length of a segment without its footer, 64 KiB to 256 MiB; a longer frame
 *     gets a segment of its own
 * @param durability what a commit waits for
 * @param spareBytes bytes of the disk that commits leave free, so that sealing and closing still
 *     work on a full one
 * @param index how the index is kept on disk
 */
public record LogOptions(
        long segmentBytes, Durability durability, long spareBytes, IndexOptions index) {

    static final long MIN_SEGMENT_BYTES = 64 << 10;

    /** What 24 bits of 16-byte units can address in an index entry. */
    static final long MAX_SEGMENT_BYTES = 256 << 20;

    private static final long DEFAULT_SPARE_BYTES = 1 << 20;

    public LogOptions {
        if (segmentBytes < MIN_SEGMENT_BYTES || segmentBytes > MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "segmentBytes is " + segmentBytes + ", not " + MIN_SEGMENT_BYTES + " to "
                            + MAX_SEGMENT_BYTES);
        }
        if (spareBytes < 0) {
            throw new IllegalArgumentException("spareBytes is " + spareBytes + ", not 0 or more");
        }
    }

    /** Every commit durable on return: what a node at the tip of its chain wants. */
    public static LogOptions defaults() {
        return new LogOptions(
                MAX_SEGMENT_BYTES,
                Durability.GROUP,
                DEFAULT_SPARE_BYTES,
                IndexOptions.defaults());
    }

    /** Commits visible on return and durable when asked for: what an import wants. */
    public static LogOptions bulk() {
        return defaults().withDurability(Durability.NONE);
    }

    public LogOptions withSegmentBytes(long segmentBytes) {
        return new LogOptions(segmentBytes, durability, spareBytes, index);
    }

    public LogOptions withDurability(Durability durability) {
        return new LogOptions(segmentBytes, durability, spareBytes, index);
    }

    public LogOptions withSpareBytes(long spareBytes) {
        return new LogOptions(segmentBytes, durability, spareBytes, index);
    }

    public LogOptions withIndex(IndexOptions index) {
        return new LogOptions(segmentBytes, durability, spareBytes, index);
    }

    /** Lets one thread of that factory keep the index on disk. */
    public LogOptions withMaintenance(ThreadFactory factory) {
        return withIndex(index.withMaintenance(factory));
    }
}
