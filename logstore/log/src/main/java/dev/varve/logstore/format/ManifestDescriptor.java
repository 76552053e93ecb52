package dev.varve.logstore.format;

/**
 * Layout of the manifest. Behind the header stand the entries of tables, of runs and of heights
 * files.
 *
 * <pre>
 *    0  u64  magic
 *    8  u32  version
 *   12  u32  crc
 *   16  u64  storeIdHigh
 *   24  u64  storeIdLow
 *   32  u64  hashKeyHigh
 *   40  u64  hashKeyLow
 *   48  u64  durablePosition
 *   56  u64  lastSequence
 *   64  u32  state
 *   68  u32  rollbackCount
 *   72  u64  incarnation
 *   80  u64  indexedPosition
 *   88  u64  indexedSequence
 *   96  u32  indexedFrameCrc
 *  100  u32  tableCount
 *  104  u32  runCount
 *  108  u32  heightsCount
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class ManifestDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int STORE_ID_HIGH_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int STORE_ID_LOW_OFFSET = STORE_ID_HIGH_OFFSET + Long.BYTES;
    public static final int HASH_KEY_HIGH_OFFSET = STORE_ID_LOW_OFFSET + Long.BYTES;
    public static final int HASH_KEY_LOW_OFFSET = HASH_KEY_HIGH_OFFSET + Long.BYTES;
    public static final int DURABLE_POSITION_OFFSET = HASH_KEY_LOW_OFFSET + Long.BYTES;
    public static final int LAST_SEQUENCE_OFFSET = DURABLE_POSITION_OFFSET + Long.BYTES;
    public static final int STATE_OFFSET = LAST_SEQUENCE_OFFSET + Long.BYTES;
    public static final int ROLLBACK_COUNT_OFFSET = STATE_OFFSET + Integer.BYTES;
    public static final int INCARNATION_OFFSET = ROLLBACK_COUNT_OFFSET + Integer.BYTES;
    public static final int INDEXED_POSITION_OFFSET = INCARNATION_OFFSET + Long.BYTES;
    public static final int INDEXED_SEQUENCE_OFFSET = INDEXED_POSITION_OFFSET + Long.BYTES;
    public static final int INDEXED_FRAME_CRC_OFFSET = INDEXED_SEQUENCE_OFFSET + Long.BYTES;
    public static final int TABLE_COUNT_OFFSET = INDEXED_FRAME_CRC_OFFSET + Integer.BYTES;
    public static final int RUN_COUNT_OFFSET = TABLE_COUNT_OFFSET + Integer.BYTES;
    public static final int HEIGHTS_COUNT_OFFSET = RUN_COUNT_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = HEIGHTS_COUNT_OFFSET + Integer.BYTES;

    /** "VARVEMAN" in ASCII, read as a little-endian number. */
    public static final long MAGIC = 0x4E41_4D45_5652_4156L;

    public static final int VERSION = 2;
    public static final int STATE_CLEAN = 1;
    public static final int STATE_IN_USE = 2;

    private ManifestDescriptor() {}
}
