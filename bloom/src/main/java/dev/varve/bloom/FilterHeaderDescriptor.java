package dev.varve.bloom;

/**
 * The header file of a filter, written once when the filter is created; see docs/FORMAT-bloom.md.
 * All numbers are little-endian.
 */
final class FilterHeaderDescriptor {

    static final String FILE_NAME = "bloom.header";

    /** "VARVEBLM" in the file. */
    static final long MAGIC = 0x4d4c_4245_5652_4156L;

    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int LAYOUT_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int SHARD_COUNT_OFFSET = LAYOUT_OFFSET + Integer.BYTES;
    static final int WORDS_PER_ID_OFFSET = SHARD_COUNT_OFFSET + Integer.BYTES;
    static final int LINES_PER_SHARD_OFFSET = WORDS_PER_ID_OFFSET + Integer.BYTES;
    static final int EXPECTED_IDS_OFFSET = LINES_PER_SHARD_OFFSET + Long.BYTES;
    static final int SECRET0_OFFSET = EXPECTED_IDS_OFFSET + Long.BYTES;
    static final int SECRET1_OFFSET = SECRET0_OFFSET + Long.BYTES;
    static final int SELF_TEST_OFFSET = SECRET1_OFFSET + Long.BYTES;
    static final int ALGORITHM_OFFSET = SELF_TEST_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = ALGORITHM_OFFSET + Integer.BYTES;
    static final int LENGTH = CRC_OFFSET + Integer.BYTES;

    private FilterHeaderDescriptor() {}
}
