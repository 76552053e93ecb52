package dev.varve.sync.ethereum.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class Keccak256Test {

    private final Keccak256 keccak = new Keccak256();

    @Test
    void shouldHashTheEmptyInput() {
        assertEquals(
                "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
                hex(keccak.hash(new byte[0])));
    }

    @Test
    void shouldHashTheSubmissionsExample() {
        assertEquals(
                "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
                hex(keccak.hash("abc".getBytes(StandardCharsets.US_ASCII))));
    }

    @Test
    void shouldHashOneInputAfterAnotherWithTheSameInstance() {
        for (int length = 0; length < 600; length++) {
            byte[] in = new byte[length];
            Arrays.fill(in, (byte) length);
            assertArrayEquals(new Keccak256().hash(in), keccak.hash(in), "length " + length);
        }
    }

    @Test
    void shouldReadAndWriteOnlyTheGivenRanges() {
        byte[] in = "xxabcx".getBytes(StandardCharsets.US_ASCII);
        byte[] out = new byte[40];
        keccak.hash(in, 2, 3, out, 4);
        byte[] expected = new byte[40];
        byte[] hash = keccak.hash("abc".getBytes(StandardCharsets.US_ASCII));
        System.arraycopy(hash, 0, expected, 4, hash.length);
        assertArrayEquals(expected, out);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
