package dev.varve.bloom;

/**
 * The head of a block in the log of a filter that stands alone; {@code count} hashes of 16 bytes
 * follow. See docs/FORMAT-bloom.md. All numbers are little-endian.
 */
final class FilterBlockDescriptor {

    /** "VARVEBLB" in the file. */
    static final long MAGIC = 0x424c_4245_5652_4156L;

    static final int MAGIC_OFFSET = 0;
    static final int CRC_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int COUNT_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int POSITION_OFFSET = COUNT_OFFSET + Integer.BYTES;
    static final int DURABLE_POSITION_OFFSET = POSITION_OFFSET + Long.BYTES;
    static final int LENGTH = DURABLE_POSITION_OFFSET + Long.BYTES;

    private FilterBlockDescriptor() {}
}
