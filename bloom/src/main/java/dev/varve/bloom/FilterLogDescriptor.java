package dev.varve.bloom;

import java.util.Locale;
import java.util.regex.Matcher;
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

    /** How many digits the names of a filter's files have for a position. */
    static final int DIGITS = 20;

    private static final Pattern NAME =
            Pattern.compile(PREFIX + "(\\d{" + DIGITS + "})\\" + SUFFIX);

    /** Twenty digits can hold more than a position. */
    private static final String HIGHEST = digits(Long.MAX_VALUE);

    private FilterLogDescriptor() {}

    /** A position as it is in names, so that their order is that of positions. */
    static String digits(long position) {
        return String.format(Locale.ROOT, "%0" + DIGITS + "d", position);
    }

    /** Whether so many digits are those of a position. */
    static boolean isPosition(String digits) {
        return digits.compareTo(HIGHEST) <= 0;
    }

    /** The position whose digits begin at an index of a name. */
    static long position(String name, int index) {
        return Long.parseLong(name, index, index + DIGITS, 10);
    }

    static String fileName(long basePosition) {
        return PREFIX + digits(basePosition) + SUFFIX;
    }

    static boolean isLogFile(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() && isPosition(matcher.group(1));
    }

    static long basePosition(String name) {
        return position(name, PREFIX.length());
    }
}
