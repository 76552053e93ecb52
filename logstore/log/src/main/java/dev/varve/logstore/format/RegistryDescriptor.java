package dev.varve.logstore.format;

/**
 * Layout of the value of a REGISTRY record.
 *
 * <pre>
 *    0  u16  table
 *    2  u8   order
 *    3  u8   state
 *    4  u8   mutability
 *    5  u8   deduplicated
 *    6  u16  reserved
 *    8  u64  retention
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class RegistryDescriptor {

    public static final int TABLE_OFFSET = 0;
    public static final int ORDER_OFFSET = TABLE_OFFSET + Short.BYTES;
    public static final int STATE_OFFSET = ORDER_OFFSET + Byte.BYTES;
    public static final int MUTABILITY_OFFSET = STATE_OFFSET + Byte.BYTES;
    public static final int DEDUPLICATED_OFFSET = MUTABILITY_OFFSET + Byte.BYTES;
    public static final int RESERVED_OFFSET = DEDUPLICATED_OFFSET + Byte.BYTES;
    public static final int RETENTION_OFFSET = RESERVED_OFFSET + Short.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = RETENTION_OFFSET + Long.BYTES;

    public static final int ORDER_BY_KEY = 1;
    public static final int ORDER_BY_HEIGHT = 2;
    public static final int STATE_EXISTS = 1;

    /** Value of the field "deduplicated" where every key is put once. */
    public static final int DEDUPLICATED = 1;

    private RegistryDescriptor() {}
}
