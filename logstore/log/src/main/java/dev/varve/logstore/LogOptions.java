package dev.varve.logstore;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;

/**
 * How a log store is opened. Immutable; start from {@link #defaults()} or {@link #bulk()}.
 *
 * @param segmentBytes length of a segment without its footer, 64 KiB to 256 MiB; a longer frame
 *     gets a segment of its own
 * @param durability what a commit waits for
 * @param spareBytes the low-space mark: bytes of the disk that commits leave free. One that would
 *     not is refused with a {@link dev.varve.logstore.io.StorageFullException} and changes nothing;
 *     reads, maintenance and closing go on, which may use what is spared, and so do commits once
 *     there is more space again
 * @param forceInterval how long {@link Durability#INTERVAL} leaves a commit un-forced, more than 0
 * @param readCheck what a lookup checks of each record that it reads
 * @param index how the index is kept on disk
 */
public record LogOptions(
        long segmentBytes,
        Durability durability,
        long spareBytes,
        Duration forceInterval,
        ReadCheck readCheck,
        IndexOptions index) {

    static final long MIN_SEGMENT_BYTES = 64 << 10;

    /** What 24 bits of 16-byte units can address in an index entry. */
    static final long MAX_SEGMENT_BYTES = 256 << 20;

    private static final int BULK_UNINDEXED_SEGMENTS = 8;
    private static final long DEFAULT_SPARE_BYTES = 64 << 20;
    private static final Duration DEFAULT_FORCE_INTERVAL = Duration.ofMillis(100);

    public LogOptions {
        Objects.requireNonNull(durability, "durability");
        Objects.requireNonNull(forceInterval, "forceInterval");
        Objects.requireNonNull(readCheck, "readCheck");
        Objects.requireNonNull(index, "index");
        if (segmentBytes < MIN_SEGMENT_BYTES || segmentBytes > MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "segmentBytes is " + segmentBytes + ", not " + MIN_SEGMENT_BYTES + " to "
                            + MAX_SEGMENT_BYTES);
        }
        if (spareBytes < 0) {
            throw new IllegalArgumentException("spareBytes is " + spareBytes + ", not 0 or more");
        }
        if (!forceInterval.isPositive()) {
            throw new IllegalArgumentException(
                    "forceInterval is " + forceInterval + ", not more than 0");
        }
    }

    /** Every commit durable on return: what a node at the tip of its chain wants. */
    public static LogOptions defaults() {
        return new LogOptions(
                MAX_SEGMENT_BYTES,
                Durability.GROUP,
                DEFAULT_SPARE_BYTES,
                DEFAULT_FORCE_INTERVAL,
                ReadCheck.CHECKSUM,
                IndexOptions.defaults());
    }

    /**
     * Commits visible on return and durable when asked for, and one run for eight segments: what an
     * import wants.
     */
    public static LogOptions bulk() {
        return defaults()
                .withDurability(Durability.NONE)
                .withIndex(
                        IndexOptions.defaults().withMaxUnindexedSegments(BULK_UNINDEXED_SEGMENTS));
    }

    /** 64 KiB to 256 MiB, which is the default. */
    public LogOptions withSegmentBytes(long segmentBytes) {
        return new LogOptions(
                segmentBytes, durability, spareBytes, forceInterval, readCheck, index);
    }

    /** The default is {@link Durability#GROUP}, of {@link #bulk()} {@link Durability#NONE}. */
    public LogOptions withDurability(Durability durability) {
        return new LogOptions(
                segmentBytes, durability, spareBytes, forceInterval, readCheck, index);
    }

    /** The default is 64 MiB. */
    public LogOptions withSpareBytes(long spareBytes) {
        return new LogOptions(
                segmentBytes, durability, spareBytes, forceInterval, readCheck, index);
    }

    /** For {@link Durability#INTERVAL}; the default is 100 milliseconds. */
    public LogOptions withForceInterval(Duration forceInterval) {
        return new LogOptions(
                segmentBytes, durability, spareBytes, forceInterval, readCheck, index);
    }

    /** The default is {@link ReadCheck#CHECKSUM}. */
    public LogOptions withReadCheck(ReadCheck readCheck) {
        return new LogOptions(
                segmentBytes, durability, spareBytes, forceInterval, readCheck, index);
    }

    public LogOptions withIndex(IndexOptions index) {
        return new LogOptions(
                segmentBytes, durability, spareBytes, forceInterval, readCheck, index);
    }

    /** Lets one thread of that factory keep the index on disk. */
    public LogOptions withMaintenance(ThreadFactory factory) {
        return withIndex(index.withMaintenance(factory));
    }
}
