package dev.varve.bloom;

import static dev.varve.bloom.FilterLogDescriptor.DIGITS;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file of a {@link HashColumn}: a header, then {@link HashColumnPartDescriptor parts} one
 * behind the other. See docs/FORMAT-bloom.md. All numbers are little-endian.
 */
final class HashColumnDescriptor {

    /** "VARVEBLH" in the file. */
    static final long MAGIC = 0x484c_4245_5652_4156L;

    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int START_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int END_OFFSET = START_OFFSET + Long.BYTES;
    static final int SELF_TEST_OFFSET = END_OFFSET + Long.BYTES;
    static final int IDS_OFFSET = SELF_TEST_OFFSET + Long.BYTES;
    static final int LENGTH = IDS_OFFSET + Long.BYTES;

    private static final String PREFIX = "bloom-";
    private static final String SUFFIX = ".hashes";
    private static final String TEMPORARY = ".tmp";
    private static final String POSITION = "(\\d{" + DIGITS + "})";

    private static final Pattern NAME =
            Pattern.compile(PREFIX + POSITION + "-" + POSITION + "\\" + SUFFIX);

    private HashColumnDescriptor() {}

    static String fileName(long start, long end) {
        return PREFIX + FilterLogDescriptor.digits(start) + "-" + FilterLogDescriptor.digits(end)
                + SUFFIX;
    }

    static String temporaryName(long start, long end) {
        return fileName(start, end) + TEMPORARY;
    }

    static boolean isTemporary(String name) {
        return name.endsWith(TEMPORARY)
                && isColumnFile(name.substring(0, name.length() - TEMPORARY.length()));
    }

    static boolean isColumnFile(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                && FilterLogDescriptor.isPosition(matcher.group(1))
                && FilterLogDescriptor.isPosition(matcher.group(2));
    }

    static long start(String name) {
        return FilterLogDescriptor.position(name, PREFIX.length());
    }

    static long end(String name) {
        return FilterLogDescriptor.position(name, PREFIX.length() + DIGITS + 1);
    }

    /** Where a part begins; all before it are full. */
    static long partOffset(long part) {
        long full =
                HashColumnPartDescriptor.LENGTH
                        + (long) HashColumnPartDescriptor.CAPACITY * IdHash.HASH_LENGTH;
        return LENGTH + part * full;
    }

    /** The length of a column of so many ids. */
    static long fileLength(long ids) {
        long parts = partCount(ids);
        return LENGTH + parts * HashColumnPartDescriptor.LENGTH + ids * IdHash.HASH_LENGTH;
    }

    static long partCount(long ids) {
        return Math.ceilDiv(ids, HashColumnPartDescriptor.CAPACITY);
    }
}
