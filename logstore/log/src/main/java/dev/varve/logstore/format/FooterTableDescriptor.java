package dev.varve.logstore.format;

/**
 * Layout of one table's entry in front of a segment's footer.
 *
 * <pre>
 *    0  u32  table
 *    4  u32  reserved
 *    8  u64  recordCount
 *   16  u64  recordBytes
 *   24  u64  minHeight
 *   32  u64  maxHeight
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class FooterTableDescriptor {

    public static final int TABLE_OFFSET = 0;
    public static final int RESERVED_OFFSET = TABLE_OFFSET + Integer.BYTES;
    public static final int RECORD_COUNT_OFFSET = RESERVED_OFFSET + Integer.BYTES;
    public static final int RECORD_BYTES_OFFSET = RECORD_COUNT_OFFSET + Long.BYTES;
    public static final int MIN_HEIGHT_OFFSET = RECORD_BYTES_OFFSET + Long.BYTES;
    public static final int MAX_HEIGHT_OFFSET = MIN_HEIGHT_OFFSET + Long.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = MAX_HEIGHT_OFFSET + Long.BYTES;

    private FooterTableDescriptor() {}
}
