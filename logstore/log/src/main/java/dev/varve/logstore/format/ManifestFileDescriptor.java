package dev.varve.logstore.format;

/**
 * Layout of the manifest's naming of a run or of a heights file.
 *
 * <pre>
 *    0  u64  start
 *    8  u64  end
 * </pre>
 *
 * <p>The meaning of every field, and when the whole is valid, is in {@code docs/FORMAT.md}.
 */
public final class ManifestFileDescriptor {

    public static final int START_OFFSET = 0;
    public static final int END_OFFSET = START_OFFSET + Long.BYTES;

    /** Bytes of the fields above. */
    public static final int LENGTH = END_OFFSET + Long.BYTES;

    private ManifestFileDescriptor() {}
}
