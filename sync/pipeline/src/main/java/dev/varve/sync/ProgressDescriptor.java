package dev.varve.sync;

/**
 * Layout of a stage's record in the table {@code sync.progress}.
 *
 * <pre>
 *    0  u16  version
 *    2  u16  lineageLength
 *    4  u32  cursorLength
 *    8  u64  next
 *   16       lineage, then cursor
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT-sync.md}.
 */
final class ProgressDescriptor {

    static final int VERSION_OFFSET = 0;
    static final int LINEAGE_LENGTH_OFFSET = VERSION_OFFSET + Short.BYTES;
    static final int CURSOR_LENGTH_OFFSET = LINEAGE_LENGTH_OFFSET + Short.BYTES;
    static final int NEXT_OFFSET = CURSOR_LENGTH_OFFSET + Integer.BYTES;

    /** Bytes of the fields above; the lineage starts here. */
    static final int LENGTH = NEXT_OFFSET + Long.BYTES;

    static final int VERSION = 1;
    static final int MAX_LINEAGE_LENGTH = 64;
    static final int MAX_CURSOR_LENGTH = 1 << 20;

    /** Key of the record that lists the ids of all stages. */
    static final String LIST_KEY = "*";

    private ProgressDescriptor() {}
}
