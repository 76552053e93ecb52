package dev.varve.sync.ethereum.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.ChainFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RlpFileSourceTest extends BlockSourceContract {

    private static final String CHAIN = "execution-apis/chain.rlp";

    @TempDir
    private Path folder;

    @Override
    BlockSource open() {
        return RlpFileSource.open(ChainFiles.path(CHAIN));
    }

    @Test
    void shouldHaveNoReceiptsAndNoTotalDifficulty() {
        try (BlockSource source = open()) {
            assertNull(source.receipts(1));
            assertNull(source.totalDifficulty(1));
        }
    }

    @Test
    void shouldNameTheOffsetWhereTheFileIsCutOff() throws IOException {
        byte[] chain = ChainFiles.bytes(CHAIN);
        SourceException e = assertThrows(
                SourceException.class, () -> openCopy(Arrays.copyOf(chain, chain.length - 1)));
        assertEquals(folder.resolve("copy.rlp").toString(), e.file());
        assertTrue(e.offset() > 0 && e.offset() < chain.length);
        assertThrows(SourceException.class, () -> openCopy(new byte[0]));
        assertThrows(SourceException.class, () -> openCopy(new byte[] {1, 2, 3}));
        assertThrows(SourceException.class, () -> openCopy(new byte[] {(byte) 0xc0}));
        byte[] hostile = new byte[9];
        Arrays.fill(hostile, (byte) 0xff);
        assertThrows(SourceException.class, () -> openCopy(hostile));
    }

    @Test
    void shouldNameTheOffsetOfAMalformedBlock() throws IOException {
        byte[] chain = ChainFiles.bytes(CHAIN);
        // The second block's header becomes a string.
        long second;
        try (BlockSource source = open()) {
            String place = source.describe(2);
            second = Long.parseLong(place.substring(place.lastIndexOf(' ') + 1));
        }
        byte[] damaged = chain.clone();
        damaged[(int) second + 3] = (byte) 0xb9;
        try (BlockSource source = openCopy(damaged)) {
            SourceException e = assertThrows(SourceException.class, () -> source.body(2));
            assertTrue(e.offset() >= second && e.offset() < second + 8, e.getMessage());
            try (BlockSource whole = open()) {
                assertArrayEquals(whole.body(3), source.body(3));
            }
        }
    }

    @Test
    void shouldThrowNothingElseWhenTheFileIsDamaged() throws IOException {
        byte[] chain = ChainFiles.bytes(CHAIN);
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = chain.clone();
            for (int i = 0; i < 20; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try (BlockSource source = openCopy(damaged)) {
                for (long height = source.first(); height < source.end(); height++) {
                    source.header(height);
                    source.body(height);
                }
            } catch (SourceException e) {
                assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, "seed " + seed);
            }
        }
    }

    private BlockSource openCopy(byte[] bytes) throws IOException {
        return RlpFileSource.open(Files.write(folder.resolve("copy.rlp"), bytes));
    }
}
