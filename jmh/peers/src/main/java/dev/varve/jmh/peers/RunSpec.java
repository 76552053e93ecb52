package dev.varve.jmh.peers;

import java.util.List;

/**
 * What is run on every store alike.
 *
 * @param lookups random keys in one pass
 */
record RunSpec(long records, long seed, int lookups) {

    static final int BATCH_RECORDS = 10_000;
    static final int DEFAULT_LOOKUPS = 1_000_000;
    static final long DEFAULT_SEED = 20_261_121;

    private static final long MIN_DISK_BYTES = 512 << 20;

    /** Files must stay in the page cache, or lookups are not warm. */
    private static final long CACHED_BYTES_PER_RECORD = 3L * Records.BYTES;

    /** The JVM and what a native store takes for itself. */
    private static final long PROCESS_BYTES = 512 << 20;

    /** One store is on the disk at a time: room for the hungriest. */
    long diskBytes(List<Peer> peers) {
        long times = peers.stream().mapToLong(Peer::diskTimesRaw).max().orElse(0);
        return MIN_DISK_BYTES + records * Records.BYTES * times;
    }

    long memoryBytes(List<Peer> peers) {
        long heap = peers.stream().mapToLong(peer -> peer.heapBytes(records)).max().orElse(0);
        return PROCESS_BYTES + heap + records * CACHED_BYTES_PER_RECORD;
    }

    /** As {@link #parse} reads it. */
    List<String> arguments() {
        return List.of(Long.toString(records), Long.toString(seed), Integer.toString(lookups));
    }

    static RunSpec parse(List<String> arguments) {
        return new RunSpec(
                Long.parseLong(arguments.get(0)),
                Long.parseLong(arguments.get(1)),
                Integer.parseInt(arguments.get(2)));
    }
}
