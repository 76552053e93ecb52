package dev.varve.logstore.format;

/**
 * Layout of COMMIT, which closes a frame and makes it count.
 *
 * <pre>
 *    0  u32  magic
 *    4  u32  frameCrc
 *    8  u64  sequence
 *   16  u64  incarnation
 *   24  u32  previousFrameCrc
 *   28  u32  reserved
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class FrameCommitDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int FRAME_CRC_OFFSET = MAGIC_OFFSET + Integer.BYTES;
    public static final int SEQUENCE_OFFSET = FRAME_CRC_OFFSET + Integer.BYTES;
    public static final int INCARNATION_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int PREVIOUS_FRAME_CRC_OFFSET = INCARNATION_OFFSET + Long.BYTES;
    public static final int RESERVED_OFFSET = PREVIOUS_FRAME_CRC_OFFSET + Integer.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = RESERVED_OFFSET + Integer.BYTES;

    /** "VCMT" in ASCII, read as a little-endian number. */
    public static final int MAGIC = 0x544D_4356;

    private FrameCommitDescriptor() {}
}
