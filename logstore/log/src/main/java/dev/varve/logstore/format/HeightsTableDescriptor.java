package dev.varve.logstore.format;

/**
 * Layout of what a file of heights tells of one table, and of the entries of its section.
 *
 * <pre>
 *    0  u32  table
 *    4  u32  kind
 *    8  u64  firstHeight
 *   16  u64  count
 *   24  u64  firstPage
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT-index.md}.
 */
public final class HeightsTableDescriptor {

    public static final int TABLE_OFFSET = 0;
    public static final int KIND_OFFSET = TABLE_OFFSET + Integer.BYTES;
    public static final int FIRST_HEIGHT_OFFSET = KIND_OFFSET + Integer.BYTES;
    public static final int COUNT_OFFSET = FIRST_HEIGHT_OFFSET + Long.BYTES;
    public static final int FIRST_PAGE_OFFSET = COUNT_OFFSET + Long.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = FIRST_PAGE_OFFSET + Long.BYTES;

    public static final int KIND_DENSE = 1;
    public static final int KIND_PAIRS = 2;

    /** Length of an entry of a dense section: the units. */
    public static final int DENSE_LENGTH = 3;

    /** Length of an entry of a section of pairs: the height, then the units. */
    public static final int PAIR_LENGTH = Long.BYTES + DENSE_LENGTH;

    private HeightsTableDescriptor() {}
}
