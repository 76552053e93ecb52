package dev.varve.logstore.format;

/**
 * Layout of the header of a run.
 *
 * <pre>
 *    0  u64  magic
 *    8  u32  version
 *   12  u32  crc
 *   16  u64  storeIdHigh
 *   24  u64  storeIdLow
 *   32  u64  start
 *   40  u64  end
 *   48  u64  entries
 *   56  u64  tombstones
 *   64  u64  entryPages
 *   72  u64  filterLines
 *   80  u32  entryWidth
 *   84  u32  segmentCount
 *   88  u32  segmentsCrc
 *   92  u32  fenceCrc
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT-index.md}.
 */
public final class RunHeaderDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int STORE_ID_HIGH_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int STORE_ID_LOW_OFFSET = STORE_ID_HIGH_OFFSET + Long.BYTES;
    public static final int START_OFFSET = STORE_ID_LOW_OFFSET + Long.BYTES;
    public static final int END_OFFSET = START_OFFSET + Long.BYTES;
    public static final int ENTRIES_OFFSET = END_OFFSET + Long.BYTES;
    public static final int TOMBSTONES_OFFSET = ENTRIES_OFFSET + Long.BYTES;
    public static final int ENTRY_PAGES_OFFSET = TOMBSTONES_OFFSET + Long.BYTES;
    public static final int FILTER_LINES_OFFSET = ENTRY_PAGES_OFFSET + Long.BYTES;
    public static final int ENTRY_WIDTH_OFFSET = FILTER_LINES_OFFSET + Long.BYTES;
    public static final int SEGMENT_COUNT_OFFSET = ENTRY_WIDTH_OFFSET + Integer.BYTES;
    public static final int SEGMENTS_CRC_OFFSET = SEGMENT_COUNT_OFFSET + Integer.BYTES;
    public static final int FENCE_CRC_OFFSET = SEGMENTS_CRC_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = FENCE_CRC_OFFSET + Integer.BYTES;

    /** "VARVERUN" in ASCII, read as a little-endian number. */
    public static final long MAGIC = 0x4E55_5245_5652_4156L;

    public static final int VERSION = 1;

    /** What a run's file name ends with. */
    public static final String SUFFIX = ".run";

    private RunHeaderDescriptor() {}
}
