package dev.varve.logstore.format;

/**
 * Layout of the footer that ends the file of a sealed segment.
 *
 * <pre>
 *    0  u64  magic
 *    8  u32  version
 *   12  u32  crc
 *   16  u64  basePosition
 *   24  u64  framesEnd
 *   32  u64  lastSequence
 *   40  u32  lastFrameCrc
 *   44  u32  tableCount
 *   48  u64  recordCount
 *   56  u64  reserved
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class SegmentFooterDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int BASE_POSITION_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int FRAMES_END_OFFSET = BASE_POSITION_OFFSET + Long.BYTES;
    public static final int LAST_SEQUENCE_OFFSET = FRAMES_END_OFFSET + Long.BYTES;
    public static final int LAST_FRAME_CRC_OFFSET = LAST_SEQUENCE_OFFSET + Long.BYTES;
    public static final int TABLE_COUNT_OFFSET = LAST_FRAME_CRC_OFFSET + Integer.BYTES;
    public static final int RECORD_COUNT_OFFSET = TABLE_COUNT_OFFSET + Integer.BYTES;
    public static final int RESERVED_OFFSET = RECORD_COUNT_OFFSET + Long.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = RESERVED_OFFSET + Long.BYTES;

    /** "VARVEEND" in ASCII, read as a little-endian number. */
    public static final long MAGIC = 0x444E_4545_5652_4156L;

    public static final int VERSION = 1;

    private SegmentFooterDescriptor() {}
}
