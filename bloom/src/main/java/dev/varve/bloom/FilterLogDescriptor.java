package dev.varve.bloom;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A file of the log of a filter that stands alone: a header, then {@link FilterBlockDescriptor
 * blocks} one behind the other. See docs/FORMAT-bloom.md. All numbers are little-endian.
 */
final class FilterLogDescriptor {

    /** "VARVEBLW" in the file. */
    static final long MAGIC = 0x574c_4245_5652_4156L;

    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int BASE_POSITION_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int SELF_TEST_OFFSET = BASE_POSITION_OFFSET + Long.BYTES;
    static final int LENGTH = SELF_TEST_OFFSET + Long.BYTES;

    private static final String PREFIX = "bloom-";
    private static final String SUFFIX = ".ids";
    private static final int DIGITS = 20;

    private static final Pattern NAME =
            Pattern.compile(PREFIX + "\\d{" + DIGITS + "}\\" + SUFFIX);

    /** Twenty digits can hold more than a position. */
    private static final String HIGHEST_NAME = fileName(Long.MAX_VALUE);

    private FilterLogDescriptor() {}

    static String fileName(long basePosition) {
        return String.format(Locale.ROOT, PREFIX + "%0" + DIGITS + "d" + SUFFIX, basePosition);
    }

    static boolean isLogFile(String name) {
        return NAME.matcher(name).matches() && name.compareTo(HIGHEST_NAME) <= 0;
    }

    static long basePosition(String name) {
        return Long.parseLong(name, PREFIX.length(), PREFIX.length() + DIGITS, 10);
    }
}
