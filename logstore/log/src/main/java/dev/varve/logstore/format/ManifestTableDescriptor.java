package dev.varve.logstore.format;

/**
 * Layout of what the manifest says of one table.
 *
 * <pre>
 *    0  u64   recordCount
 *    8  u64   recordBytes
 *   16  u64   segmentRecordCount
 *   24  u64   segmentRecordBytes
 *   32  u64   segmentMinHeight
 *   40  u64   segmentMaxHeight
 *   48  u64   nameLength
 *   56  c512  name
 *  120  b128  registration
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class ManifestTableDescriptor {

    /** Bytes of the longest name of a table. */
    public static final int NAME_CAPACITY = 64;

    public static final int RECORD_COUNT_OFFSET = 0;
    public static final int RECORD_BYTES_OFFSET = RECORD_COUNT_OFFSET + Long.BYTES;
    public static final int SEGMENT_RECORD_COUNT_OFFSET = RECORD_BYTES_OFFSET + Long.BYTES;
    public static final int SEGMENT_RECORD_BYTES_OFFSET = SEGMENT_RECORD_COUNT_OFFSET + Long.BYTES;
    public static final int SEGMENT_MIN_HEIGHT_OFFSET = SEGMENT_RECORD_BYTES_OFFSET + Long.BYTES;
    public static final int SEGMENT_MAX_HEIGHT_OFFSET = SEGMENT_MIN_HEIGHT_OFFSET + Long.BYTES;
    public static final int NAME_LENGTH_OFFSET = SEGMENT_MAX_HEIGHT_OFFSET + Long.BYTES;
    public static final int NAME_OFFSET = NAME_LENGTH_OFFSET + Long.BYTES;
    public static final int REGISTRATION_OFFSET = NAME_OFFSET + NAME_CAPACITY;

    /** Bytes of the fields above. */
    public static final int LENGTH = REGISTRATION_OFFSET + RegistryDescriptor.LENGTH;

    private ManifestTableDescriptor() {}
}
