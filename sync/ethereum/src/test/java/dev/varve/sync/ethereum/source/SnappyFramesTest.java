package dev.varve.sync.ethereum.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.ChainFiles;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class SnappyFramesTest {

    private static final int LIMIT = 1 << 20;
    private static final byte[] IDENTIFIER = HexFormat.of().parseHex("ff060000734e61507059");

    private final SnappyFrames frames = new SnappyFrames();

    @Test
    void shouldDecodeAnUncompressedChunk() {
        // The empty list of receipts as the first era file holds it.
        byte[] in = HexFormat.of().parseHex("ff060000734e6150705901050000b80eae8dc0");
        assertArrayEquals(new byte[] {(byte) 0xc0}, decode(in));
    }

    @Test
    void shouldDecodeAnEmptyStream() {
        assertEquals(0, decode(IDENTIFIER).length);
    }

    @Test
    void shouldSkipPaddingAndRepeatedIdentifiers() {
        ByteArrayOutputStream in = new ByteArrayOutputStream();
        in.writeBytes(IDENTIFIER);
        chunk(in, 0xfe, new byte[] {1, 2, 3});
        in.writeBytes(IDENTIFIER);
        chunk(in, 0x80, new byte[0]);
        dataChunk(in, 0x01, new byte[] {42}, new byte[] {42});
        assertArrayEquals(new byte[] {42}, decode(in.toByteArray()));
    }

    @Test
    void shouldDecodeRandomElementsOfEveryKind() {
        for (long seed = 0; seed < 3_000; seed++) {
            Encoding encoding = Encoding.random(new SplittableRandom(seed));
            assertArrayEquals(encoding.decoded, decode(encoding.stream()), "seed " + seed);
        }
    }

    @Test
    void shouldThrowNothingElseWhenBytesAreDamaged() {
        int refused = 0;
        for (long seed = 0; seed < 60_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = damage(random, Encoding.random(random).stream());
            refused += isRefused(damaged, "seed " + seed) ? 1 : 0;
        }
        assertTrue(refused > 30_000, "only " + refused + " refused");
    }

    @Test
    void shouldThrowNothingElseWhenElementsAreDamagedBehindAGoodChecksum() {
        // The block decoder alone: here no checksum hides a bad element.
        for (long seed = 0; seed < 60_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] block = damage(random, Encoding.random(random).block);
            try {
                int length = SnappyBlock.decodedLength(block, 0, block.length);
                byte[] out = new byte[Math.min(length, LIMIT)];
                SnappyBlock.decode(
                        block, new SnappyBlock.Range(0, block.length), out, 0, out.length);
            } catch (SnappyException e) {
                assertTrue(e.offset() >= 0 && e.offset() <= block.length, "seed " + seed);
            }
        }
    }

    @Test
    void shouldThrowNothingElseWhenARealFileIsDamaged() {
        byte[] file = ChainFiles.bytes("era1/mainnet-00000-5ec1ffb8.era1");
        byte[] header = Arrays.copyOfRange(file, 16, 16 + 217);
        assertEquals(535, decode(header).length);
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            isRefused(damage(random, header.clone()), "seed " + seed);
        }
    }

    @Test
    void shouldRefuseMoreThanTheCallerAllows() {
        ByteArrayOutputStream in = new ByteArrayOutputStream();
        in.writeBytes(IDENTIFIER);
        dataChunk(in, 0x01, new byte[100], new byte[100]);
        byte[] stream = in.toByteArray();
        assertEquals(100, frames.decode(stream, 0, stream.length, 100).length);
        assertThrows(
                SnappyException.class, () -> frames.decode(stream, 0, stream.length, 99));
    }

    @Test
    void shouldRefuseAChunkOfMoreThan64KiB() {
        ByteArrayOutputStream in = new ByteArrayOutputStream();
        in.writeBytes(IDENTIFIER);
        byte[] big = new byte[65_537];
        dataChunk(in, 0x01, big, big);
        assertThrows(SnappyException.class, () -> decode(in.toByteArray()));
    }

    @Test
    void shouldRefuseReservedChunksAndWrongChecksums() {
        ByteArrayOutputStream reserved = new ByteArrayOutputStream();
        reserved.writeBytes(IDENTIFIER);
        chunk(reserved, 0x02, new byte[8]);
        assertThrows(SnappyException.class, () -> decode(reserved.toByteArray()));

        byte[] wrong = HexFormat.of().parseHex("ff060000734e6150705901050000b80eae8cc0");
        assertEquals(14, assertThrows(SnappyException.class, () -> decode(wrong)).offset());
    }

    private boolean isRefused(byte[] stream, String name) {
        try {
            decode(stream);
            return false;
        } catch (SnappyException e) {
            assertTrue(e.offset() >= 0 && e.offset() <= stream.length, name);
            return true;
        }
    }

    private byte[] decode(byte[] stream) {
        return frames.decode(stream, 0, stream.length, LIMIT);
    }

    private static byte[] damage(SplittableRandom random, byte[] bytes) {
        byte[] damaged =
                random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
        for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
            int at = random.nextInt(damaged.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
        }
        return damaged;
    }

    private static void chunk(ByteArrayOutputStream out, int type, byte[] payload) {
        out.write(type);
        littleEndian(out, payload.length, 3);
        out.writeBytes(payload);
    }

    private static void dataChunk(
            ByteArrayOutputStream out, int type, byte[] payload, byte[] decoded) {
        CRC32C crc = new CRC32C();
        crc.update(decoded);
        int sum = (int) crc.getValue();
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        littleEndian(chunk, ((sum >>> 15) | (sum << 17)) + 0xa282ead8, 4);
        chunk.writeBytes(payload);
        chunk(out, type, chunk.toByteArray());
    }

    private static void littleEndian(ByteArrayOutputStream out, int value, int count) {
        for (int i = 0; i < count; i++) {
            out.write(value >>> (8 * i));
        }
    }

    /** A random block, element by element, with what it means. */
    private static final class Encoding {

        final byte[] block;
        final byte[] decoded;

        Encoding(byte[] block, byte[] decoded) {
            this.block = block;
            this.decoded = decoded;
        }

        static Encoding random(SplittableRandom random) {
            ByteArrayOutputStream elements = new ByteArrayOutputStream();
            ByteArrayOutputStream decoded = new ByteArrayOutputStream();
            for (int i = random.nextInt(20); i >= 0; i--) {
                if (decoded.size() == 0 || random.nextInt(2) == 0) {
                    literal(random, elements, decoded);
                } else {
                    copy(random, elements, decoded);
                }
            }
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            int length = decoded.size();
            for (; length >= 0x80; length >>>= 7) {
                block.write((length & 0x7f) | 0x80);
            }
            block.write(length);
            block.writeBytes(elements.toByteArray());
            return new Encoding(block.toByteArray(), decoded.toByteArray());
        }

        byte[] stream() {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            stream.writeBytes(IDENTIFIER);
            dataChunk(stream, 0x00, block, decoded);
            return stream.toByteArray();
        }

        private static void literal(
                SplittableRandom random, ByteArrayOutputStream out, ByteArrayOutputStream decoded) {
            int lengthBytes = random.nextInt(5);
            int length = 1 + random.nextInt(lengthBytes == 0 ? 60 : lengthBytes == 1 ? 256 : 1_000);
            if (lengthBytes == 0) {
                out.write((length - 1) << 2);
            } else {
                out.write((59 + lengthBytes) << 2);
                littleEndian(out, length - 1, lengthBytes);
            }
            byte[] literal = new byte[length];
            random.nextBytes(literal);
            out.writeBytes(literal);
            decoded.writeBytes(literal);
        }

        private static void copy(
                SplittableRandom random, ByteArrayOutputStream out, ByteArrayOutputStream decoded) {
            int kind = 1 + random.nextInt(3);
            int length = kind == 1 ? 4 + random.nextInt(8) : 1 + random.nextInt(64);
            int far = Math.min(decoded.size(), kind == 1 ? 2_047 : 65_535);
            int distance = 1 + random.nextInt(random.nextBoolean() ? far : Math.min(far, 8));
            if (kind == 1) {
                out.write(1 | ((length - 4) << 2) | ((distance >>> 8) << 5));
                littleEndian(out, distance, 1);
            } else {
                out.write(kind | ((length - 1) << 2));
                littleEndian(out, distance, kind == 2 ? 2 : 4);
            }
            for (int i = 0; i < length; i++) {
                decoded.write(decoded.toByteArray()[decoded.size() - distance]);
            }
        }
    }
}
