package dev.varve.logstore.format;

/**
 * Layout of a page of a run's filter.
 *
 * <pre>
 *    0  u32  crc
 *    4  u32  page
 *   64       63 lines of 64 bytes
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT-index.md}.
 */
public final class FilterPageDescriptor {

    public static final int CRC_OFFSET = 0;
    public static final int PAGE_OFFSET = CRC_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = PAGE_OFFSET + Integer.BYTES;

    public static final int LINES_OFFSET = 64;
    public static final int LINES = 63;

    private FilterPageDescriptor() {}
}
