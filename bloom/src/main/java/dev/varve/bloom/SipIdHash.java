package dev.varve.bloom;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * SipHash-2-4 with 128 bits of output: the first eight bytes of the reference output are the high
 * half, the last eight the low half. Source: Jean-Philippe Aumasson and Daniel J. Bernstein,
 * "SipHash: a fast short-input PRF", INDOCRYPT 2012; the 128-bit variant is that of their reference
 * code.
 *
 * <p>Immutable and safe for use by many threads, like every {@link IdHash}.
 */
final class SipIdHash extends IdHash {

    private static final long INIT0 = 0x736f6d6570736575L;
    private static final long INIT1 = 0x646f72616e646f6dL;
    private static final long INIT2 = 0x6c7967656e657261L;
    private static final long INIT3 = 0x7465646279746573L;

    /** Which half is asked for; the low half costs four more rounds. */
    private enum Half {
        HIGH,
        LOW
    }

    SipIdHash(long secret0, long secret1) {
        super(IdHashAlgorithm.SIPHASH, secret0, secret1);
    }

    @Override
    public long high(MemorySegment id, long offset, long length) {
        checkLength(length);
        return half(id, offset, (int) length, Half.HIGH);
    }

    @Override
    public long low(MemorySegment id, long offset, long length) {
        checkLength(length);
        return half(id, offset, (int) length, Half.LOW);
    }

    // The state is four locals, so that nothing is allocated; hence a round is written out in each
    // of the three loops instead of being a method.
    private long half(MemorySegment id, long offset, int length, Half half) {
        long v0 = INIT0 ^ secret0();
        long v1 = INIT1 ^ secret1() ^ 0xee;
        long v2 = INIT2 ^ secret0();
        long v3 = INIT3 ^ secret1();
        int words = length >>> 3;
        for (int i = 0; i <= words; i++) {
            long at = offset + 8L * i;
            long m = i < words ? id.get(LE_LONG, at) : lastWord(id, at, length);
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32) + v3;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        v2 ^= 0xee;
        int rounds = half == Half.HIGH ? 4 : 8;
        for (int round = 0; round < rounds; round++) {
            if (round == 4) {
                v1 ^= 0xdd;
            }
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32) + v3;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /** The remaining zero to seven bytes, with the length modulo 256 above them. */
    private static long lastWord(MemorySegment id, long offset, int length) {
        long word = (long) length << 56;
        int rest = length & 7;
        for (int i = 0; i < rest; i++) {
            word |= (id.get(ValueLayout.JAVA_BYTE, offset + i) & 0xffL) << (8 * i);
        }
        return word;
    }
}
