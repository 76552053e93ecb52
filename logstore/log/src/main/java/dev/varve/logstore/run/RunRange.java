package dev.varve.logstore.run;

import dev.varve.logstore.format.HeightsHeaderDescriptor;
import dev.varve.logstore.format.RunHeaderDescriptor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The positions of the log that an index file covers, which are also its name.
 *
 * @param start the first position
 * @param end the position behind the last
 */
public record RunRange(long start, long end) {

    private static final int POSITION_DIGITS = 20;

    private static final Pattern NAME = Pattern.compile("(\\d{20})-(\\d{20})(\\.[a-z]+)");

    public RunRange {
        if (start < 0 || start >= end) {
            throw new IllegalArgumentException("no range of positions: " + start + " to " + end);
        }
    }

    /** The name of the run that covers this range. */
    public String runName() {
        return name(RunHeaderDescriptor.SUFFIX);
    }

    /** The range that a run's name tells, or null for the name of another file. */
    public static @Nullable RunRange ofRunName(String name) {
        return parse(name, RunHeaderDescriptor.SUFFIX);
    }

    /** The name of the file of heights that covers this range. */
    public String heightsName() {
        return name(HeightsHeaderDescriptor.SUFFIX);
    }

    /** The range that the name of a file of heights tells, or null for that of another file. */
    public static @Nullable RunRange ofHeightsName(String name) {
        return parse(name, HeightsHeaderDescriptor.SUFFIX);
    }

    /** Whether a file of that name is one of the index, whole or being written. */
    public static boolean isIndexFile(String name) {
        String whole =
                name.endsWith(IndexFiles.TEMPORARY_SUFFIX)
                        ? name.substring(0, name.length() - IndexFiles.TEMPORARY_SUFFIX.length())
                        : name;
        return ofRunName(whole) != null || ofHeightsName(whole) != null;
    }

    private String name(String suffix) {
        return digits(start) + '-' + digits(end) + suffix;
    }

    /** By hand: a store has thousands of files, and opening it makes the names of all. */
    private static String digits(long position) {
        String digits = Long.toString(position);
        return "0".repeat(POSITION_DIGITS - digits.length()) + digits;
    }

    private static @Nullable RunRange parse(String name, String suffix) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches() || !matcher.group(3).equals(suffix)) {
            return null;
        }
        try {
            long start = Long.parseLong(matcher.group(1));
            long end = Long.parseLong(matcher.group(2));
            return start < end ? new RunRange(start, end) : null;
        } catch (NumberFormatException e) {
            return null; // 20 digits can hold more than a position
        }
    }
}
