package dev.varve.bloom;

/**
 * The mark of a filter that was closed in order: while it is there, the shard files hold every bit.
 * See docs/FORMAT-bloom.md. All numbers are little-endian.
 */
final class FilterClosedDescriptor {

    static final String FILE_NAME = "bloom.closed";

    /** "VARVEBLC" in the file. */
    static final long MAGIC = 0x434c_4245_5652_4156L;

    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int SHARD_COUNT_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int POSITION_OFFSET = SHARD_COUNT_OFFSET + Integer.BYTES;
    static final int SELF_TEST_OFFSET = POSITION_OFFSET + Long.BYTES;
    static final int SHARD_CRCS_OFFSET = SELF_TEST_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = SHARD_CRCS_OFFSET + BloomGeometry.SHARDS * Integer.BYTES;
    static final int LENGTH = CRC_OFFSET + Integer.BYTES;

    private FilterClosedDescriptor() {}
}
