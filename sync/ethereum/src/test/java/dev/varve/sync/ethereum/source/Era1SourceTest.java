package dev.varve.sync.ethereum.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.ChainFiles;
import dev.varve.sync.ethereum.DifficultyRule;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.crypto.Keccak256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Era1SourceTest extends BlockSourceContract {

    private static final String FILE = "era1/mainnet-00000-5ec1ffb8.era1";

    @TempDir
    private Path folder;

    @Override
    BlockSource open() {
        return Era1Source.open(ChainFiles.path(FILE));
    }

    @Test
    void shouldHaveTheFirst8192BlocksOfTheMainNetwork() {
        Keccak256 keccak = new Keccak256();
        byte[] noUncles = keccak.hash(new byte[] {(byte) 0xc0});
        int uncles = 0;
        try (BlockSource source = open()) {
            assertEquals(0, source.first());
            assertEquals(8_192, source.end());
            BlockHeader parent = BlockHeader.decode(source.header(0));
            for (long height = 1; height < source.end(); height++) {
                BlockHeader header = BlockHeader.decode(source.header(height));
                assertEquals(
                        DifficultyRule.next(parent, noUncles, header.timestamp(), Fork.FRONTIER),
                        header.difficulty(),
                        "block " + height);
                uncles += BlockBody.decode(source.body(height)).uncles().size();
                parent = header;
            }
        }
        assertEquals(1_410, uncles);
    }

    @Test
    void shouldFindTheAccumulatorRight() {
        try (Era1Source source = Era1Source.open(ChainFiles.path("era1"))) {
            source.verifyAccumulators();
        }
    }

    @Test
    void shouldFindTheAccumulatorWrongWhenABlockIsNotTheOneItCommitsTo() throws IOException {
        byte[] file = ChainFiles.bytes(FILE);
        // The lowest byte of the first block's total difficulty.
        file[289 + 8]++;
        try (Era1Source source = Era1Source.open(write("a.era1", file))) {
            assertThrows(SourceException.class, source::verifyAccumulators);
        }
    }

    @Test
    void shouldJoinTheFilesOfAFolderInTheOrderOfTheirBlocks() throws IOException {
        byte[] file = ChainFiles.bytes(FILE);
        write("b.era1", file);
        write("a.era1", withFirst(file, 8_192));
        write("c.txt", new byte[3]);
        try (BlockSource source = Era1Source.open(folder); BlockSource one = open()) {
            assertEquals(0, source.first());
            assertEquals(16_384, source.end());
            assertArrayEquals(one.header(8_191), source.header(8_191));
            assertArrayEquals(one.header(5), source.header(8_197));
            assertArrayEquals(one.body(7), source.body(7));
            assertTrue(source.describe(8_192).contains("a.era1"), source.describe(8_192));
        }
        write("a.era1", withFirst(file, 8_193));
        SourceException e =
                assertThrows(SourceException.class, () -> Era1Source.open(folder));
        assertTrue(e.file().endsWith("a.era1"), e.getMessage());
    }

    @Test
    void shouldRefuseAFolderWithoutFiles() {
        assertThrows(SourceException.class, () -> Era1Source.open(folder));
        assertThrows(
                SourceException.class, () -> Era1Source.open(folder.resolve("absent.era1")));
    }

    @Test
    void shouldRefuseAFileThatIsCutOffAnywhere() throws IOException {
        byte[] file = ChainFiles.bytes(FILE);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 50; i++) {
            int length = i < 10 ? i : random.nextInt(file.length);
            Path cut = write("cut.era1", Arrays.copyOf(file, length));
            SourceException e =
                    assertThrows(SourceException.class, () -> Era1Source.open(cut), "at " + length);
            assertEquals(cut.toString(), e.file());
        }
    }

    @Test
    void shouldNameFileAndOffsetOfADamagedBlockAndReadTheOthers() throws IOException {
        byte[] file = ChainFiles.bytes(FILE);
        // Inside the payload of block 0's header, which lies at 8.
        file[100] ^= 1;
        Path damaged = write("damaged.era1", file);
        try (BlockSource source = Era1Source.open(damaged); BlockSource whole = open()) {
            SourceException e = assertThrows(SourceException.class, () -> source.header(0));
            assertEquals(damaged.toString(), e.file());
            assertTrue(e.offset() >= 16 && e.offset() < 16 + 217, e.getMessage());
            assertArrayEquals(whole.body(0), source.body(0));
            assertArrayEquals(whole.header(1), source.header(1));
        }
    }

    @Test
    void shouldThrowNothingElseWhenTheFileIsDamaged() throws IOException {
        byte[] file = ChainFiles.bytes(FILE);
        // A file of the first twelve blocks, so that damage hits headers, lengths and index alike.
        byte[] small = truncated(file, 12);
        try (Era1Source source = Era1Source.open(write("small.era1", small))) {
            assertEquals(12, source.end());
        }
        int refused = 0;
        for (long seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = small.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try (Era1Source source = Era1Source.open(write("damaged.era1", damaged))) {
                for (long height = source.first(); height < source.end(); height++) {
                    source.header(height);
                    source.body(height);
                    source.receipts(height);
                    source.totalDifficulty(height);
                }
            } catch (SourceException e) {
                refused++;
                assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, "seed " + seed);
            }
        }
        assertTrue(refused > 1_000, "only " + refused + " refused");
    }

    @Test
    void shouldReadOnAfterAnInterrupt() {
        try (BlockSource source = open()) {
            byte[] expected = source.header(8_000);
            Thread.currentThread().interrupt();
            assertThrows(SourceException.class, () -> source.header(10));
            assertTrue(Thread.interrupted());
            assertEquals(10, BlockHeader.decode(source.header(10)).number());
            assertArrayEquals(expected, source.header(8_000));
        }
    }

    private static byte[] withFirst(byte[] file, long first) {
        byte[] changed = file.clone();
        ByteBuffer.wrap(changed)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(changed.length - 8 * (8_192 + 2), first);
        return changed;
    }

    /** The same file with its first blocks only, the index made anew, the accumulator unchanged. */
    private static byte[] truncated(byte[] file, int blocks) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int index = file.length - 8 - 8 * (8_192 + 2);
        int end = index + (int) in.getLong(index + 16 + 8 * blocks);
        int newIndex = end + 40;
        ByteBuffer out =
                ByteBuffer.allocate(newIndex + 8 + 8 * (blocks + 2))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(file, 0, end)
                        .put(file, index - 40, 40)
                        .putShort((short) 0x3266)
                        .putInt(8 * (blocks + 2))
                        .putShort((short) 0)
                        .putLong(0);
        for (int i = 0; i < blocks; i++) {
            out.putLong(index + in.getLong(index + 16 + 8 * i) - newIndex);
        }
        return out.putLong(blocks).array();
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }
}
