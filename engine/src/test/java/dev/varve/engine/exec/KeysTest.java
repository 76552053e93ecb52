package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class KeysTest {

    private static final long SEED = 77;
    private static final Keys KEYS = new Keys(SEED, -1);

    @Test
    void shouldDependOnEveryBitOfAKeyOfAnyLength() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int length = 0; length <= 130; length++) {
            byte[] key = new byte[length];
            random.nextBytes(key);
            long hash = KEYS.hash(key);
            assertEquals(hash, KEYS.hash(key.clone()));
            assertNotEquals(hash, new Keys(SEED + 1, -1).hash(key), "length " + length);
            for (int bit = 0; bit < 8 * length; bit++) {
                key[bit / 8] ^= (byte) (1 << bit % 8);
                assertNotEquals(hash, KEYS.hash(key), "length " + length + ", bit " + bit);
                key[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
    }

    @Test
    void shouldTellKeysOfZerosAndOfExchangedWordsApart() {
        Set<Long> hashes = new HashSet<>();
        int keys = 0;
        for (int length = 0; length <= 200; length++) {
            hashes.add(KEYS.hash(new byte[length]));
            keys++;
        }
        for (int at = 0; at < 128; at += Long.BYTES) {
            byte[] key = new byte[128];
            key[at] = 1;
            hashes.add(KEYS.hash(key));
            keys++;
        }
        assertEquals(keys, hashes.size());
    }
}
