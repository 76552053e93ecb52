package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Page, constants, golden bytes and code say the same about a stage's record. */
final class ProgressFormatTest {

    private static final Pattern ROW =
            Pattern.compile("\\| (\\d+) \\| (\\d+) \\| u(\\d+) \\| (\\w+) \\| .* \\| \\d+ \\|");

    private static final Progress GOLDEN =
            new Progress(
                    "headers",
                    0x0102_0304_0506_0708L,
                    ItemId.of(HexFormat.of().parseHex("a1a2a3a4")),
                    HexFormat.of().parseHex("c1c2c3"));

    @Test
    void shouldMatchThePage() throws IOException, ReflectiveOperationException {
        Path page = Path.of(System.getProperty("varve.root"), "docs", "FORMAT-sync.md");
        int expected = 0;
        for (String line : Files.readAllLines(page)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                int length = Integer.parseInt(row.group(2));
                assertEquals(expected, Integer.parseInt(row.group(1)), line);
                assertEquals(8 * length, Integer.parseInt(row.group(3)), line);
                assertEquals(expected, offsetOf(row.group(4)), line);
                expected += length;
            }
        }
        assertEquals(ProgressDescriptor.LENGTH, expected);
    }

    private static int offsetOf(String field) throws ReflectiveOperationException {
        String name = field.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT) + "_OFFSET";
        return ProgressDescriptor.class.getDeclaredField(name).getInt(null);
    }

    private static byte[] golden() throws IOException {
        try (InputStream in =
                ProgressFormatTest.class.getResourceAsStream("/golden/v1/sync-progress.hex")) {
            byte[] text = Objects.requireNonNull(in, "golden file").readAllBytes();
            return HexFormat.of()
                    .parseHex(new String(text, StandardCharsets.US_ASCII).replaceAll("\\s", ""));
        }
    }

    @Test
    void shouldReadAndWriteTheGoldenBytes() throws IOException {
        assertEquals(GOLDEN, decode(golden()));
        assertEquals(
                HexFormat.of().formatHex(golden()),
                HexFormat.of().formatHex(ProgressTable.encode(GOLDEN)));
    }

    @Test
    void shouldReadWhatItWroteWhenThereIsNoLineageAndNoCursor() {
        Progress bare = Progress.none("headers");
        assertEquals(bare, decode(ProgressTable.encode(bare)));
    }

    @Test
    void shouldRefuseALaterVersion() throws IOException {
        byte[] later = golden();
        later[ProgressDescriptor.VERSION_OFFSET] = 2;
        assertThrows(FormatVersionException.class, () -> decode(later));
    }

    @Test
    void shouldRefuseAnyOtherLengthAndNumbersOutOfBounds() throws IOException {
        byte[] good = golden();
        for (int length = 0; length <= good.length + 1; length++) {
            if (length != good.length) {
                byte[] cut = java.util.Arrays.copyOf(good, length);
                assertThrows(CorruptionException.class, () -> decode(cut), "length " + length);
            }
        }
        byte[] negative = golden();
        negative[ProgressDescriptor.NEXT_OFFSET + 7] = (byte) 0x80;
        assertThrows(CorruptionException.class, () -> decode(negative));
        byte[] lineageOfNothing = golden();
        for (int i = 0; i < Long.BYTES; i++) {
            lineageOfNothing[ProgressDescriptor.NEXT_OFFSET + i] = 0;
        }
        assertThrows(CorruptionException.class, () -> decode(lineageOfNothing));
        byte[] hugeCursor = golden();
        hugeCursor[ProgressDescriptor.CURSOR_LENGTH_OFFSET + 3] = (byte) 0xFF;
        assertThrows(CorruptionException.class, () -> decode(hugeCursor));
    }

    private static Progress decode(byte[] value) {
        return ProgressTable.decode("headers", ByteBuffer.wrap(value), 4096);
    }
}
