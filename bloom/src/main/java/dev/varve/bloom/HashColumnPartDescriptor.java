package dev.varve.bloom;

/**
 * A part of a {@link HashColumn}: a head with a table of the shards, then hashes by shard. See
 * docs/FORMAT-bloom.md. All numbers are little-endian.
 *
 * <pre>
 *   +-----+------+-------+-------+----------------------------+--------------+--------------+--
 *   | crc | part | start | count | 256 x { count, crc }       | shard 0      | shard 1      | ...
 *   +-----+------+-------+-------+----------------------------+--------------+--------------+--
 * </pre>
 */
final class HashColumnPartDescriptor {

    static final int CRC_OFFSET = 0;
    static final int PART_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int START_OFFSET = PART_OFFSET + Integer.BYTES;
    static final int COUNT_OFFSET = START_OFFSET + Long.BYTES;
    static final int SHARDS_OFFSET = COUNT_OFFSET + Integer.BYTES;
    static final int LENGTH = SHARDS_OFFSET + BloomGeometry.SHARDS * 2 * Integer.BYTES;

    /** Ids of every part but the last. */
    static final int CAPACITY = 1 << 18;

    private HashColumnPartDescriptor() {}

    static long shardCountOffset(int shard) {
        return SHARDS_OFFSET + shard * 2L * Integer.BYTES;
    }

    static long shardCrcOffset(int shard) {
        return shardCountOffset(shard) + Integer.BYTES;
    }
}
