package dev.varve.sync.ethereum.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.ChainFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class Secp256k1Test {

    private static final BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    private final Secp256k1 curve = new Secp256k1();
    private final Keccak256 keccak = new Keccak256();

    @Test
    void shouldSignAsTheKnownAnswersOfRfc6979() throws NoSuchAlgorithmException {
        byte[] hash = sha256("Satoshi Nakamoto".getBytes(StandardCharsets.US_ASCII));
        Signature signature = curve.sign(hash, BigInteger.ONE);
        assertEquals(
                "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
                signature.r().toString(16));
        assertEquals(
                "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
                signature.s().toString(16));
    }

    @Test
    void shouldSignAsTheExampleOfEip155() {
        byte[] hash = HexFormat.of()
                .parseHex("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
        BigInteger key = new BigInteger("46".repeat(32), 16);
        Signature signature = curve.sign(hash, key);
        assertEquals(
                "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276",
                signature.r().toString(16));
        assertEquals(
                "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
                signature.s().toString(16));
        assertEquals(0, signature.yParity());
        assertEquals(
                "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f",
                HexFormat.of().formatHex(curve.address(key)));
    }

    @Test
    void shouldRecoverTheSignersAddress() {
        long seed = 20_261;
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            BigInteger key = new BigInteger(255, random).add(BigInteger.ONE);
            byte[] hash = new byte[32];
            random.nextBytes(hash);
            Signature signature = curve.sign(hash, key);
            assertArrayEquals(
                    curve.address(key),
                    curve.recoverAddress(hash, signature, SRange.LOW),
                    "seed " + seed + ", round " + i);
        }
    }

    @Test
    void shouldAllowAHighSOnlyWhereAskedTo() {
        byte[] hash = keccak.hash(new byte[0]);
        Signature low = curve.sign(hash, BigInteger.TWO);
        Signature high = new Signature(low.r(), ORDER.subtract(low.s()), 1 - low.yParity());
        assertArrayEquals(
                curve.address(BigInteger.TWO), curve.recoverAddress(hash, high, SRange.ANY));
        assertRefused(hash, high, SRange.LOW);
    }

    @Test
    void shouldRefuseNumbersOutOfRange() {
        byte[] hash = keccak.hash(new byte[0]);
        Signature good = curve.sign(hash, BigInteger.TWO);
        for (BigInteger bad : new BigInteger[] {BigInteger.ZERO, ORDER, ORDER.add(good.r())}) {
            assertRefused(hash, new Signature(bad, good.s(), 0), SRange.ANY);
            assertRefused(hash, new Signature(good.r(), bad, 0), SRange.ANY);
        }
        BigInteger notOnCurve = BigInteger.valueOf(5);
        assertRefused(hash, new Signature(notOnCurve, good.s(), 0), SRange.ANY);
    }

    @Test
    void shouldRefuseASignatureWhoseKeyIsThePointAtInfinity() {
        // The key is (s * R - e * G) / r: nothing, where R is G and s is e.
        BigInteger e = BigInteger.valueOf(7);
        BigInteger x =
                new BigInteger(
                        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 16);
        byte[] hash = new byte[32];
        hash[31] = e.byteValue();
        assertRefused(hash, new Signature(x, e, 0), SRange.ANY);
    }

    @Test
    void shouldAgreeWithTheWycheproofVectors() throws IOException, NoSuchAlgorithmException {
        int valid = 0;
        int invalid = 0;
        for (Object group : ChainFiles.list(
                ChainFiles.json("vectors/ecdsa_secp256k1_sha256_bitcoin_test.json")
                        .get("testGroups"))) {
            Object publicKey = ChainFiles.field(group, "publicKey");
            byte[] key = ChainFiles.hex(ChainFiles.field(publicKey, "uncompressed"));
            byte[] address = address(Arrays.copyOfRange(key, 1, key.length));
            for (Object test : ChainFiles.list(ChainFiles.field(group, "tests"))) {
                byte[] hash = sha256(ChainFiles.hex(ChainFiles.field(test, "msg")));
                BigInteger[] plain = decode(ChainFiles.hex(ChainFiles.field(test, "sig")));
                if (plain.length == 0) {
                    continue;
                }
                boolean expected = "valid".equals(ChainFiles.field(test, "result"));
                String name = "test " + ChainFiles.field(test, "tcId");
                if (expected && isBeyondTheOrder(test)) {
                    continue;
                }
                assertEquals(expected, recovers(hash, plain, address), name);
                valid += expected ? 1 : 0;
                invalid += expected ? 0 : 1;
            }
        }
        assertTrue(valid >= 130, valid + " valid");
        assertTrue(invalid >= 40, invalid + " invalid");
    }

    /** The point's x is r + n: a transaction's two recovery ids cannot say that. */
    private static boolean isBeyondTheOrder(Object test) {
        String comment = ChainFiles.field(test, "comment").toString().toLowerCase(Locale.ROOT);
        return comment.contains("k*g has a large x-coordinate");
    }

    private boolean recovers(byte[] hash, BigInteger[] plain, byte[] address) {
        for (int yParity = 0; yParity < 2; yParity++) {
            Signature signature = new Signature(plain[0], plain[1], yParity);
            try {
                if (Arrays.equals(address, curve.recoverAddress(hash, signature, SRange.LOW))) {
                    return true;
                }
            } catch (InvalidSignatureException e) {
                assertTrue(e.getMessage() != null);
            }
        }
        return false;
    }

    /** The two numbers of a DER sequence; empty if it is not one of two positive integers. */
    private static BigInteger[] decode(byte[] der) {
        BigInteger[] numbers = new BigInteger[2];
        if (der.length < 2 || der[0] != 0x30 || der[1] != der.length - 2) {
            return new BigInteger[0];
        }
        int at = 2;
        for (int i = 0; i < 2; i++) {
            if (der.length - at < 2 || der[at] != 2 || der[at + 1] <= 0
                    || der[at + 1] > der.length - at - 2) {
                return new BigInteger[0];
            }
            numbers[i] = new BigInteger(der, at + 2, der[at + 1]);
            if (numbers[i].toByteArray().length != der[at + 1]) {
                return new BigInteger[0];
            }
            at += 2 + der[at + 1];
        }
        return at == der.length ? numbers : new BigInteger[0];
    }

    private byte[] address(byte[] key) {
        return Arrays.copyOfRange(keccak.hash(key), 12, 32);
    }

    private void assertRefused(byte[] hash, Signature signature, SRange allowed) {
        assertThrows(
                InvalidSignatureException.class,
                () -> curve.recoverAddress(hash, signature, allowed));
    }

    private static byte[] sha256(byte[] message) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(message);
    }
}
