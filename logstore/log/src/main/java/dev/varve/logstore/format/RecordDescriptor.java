package dev.varve.logstore.format;

/**
 * Layout of a record: header, then key, then value, then zeros to a multiple of 16.
 *
 * <pre>
 *    0  u32  crc
 *    4  u32  valueLength
 *    8  u64  height
 *   16  u16  table
 *   18  u16  keyLength
 *   20  u8   kind
 *   21  u8   flags
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class RecordDescriptor {

    public static final int CRC_OFFSET = 0;
    public static final int VALUE_LENGTH_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int HEIGHT_OFFSET = VALUE_LENGTH_OFFSET + Integer.BYTES;
    public static final int TABLE_OFFSET = HEIGHT_OFFSET + Long.BYTES;
    public static final int KEY_LENGTH_OFFSET = TABLE_OFFSET + Short.BYTES;
    public static final int KIND_OFFSET = KEY_LENGTH_OFFSET + Short.BYTES;
    public static final int FLAGS_OFFSET = KIND_OFFSET + Byte.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = FLAGS_OFFSET + Byte.BYTES;

    /** Where the key starts. */
    public static final int KEY_OFFSET = LENGTH;

    /** Records start at multiples of this and are padded to it. */
    public static final int ALIGNMENT = 16;

    /** No header, and no record of at most {@link #MAX_UNSPLIT_LENGTH}, crosses such a page. */
    public static final int PAGE_LENGTH = 4096;

    public static final int MAX_UNSPLIT_LENGTH = 512;

    public static final int MAX_KEY_LENGTH = 1024;

    public static final int KIND_PUT = 1;
    public static final int KIND_DELETE = 2;
    public static final int KIND_REGISTRY = 3;

    /** Named for a later release: hides records at or above a height. */
    public static final int KIND_ROLLBACK = 4;

    /** Named for a later release: lets records below a height go. */
    public static final int KIND_PRUNE = 5;

    /** Named for a later release: where a compaction put records. */
    public static final int KIND_REFERENCES = 6;

    /** Flag: the value is LZ4-compressed, behind the length it expands to. */
    public static final int FLAG_COMPRESSED = 1;

    private RecordDescriptor() {}
}
