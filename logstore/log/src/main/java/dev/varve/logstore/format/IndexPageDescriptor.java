package dev.varve.logstore.format;

/**
 * What all pages of the index files have in common that are read one by one: their own checksum and
 * their number, in front.
 *
 * <pre>
 *    0  u32  crc
 *    4  u32  page
 * </pre>
 *
 * <p>The rules are in {@code docs/FORMAT-index.md}.
 */
public final class IndexPageDescriptor {

    public static final int CRC_OFFSET = 0;
    public static final int PAGE_OFFSET = CRC_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = PAGE_OFFSET + Integer.BYTES;

    /** The length of a page in bytes. */
    public static final int PAGE_LENGTH = 4096;

    private IndexPageDescriptor() {}
}
