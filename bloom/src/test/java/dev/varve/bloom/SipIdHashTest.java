package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * The published test vectors of SipHash-2-4-128: the key is the bytes 0 to 15, the message of
 * length n the bytes 0 to n - 1.
 */
final class SipIdHashTest {

    private static final IdHash HASH =
            IdHash.create(
                    IdHashAlgorithm.SIPHASH, 0x07060504_03020100L, 0x0f0e0d0c_0b0a0908L);

    private static final MemorySegment MESSAGE = message();

    @Test
    void shouldGiveThePublishedVectors() {
        assertEquals("da87c1d86b99af44347659119b22fc45", HexFormat.of().formatHex(hash(1)));
        assertEquals("a1f1ebbed8dbc153c0b84aa61ff08239", HexFormat.of().formatHex(hash(7)));
        assertEquals("3b62a9ba6258f5610f83e264f31497b4", HexFormat.of().formatHex(hash(8)));
        assertEquals("5493e99933b0a8117e08ec0f97cfc3d9", HexFormat.of().formatHex(hash(15)));
        assertEquals("5150d1772f50834a503e069a973fbd7c", HexFormat.of().formatHex(hash(63)));
    }

    /** SHA-256 of the published outputs for lengths 1 to 63, one after the other. */
    @Test
    void shouldGiveEveryPublishedVector() throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int length = 1; length < 64; length++) {
            digest.update(hash(length));
        }
        assertEquals(
                "f037c9668ad3da8a483adab97182598ef0a1a55a1e18dde42915ae1fcaf2fb4b",
                HexFormat.of().formatHex(digest.digest()));
    }

    private static byte[] hash(int length) {
        byte[] out = new byte[IdHash.HASH_LENGTH];
        HASH.hash(MESSAGE, 0, length, MemorySegment.ofArray(out), 0);
        return out;
    }

    private static MemorySegment message() {
        byte[] bytes = new byte[64];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return MemorySegment.ofArray(bytes);
    }
}
