package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.SimDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tables of docs/FORMAT-bloom.md are the constants of this package: drift fails the build. */
final class FilterFormatTest {

    private static final Pattern HEADING = Pattern.compile("##+ .*: `(\\w+Descriptor)`");
    private static final Pattern ROW =
            Pattern.compile("\\| (\\d+) \\| (\\d+) \\| u(\\d+) \\| (\\w+) \\| .* \\| \\d+ \\|");

    @Test
    void shouldMatchTheConstants() throws IOException, ReflectiveOperationException {
        List<String> checked = new ArrayList<>();
        @Nullable Class<?> descriptor = null;
        int expected = 0;
        for (String line : page()) {
            Matcher heading = HEADING.matcher(line);
            Matcher row = ROW.matcher(line);
            if (line.startsWith("#")) {
                checkLength(descriptor, expected);
                expected = 0;
                descriptor = heading.matches() ? load(heading.group(1)) : null;
                if (heading.matches()) {
                    checked.add(heading.group(1));
                }
            } else if (descriptor != null && row.matches()) {
                int offset = Integer.parseInt(row.group(1));
                int length = Integer.parseInt(row.group(2));
                assertEquals(expected, offset, () -> "a gap before: " + line);
                assertEquals(0, 8 * length % Integer.parseInt(row.group(3)), line);
                assertEquals(offset, constant(descriptor, row.group(4)), line);
                if (row.group(4).equals("magic")) {
                    assertMagic(descriptor, line);
                }
                expected = offset + length;
            }
        }
        checkLength(descriptor, expected);
        assertEquals(
                List.of(
                        "FilterHeaderDescriptor",
                        "FilterShardDescriptor",
                        "HashColumnDescriptor",
                        "HashColumnPartDescriptor",
                        "FilterClosedDescriptor",
                        "FilterLogDescriptor",
                        "FilterBlockDescriptor"),
                checked);
    }

    @Test
    void shouldMatchTheNamesAndNumbersInTheText() throws IOException {
        String text = String.join("\n", page());
        assertTrue(text.contains("| `" + FilterHeaderDescriptor.FILE_NAME + "` |"));
        assertTrue(text.contains("| `" + FilterClosedDescriptor.FILE_NAME + "` |"));
        assertEquals("bloom-007.shard", FilterShardDescriptor.fileName(7));
        assertEquals("bloom-00000000000000004711.ids", FilterLogDescriptor.fileName(4_711));
        assertEquals(4_711, FilterLogDescriptor.basePosition("bloom-00000000000000004711.ids"));
        String column = "bloom-00000000000000000017-00000000000000004711.hashes";
        assertEquals(column, HashColumnDescriptor.fileName(17, 4_711));
        assertTrue(HashColumnDescriptor.isColumnFile(column));
        assertEquals(17, HashColumnDescriptor.start(column));
        assertEquals(4_711, HashColumnDescriptor.end(column));
        assertEquals(1 << 18, HashColumnPartDescriptor.CAPACITY);
        assertEquals("bloom-1024.shard", FilterShardDescriptor.fileName(1_024));
        assertEquals(1_024, FilterShardDescriptor.number("bloom-1024.shard"));
        assertEquals(7, FilterShardDescriptor.number("bloom-007.shard"));
        assertFalse(FilterShardDescriptor.isShardFile("bloom-007-old.shard"));
        assertEquals("bloom-255.tmp", FilterShardDescriptor.temporaryName(255));
        assertEquals(1_048_576, FilterShardDescriptor.CHUNK_LENGTH);
        assertEquals(4_096, FilterShardDescriptor.TABLE_OFFSET);
        assertEquals(256, BloomGeometry.SHARDS);
        assertEquals(16, BloomGeometry.STRIPES_PER_SHARD);
        assertEquals(1, LineProbe.LAYOUT_CODE);
        assertTrue(text.contains("`wordsPerId` - 1"));
        // The table of the largest shard: 2^40 lines in chunks of 2^14 lines, 2^26 entries.
        assertEquals(8_192, FilterShardDescriptor.dataOffset(1_024));
        assertEquals(12_288, FilterShardDescriptor.dataOffset(1_025));
    }

    /** The very bytes of a header: a change of them is a new format version. */
    @Test
    void shouldWriteTheGoldenHeader() {
        BloomGeometry geometry = new BloomGeometry(1_600, 7, 123_456);
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 0x0123_4567_89ab_cdefL, 0x11);
        assertEquals(
                "5641525645424c4d" + "01000000" + "01000000" + "00010000" + "07000000"
                        + "4006000000000000" + "40e2010000000000"
                        + "efcdab8967452301" + "1100000000000000" + "715718b9d0eb2e44"
                        + "01000000" + "47050b0e",
                HexFormat.of().formatHex(new FilterHeader(geometry, hash).encode()));
    }

    /** The very bytes of a checkpoint's header; the rest of its 8,192 bytes is zeros. */
    @Test
    void shouldWriteTheGoldenHeaderOfAShard() {
        BloomGeometry geometry = new BloomGeometry(16, 7, 1_000);
        FilterHeader header =
                new FilterHeader(geometry, IdHash.create(IdHashAlgorithm.FOLDED, 3, 4));
        SimDisk disk = new SimDisk();
        try (StorageFile file = disk.create("any")) {
            ShardFile shard = new ShardFile(file, header, 9, 16);
            MemorySegment bits = MemorySegment.ofArray(new byte[16 * 64]).fill((byte) 0x5a);
            MemorySegment buffer = MemorySegment.ofArray(new byte[16 * 64]);
            MemorySegment head = shard.writeBits(bits, buffer, BandwidthBudget.unlimited());
            shard.commit(head, 4_711, 12);
            assertEquals(8_192 + 16 * 64, file.length());
            byte[] bytes = new byte[8_192];
            file.read(MemorySegment.ofArray(bytes), 0);
            assertEquals(
                    "5641525645424c53" + "02000000" + "09000000" + "1000000000000000"
                            + "6712000000000000" + "2a22c46118df2027" + "00001000" + "01000000"
                            + "92aafcba" + "0c00000000000000" + "d314a731",
                    HexFormat.of().formatHex(bytes, 0, 64));
            assertEquals("26d4672b", HexFormat.of().formatHex(bytes, 4_096, 4_100));
        }
    }

    private static void assertMagic(Class<?> descriptor, String line)
            throws ReflectiveOperationException {
        byte[] ascii = new byte[8];
        MemorySegment.ofArray(ascii)
                .set(IdHash.LE_LONG, 0, descriptor.getDeclaredField("MAGIC").getLong(null));
        String magic = new String(ascii, StandardCharsets.US_ASCII);
        assertTrue(line.contains("`" + magic + "`"), () -> magic + " in " + line);
    }

    private static List<String> page() throws IOException {
        return Files.readAllLines(
                Path.of(System.getProperty("varve.root"), "docs", "FORMAT-bloom.md"));
    }

    private static void checkLength(@Nullable Class<?> descriptor, int expected)
            throws ReflectiveOperationException {
        if (descriptor != null) {
            assertTrue(expected > 0, () -> "no rows for " + descriptor);
            int length = descriptor.getDeclaredField("LENGTH").getInt(null);
            assertEquals(expected, length, descriptor::getName);
        }
    }

    private static Class<?> load(String name) throws ClassNotFoundException {
        return Class.forName(FilterFormatTest.class.getPackageName() + "." + name);
    }

    private static int constant(Class<?> descriptor, String field)
            throws ReflectiveOperationException {
        String name = field.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT) + "_OFFSET";
        return descriptor.getDeclaredField(name).getInt(null);
    }
}
