package dev.varve.logstore.format;

/**
 * Layout of the header of a file of heights. The fields up to {@code end} are those of a run.
 *
 * <pre>
 *    0  u64  magic
 *    8  u32  version
 *   12  u32  crc
 *   16  u64  storeIdHigh
 *   24  u64  storeIdLow
 *   32  u64  start
 *   40  u64  end
 *   48  u64  basePosition
 *   56  u64  sectionPages
 *   64  u32  tableCount
 *   68  u32  tablesCrc
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT-index.md}.
 */
public final class HeightsHeaderDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int STORE_ID_HIGH_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int STORE_ID_LOW_OFFSET = STORE_ID_HIGH_OFFSET + Long.BYTES;
    public static final int START_OFFSET = STORE_ID_LOW_OFFSET + Long.BYTES;
    public static final int END_OFFSET = START_OFFSET + Long.BYTES;
    public static final int BASE_POSITION_OFFSET = END_OFFSET + Long.BYTES;
    public static final int SECTION_PAGES_OFFSET = BASE_POSITION_OFFSET + Long.BYTES;
    public static final int TABLE_COUNT_OFFSET = SECTION_PAGES_OFFSET + Long.BYTES;
    public static final int TABLES_CRC_OFFSET = TABLE_COUNT_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = TABLES_CRC_OFFSET + Integer.BYTES;

    /** "VARVEHGT" in ASCII, read as a little-endian number. */
    public static final long MAGIC = 0x5447_4845_5652_4156L;

    public static final int VERSION = 1;

    /** What the file's name ends with. */
    public static final String SUFFIX = ".heights";

    private HeightsHeaderDescriptor() {}
}
