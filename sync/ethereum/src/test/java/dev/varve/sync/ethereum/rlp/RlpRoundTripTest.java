package dev.varve.sync.ethereum.rlp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the writer writes the reader reads, and nothing else has the same meaning. */
final class RlpRoundTripTest {

    private static final int[] EDGES = {
        0, 1, 2, 54, 55, 56, 57, 254, 255, 256, 257, 65_535, 65_536
    };

    @Test
    void shouldReadBackStringsOfEveryLengthAtAnEdge() {
        RlpWriter writer = new RlpWriter(1);
        for (int length : EDGES) {
            byte[] value = random(new SplittableRandom(length), length);
            byte[] encoded = writer.reset().string(value).toByteArray();
            RlpReader reader = new RlpReader(encoded);
            assertArrayEquals(value, reader.bytes(length));
            reader.end();
        }
    }

    @Test
    void shouldReadBackIntegersOfEveryLength() {
        RlpWriter writer = new RlpWriter(1);
        for (int bits = 0; bits < 64; bits++) {
            for (long value : new long[] {1L << bits, (1L << bits) - 1, -(1L << bits)}) {
                byte[] encoded = writer.reset().integer(value).toByteArray();
                assertEquals(value, new RlpReader(encoded).unsignedLong());
                BigInteger big = new BigInteger(Long.toUnsignedString(value));
                assertArrayEquals(encoded, writer.reset().integer(big).toByteArray());
                assertEquals(big, new RlpReader(encoded).bigInteger(8));
            }
        }
    }

    @Test
    void shouldReadBackRandomTrees() {
        RlpWriter writer = new RlpWriter(1);
        for (long seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Object tree = tree(random, 4);
            writer.reset();
            write(writer, tree);
            byte[] encoded = writer.toByteArray();
            RlpReader reader = new RlpReader(encoded);
            assertTrue(equal(tree, read(reader)), "seed " + seed);
            reader.end();
        }
    }

    @Test
    void shouldThrowNothingElseWhenBytesAreDamaged() {
        RlpWriter writer = new RlpWriter();
        int refused = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            writer.reset();
            write(writer, tree(random, 3));
            byte[] damaged = writer.toByteArray();
            for (int i = random.nextInt(3); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                Object tree = read(new RlpReader(damaged));
                writer.reset();
                write(writer, tree);
                byte[] again = writer.toByteArray();
                assertArrayEquals(again, Arrays.copyOf(damaged, again.length));
            } catch (RlpException e) {
                refused++;
                assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, "seed " + seed);
            }
        }
        assertTrue(refused > 1_000, "only " + refused + " refused");
    }

    @Test
    void shouldRefuseLengthsBeyondTheArray() {
        byte[] hostile = {(byte) 0xbb, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0};
        assertThrows(RlpException.class, () -> new RlpReader(hostile).nextString());
        byte[] unsigned = {(byte) 0xfb, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0};
        assertThrows(RlpException.class, () -> new RlpReader(unsigned).enterList());
        byte[] cut = {(byte) 0xf9, 1};
        assertThrows(RlpException.class, () -> new RlpReader(cut).nextList());
    }

    @Test
    void shouldNotReadPastTheOpenList() {
        byte[] encoded = {(byte) 0xc2, (byte) 0x82, 1, 1};
        RlpReader reader = new RlpReader(encoded);
        reader.enterList();
        RlpException e = assertThrows(RlpException.class, reader::nextString);
        assertEquals(1, e.offset());
    }

    @Test
    void shouldRefuseToLeaveAListWhenItemsAreLeft() {
        RlpReader reader = new RlpReader(new byte[] {(byte) 0xc1, 1});
        reader.enterList();
        assertThrows(RlpException.class, reader::leaveList);
    }

    @Test
    void shouldRefuseBytesBehindTheLastItem() {
        RlpReader reader = new RlpReader(new byte[] {1, 2});
        reader.nextString();
        assertThrows(RlpException.class, reader::end);
    }

    @Test
    void shouldRefuseMoreOpenListsThanItsLimit() {
        RlpWriter writer = new RlpWriter();
        for (int i = 0; i <= RlpReader.MAX_DEPTH; i++) {
            writer.startList();
        }
        for (int i = 0; i <= RlpReader.MAX_DEPTH; i++) {
            writer.endList();
        }
        RlpReader reader = new RlpReader(writer.toByteArray());
        for (int i = 0; i < RlpReader.MAX_DEPTH; i++) {
            reader.enterList();
        }
        assertThrows(RlpException.class, reader::enterList);
    }

    @Test
    void shouldRefuseIntegersThatAreTooLongOrPadded() {
        assertThrows(
                RlpException.class,
                () -> new RlpReader(new byte[] {(byte) 0x82, 0, 1}).integer());
        assertThrows(RlpException.class, () -> new RlpReader(new byte[] {0}).integer());
        byte[] wide = new RlpWriter().integer(BigInteger.ONE.shiftLeft(64)).toByteArray();
        assertThrows(RlpException.class, () -> new RlpReader(wide).unsignedLong());
        byte[] signed = new RlpWriter().integer(Long.MIN_VALUE).toByteArray();
        assertThrows(RlpException.class, () -> new RlpReader(signed).integer());
        assertThrows(
                IllegalArgumentException.class,
                () -> new RlpWriter().integer(BigInteger.ONE.negate()));
    }

    @Test
    void shouldWriteTheSameListWhenItsLengthIsKnown() {
        byte[] value = random(new SplittableRandom(1), 100);
        byte[] open = new RlpWriter().startList().string(value).endList().toByteArray();
        byte[] known = new RlpWriter().listHeader(102).string(value).toByteArray();
        assertArrayEquals(open, known);
    }

    private static Object tree(SplittableRandom random, int depth) {
        if (depth == 0 || random.nextInt(3) == 0) {
            return random(random, EDGES[random.nextInt(depth == 0 ? 5 : 8)]);
        }
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            list.add(tree(random, depth - 1));
        }
        return list;
    }

    private static void write(RlpWriter writer, Object tree) {
        if (tree instanceof byte[] value) {
            writer.string(value);
            return;
        }
        writer.startList();
        ((List<?>) tree).forEach(item -> write(writer, item));
        writer.endList();
    }

    private static Object read(RlpReader reader) {
        if (!reader.isList()) {
            return reader.bytes();
        }
        List<Object> list = new ArrayList<>();
        reader.enterList();
        while (reader.hasNext()) {
            list.add(read(reader));
        }
        reader.leaveList();
        return list;
    }

    private static boolean equal(Object a, Object b) {
        if (a instanceof byte[] bytes) {
            return b instanceof byte[] other && Arrays.equals(bytes, other);
        }
        List<?> left = (List<?>) a;
        if (!(b instanceof List<?> right) || left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
