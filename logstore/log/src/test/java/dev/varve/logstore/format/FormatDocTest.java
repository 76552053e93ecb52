package dev.varve.logstore.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tables of the format pages are the constants of this package: drift fails the build. */
final class FormatDocTest {

    private static final Pattern HEADING = Pattern.compile("##+ .*: `(\\w+Descriptor)`");
    private static final Pattern ROW =
            Pattern.compile("\\| (\\d+) \\| (\\d+) \\| (\\w+) \\| (\\w+) \\| .* \\| \\d+ \\|");

    @Test
    void shouldMatchTheConstantsOfTheLog() throws IOException, ReflectiveOperationException {
        assertEquals(
                List.of(
                        "SegmentHeaderDescriptor",
                        "SegmentFooterDescriptor",
                        "FooterTableDescriptor",
                        "FrameBeginDescriptor",
                        "FrameCommitDescriptor",
                        "RecordDescriptor",
                        "RegistryDescriptor",
                        "ManifestDescriptor",
                        "ManifestTableDescriptor",
                        "ManifestFileDescriptor"),
                checked("FORMAT.md"));
    }

    @Test
    void shouldMatchTheConstantsOfTheIndex() throws IOException, ReflectiveOperationException {
        assertEquals(
                List.of(
                        "IndexPageDescriptor",
                        "RunHeaderDescriptor",
                        "EntryPageDescriptor",
                        "FilterPageDescriptor",
                        "HeightsHeaderDescriptor",
                        "HeightsTableDescriptor"),
                checked("FORMAT-index.md"));
    }

    /** The descriptors whose tables a page has, each of which was compared. */
    private static List<String> checked(String name)
            throws IOException, ReflectiveOperationException {
        Path page = Path.of(System.getProperty("varve.root"), "docs", name);
        List<String> checked = new ArrayList<>();
        @Nullable Class<?> descriptor = null;
        int expected = 0;
        for (String line : Files.readAllLines(page)) {
            Matcher heading = HEADING.matcher(line);
            Matcher row = ROW.matcher(line);
            if (line.startsWith("#")) {
                checkLength(descriptor, expected);
                expected = 0;
                descriptor = heading.matches() ? load(heading.group(1)) : null;
                if (descriptor != null) {
                    checked.add(heading.group(1));
                }
            } else if (descriptor != null && row.matches()) {
                int offset = Integer.parseInt(row.group(1));
                int length = Integer.parseInt(row.group(2));
                assertEquals(expected, offset, () -> "a gap before: " + line);
                assertEquals(8 * length, Integer.parseInt(row.group(3).substring(1)), line);
                assertEquals(offset, constant(descriptor, row.group(4), "_OFFSET"), line);
                expected = offset + length;
            }
        }
        checkLength(descriptor, expected);
        return checked;
    }

    private static void checkLength(@Nullable Class<?> descriptor, int expected)
            throws ReflectiveOperationException {
        if (descriptor != null) {
            assertTrue(expected > 0, () -> "no rows for " + descriptor);
            assertEquals(expected, descriptor.getField("LENGTH").getInt(null), descriptor::getName);
        }
    }

    private static Class<?> load(String name) throws ClassNotFoundException {
        return Class.forName(FormatDocTest.class.getPackageName() + "." + name);
    }

    private static int constant(Class<?> descriptor, String field, String suffix)
            throws ReflectiveOperationException {
        String name = field.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT) + suffix;
        return descriptor.getField(name).getInt(null);
    }
}
