package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class BlockHeaderTest {

    private final Keccak256 keccak = new Keccak256();

    @Test
    void shouldReadBackWhatWasBuilt() {
        byte[] root = new byte[32];
        Arrays.fill(root, (byte) 7);
        BigInteger huge = BigInteger.ONE.shiftLeft(255);
        BlockHeader header =
                new BlockHeader.Builder()
                        .set(HeaderField.STATE_ROOT, root)
                        .set(HeaderField.DIFFICULTY, huge)
                        .set(HeaderField.NUMBER, 128)
                        .set(HeaderField.TIMESTAMP, Long.MAX_VALUE)
                        .set(HeaderField.EXTRA_DATA, new byte[] {1, 2})
                        .build();
        assertArrayEquals(root, header.stateRoot());
        assertTrue(header.matches(HeaderField.STATE_ROOT, root));
        assertFalse(header.matches(HeaderField.PARENT_HASH, root));
        assertEquals(huge, header.difficulty());
        assertFalse(header.isDifficultyZero());
        assertEquals(128, header.number());
        assertEquals(Long.MAX_VALUE, header.timestamp());
        assertEquals(0, header.gasUsed());
        assertArrayEquals(new byte[] {1, 2}, header.extraData());
        assertNull(header.baseFee());
        assertNull(header.withdrawalsRoot());
        assertFalse(header.has(HeaderField.BASE_FEE));
        assertThrows(
                IllegalArgumentException.class, () -> header.bytes(HeaderField.REQUESTS_HASH));
        assertThrows(
                IllegalArgumentException.class, () -> header.integer(HeaderField.DIFFICULTY));
        assertEquals(header, BlockHeader.decode(header.rlp().clone()));
    }

    @Test
    void shouldLeaveOutTheSealOnlyInItsSealHash() {
        BlockHeader.Builder builder = new BlockHeader.Builder().set(HeaderField.NUMBER, 5);
        BlockHeader plain = builder.build();
        byte[] mix = new byte[32];
        Arrays.fill(mix, (byte) 9);
        BlockHeader sealed =
                builder.set(HeaderField.MIX_HASH, mix)
                        .set(HeaderField.NONCE, new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
                        .build();
        assertArrayEquals(plain.sealHash(keccak), sealed.sealHash(keccak));
        assertFalse(Arrays.equals(plain.hash(keccak), sealed.hash(keccak)));
        RlpReader reader = new RlpReader(sealed.rlp());
        reader.enterList();
        RlpWriter unsealed = new RlpWriter().startList();
        for (int i = 0; i < 13; i++) {
            unsealed.raw(reader.item());
        }
        assertArrayEquals(
                keccak.hash(unsealed.endList().toByteArray()), sealed.sealHash(keccak));
    }

    @Test
    void shouldRefuseFieldsOfAnotherForm() {
        BlockHeader.Builder builder = new BlockHeader.Builder();
        assertThrows(
                IllegalArgumentException.class,
                () -> builder.set(HeaderField.STATE_ROOT, new byte[31]));
        assertThrows(
                IllegalArgumentException.class, () -> builder.set(HeaderField.NUMBER, -1));
        byte[] whole = builder.build().rlp();
        assertThrows(
                RlpException.class,
                () -> BlockHeader.decode(Arrays.copyOf(whole, whole.length - 1)));
        assertThrows(
                RlpException.class,
                () -> BlockHeader.decode(Arrays.copyOf(whole, whole.length + 1)));
    }

    @Test
    void shouldRefuseFieldsThatNoForkKnows() {
        BlockHeader full =
                new BlockHeader.Builder().set(HeaderField.REQUESTS_HASH, new byte[32]).build();
        assertTrue(full.has(HeaderField.REQUESTS_HASH));
        RlpReader reader = new RlpReader(full.rlp());
        reader.enterList();
        RlpWriter longer = new RlpWriter().startList();
        while (reader.hasNext()) {
            longer.raw(reader.item());
        }
        byte[] tooMany = longer.string(new byte[32]).endList().toByteArray();
        assertThrows(RlpException.class, () -> BlockHeader.decode(tooMany));
    }

    @Test
    void shouldThrowNothingElseWhenBytesAreDamaged() {
        byte[] whole = new BlockHeader.Builder().set(HeaderField.NUMBER, 77).build().rlp();
        int refused = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = whole.clone();
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                BlockHeader header = BlockHeader.decode(damaged);
                assertTrue(header.number() >= 0, "seed " + seed);
            } catch (RlpException e) {
                refused++;
            }
        }
        assertTrue(refused > 200, "only " + refused + " refused");
    }
}
