package dev.varve.logstore.format;

/**
 * Layout of a page of a run's entries, and of an entry.
 *
 * <pre>
 *    0  u32  crc
 *    4  u32  page
 *    8  u64  baseHash
 *   16  u32  count
 *   20  u32  reserved
 *   24       entries of 9, 10 or 11 bytes, then 0xFF
 *
 *   an entry:   | tag: 31, 39 or 47 bits | tombstone | locator: slot 16 bits, units 24 bits |
 *               from bit 41               bit 40      bits 0 to 39
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT-index.md}.
 */
public final class EntryPageDescriptor {

    public static final int CRC_OFFSET = 0;
    public static final int PAGE_OFFSET = CRC_OFFSET + Integer.BYTES;
    public static final int BASE_HASH_OFFSET = PAGE_OFFSET + Integer.BYTES;
    public static final int COUNT_OFFSET = BASE_HASH_OFFSET + Long.BYTES;
    public static final int RESERVED_OFFSET = COUNT_OFFSET + Integer.BYTES;

    /** Bytes of the fields above: where the entries begin. */
    public static final int LENGTH = RESERVED_OFFSET + Integer.BYTES;

    /** How many leading bits of a key's 64-bit hash an entry keeps. */
    public static final int HASH_BITS = 44;

    /** How many of the key hash's last bits are zero in a page's base, and not in the fence. */
    public static final int BASE_SHIFT = 12;

    public static final int UNITS_BITS = 24;
    public static final int LOCATOR_BITS = 40;
    public static final int TAG_SHIFT = LOCATOR_BITS + 1;

    /** Bytes in a unit of a record's offset. */
    public static final int UNIT_LENGTH = 16;

    private EntryPageDescriptor() {}
}
