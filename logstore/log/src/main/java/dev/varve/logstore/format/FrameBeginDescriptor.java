package dev.varve.logstore.format;

/**
 * Layout of BEGIN, which opens a frame.
 *
 * <pre>
 *    0  u32  magic
 *    4  u32  crc
 *    8  u64  position
 *   16  u64  sequence
 *   24  u64  incarnation
 *   32  u64  durablePosition
 *   40  u64  length
 *   48  u32  recordCount
 *   52  u8   type
 *   53  u8   flags
 *   54  u16  reserved
 *   56  u64  reserved2
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class FrameBeginDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int CRC_OFFSET = MAGIC_OFFSET + Integer.BYTES;
    public static final int POSITION_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int SEQUENCE_OFFSET = POSITION_OFFSET + Long.BYTES;
    public static final int INCARNATION_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int DURABLE_POSITION_OFFSET = INCARNATION_OFFSET + Long.BYTES;
    public static final int LENGTH_OFFSET = DURABLE_POSITION_OFFSET + Long.BYTES;
    public static final int RECORD_COUNT_OFFSET = LENGTH_OFFSET + Long.BYTES;
    public static final int TYPE_OFFSET = RECORD_COUNT_OFFSET + Integer.BYTES;
    public static final int FLAGS_OFFSET = TYPE_OFFSET + Byte.BYTES;
    public static final int RESERVED_OFFSET = FLAGS_OFFSET + Byte.BYTES;
    public static final int RESERVED2_OFFSET = RESERVED_OFFSET + Short.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = RESERVED2_OFFSET + Long.BYTES;

    /** "VBGN" in ASCII, read as a little-endian number. */
    public static final int MAGIC = 0x4E47_4256;

    /** The one frame type of format version 1: a batch of records. */
    public static final int TYPE_BATCH = 1;

    /** Frames start at multiples of this. */
    public static final int ALIGNMENT = 16;

    private FrameBeginDescriptor() {}
}
