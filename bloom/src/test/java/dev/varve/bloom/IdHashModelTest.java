package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The folded hash beside a naive twin in big integers, written after docs/FORMAT-bloom.md: what the
 * page says is enough to read the files without this code.
 */
final class IdHashModelTest {

    private static final long SEED = 20_261_130;
    private static final BigInteger WORD = BigInteger.ONE.shiftLeft(64);

    @Test
    void shouldHashIdsOfEveryLengthAsTheFormatPageSays() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int length = 1; length <= IdHash.MAX_ID_LENGTH; length++) {
            long secret0 = random.nextLong();
            long secret1 = random.nextLong();
            byte[] id = new byte[length];
            random.nextBytes(id);
            IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, secret0, secret1);
            Twin twin = new Twin(new SipIdHash(secret0, secret1));
            MemorySegment memory = MemorySegment.ofArray(id);
            String message = "length " + length + " of seed " + SEED;
            assertEquals(twin.half(id, 2), hash.high(memory, 0, length), message);
            assertEquals(twin.half(id, 4), hash.low(memory, 0, length), message);
        }
    }

    @Test
    void shouldTestItselfAsTheFormatPageSays() {
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
        Twin twin = new Twin(new SipIdHash(3, 4));
        byte[] bytes = new byte[1_024];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (31 * i + i / 256 + 1);
        }
        long sum = hash.algorithm().code();
        for (int n = 1; n <= 80; n++) {
            byte[] id = Arrays.copyOfRange(bytes, n, 2 * n);
            sum = Long.rotateLeft(sum, 5) * 3 + twin.half(id, 2);
            sum = Long.rotateLeft(sum, 5) * 3 + twin.half(id, 4);
        }
        assertEquals(sum + twin.half(bytes, 2) + twin.half(bytes, 4), hash.selfTest());
    }

    /** The keys K[0] to K[133] of one secret. */
    private record Twin(SipIdHash keys) {

        BigInteger key(int i) {
            ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, i);
            return unsigned(keys.high(MemorySegment.ofBuffer(number), 0, 8));
        }

        /** The half that the keys {@code fold} and the one behind it make. */
        long half(byte[] id, int fold) {
            BigInteger sum = sum(id);
            BigInteger product =
                    sum.mod(WORD).xor(key(0)).multiply(sum.shiftRight(64).xor(key(1)));
            BigInteger folded =
                    product.mod(WORD)
                            .xor(key(fold))
                            .multiply(product.shiftRight(64).xor(key(fold + 1)));
            return folded.mod(WORD).xor(folded.shiftRight(64)).longValue();
        }

        private BigInteger sum(byte[] id) {
            int n = id.length;
            BigInteger sum = BigInteger.valueOf(n);
            if (n < 4) {
                byte[] word = {id[0], id[n / 2], id[n - 1]};
                sum = sum.add(product(0, number(word, 0, 3), BigInteger.ZERO));
            } else if (n < 8) {
                BigInteger last = number(id, n - 4, 4).shiftLeft(32);
                sum = sum.add(product(0, number(id, 0, 4).add(last), BigInteger.ZERO));
            } else if (n < 16) {
                sum = sum.add(product(0, number(id, 0, 8), number(id, n - 8, 8)));
            } else {
                sum = sum.add(product(0, number(id, n - 16, 8), number(id, n - 8, 8)));
                for (int pair = 1; pair <= (n - 1) / 16; pair++) {
                    int at = 16 * (pair - 1);
                    sum = sum.add(product(pair, number(id, at, 8), number(id, at + 8, 8)));
                }
            }
            return sum.mod(WORD.multiply(WORD));
        }

        private BigInteger product(int pair, BigInteger a, BigInteger b) {
            BigInteger left = a.add(key(6 + 2 * pair)).mod(WORD);
            return left.multiply(b.add(key(7 + 2 * pair)).mod(WORD));
        }
    }

    private static BigInteger unsigned(long word) {
        return BigInteger.valueOf(word).mod(WORD);
    }

    /** Bytes of an id as a little-endian number. */
    private static BigInteger number(byte[] id, int from, int length) {
        BigInteger number = BigInteger.ZERO;
        for (int i = length - 1; i >= 0; i--) {
            number = number.shiftLeft(8).add(BigInteger.valueOf(id[from + i] & 0xff));
        }
        return number;
    }
}
