package dev.varve.logstore.format;

/**
 * Layout of the header that starts every segment file.
 *
 * <pre>
 *    0  u64  magic
 *    8  u32  version
 *   12  u32  crc
 *   16  u64  storeIdHigh
 *   24  u64  storeIdLow
 *   32  u64  basePosition
 *   40  u64  firstSequence
 *   48  u32  previousFrameCrc
 *   52  u32  flags
 *   56  u64  reserved
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class SegmentHeaderDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int STORE_ID_HIGH_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int STORE_ID_LOW_OFFSET = STORE_ID_HIGH_OFFSET + Long.BYTES;
    public static final int BASE_POSITION_OFFSET = STORE_ID_LOW_OFFSET + Long.BYTES;
    public static final int FIRST_SEQUENCE_OFFSET = BASE_POSITION_OFFSET + Long.BYTES;
    public static final int PREVIOUS_FRAME_CRC_OFFSET = FIRST_SEQUENCE_OFFSET + Long.BYTES;
    public static final int FLAGS_OFFSET = PREVIOUS_FRAME_CRC_OFFSET + Integer.BYTES;
    public static final int RESERVED_OFFSET = FLAGS_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = RESERVED_OFFSET + Long.BYTES;

    /** "VARVELOG" in ASCII, read as a little-endian number. */
    public static final long MAGIC = 0x474F_4C45_5652_4156L;

    public static final int VERSION = 2;

    /** Offset in the file of the first frame: the header fills a page. */
    public static final int FRAMES_OFFSET = 4096;

    private SegmentHeaderDescriptor() {}
}
