package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Collisions of 32-bit pieces of the hash against the birthday bound, over ids as ledgers have
 * them. Every piece must behave, because shard, line and bits are cut from different ones.
 */
final class IdHashCollisionTest {

    private static final int IDS = 1 << 20;

    private static final HexFormat HEX = HexFormat.of();
    private static final long MIN = Long.MIN_VALUE;
    private static final long NOW_MS = 1_700_000_000_000L;

    enum Ids {
        SEQUENTIAL_8,
        SEQUENTIAL_32,
        BIG_ENDIAN_32,
        DECIMAL_TEXT,
        HEX_TEXT,
        SPARSE_HEX_TEXT,
        RANDOM_UUID,
        TIME_UUID,
        HIGH_BITS_ONLY,
        RANDOM;

        byte[] id(long i) {
            return switch (this) {
                case SEQUENTIAL_8 -> longs(i);
                case SEQUENTIAL_32 -> longs(0, 0, 0, i);
                case BIG_ENDIAN_32 -> longs(Long.reverseBytes(i), 0, 0, 0);
                case DECIMAL_TEXT -> text("tx-" + i);
                case HEX_TEXT -> text(HEX.toHexDigits(mix(i)) + HEX.toHexDigits(mix(~i)));
                case SPARSE_HEX_TEXT -> text(HEX.toHexDigits(0L).repeat(3) + HEX.toHexDigits(i));
                case RANDOM_UUID -> longs((mix(i) & ~0xf000L) | 0x4000, (mix(~i) >>> 2) | MIN);
                case TIME_UUID -> longs(((NOW_MS + i / 64) << 16) | 0x7000 | (i & 63), MIN);
                case HIGH_BITS_ONLY -> longs(i << 44, i << 44);
                case RANDOM -> longs(mix(i), mix(~i), mix(i + (1L << 40)), mix(i + (1L << 50)));
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCollideLikeRandomNumbers(Ids ids) {
        for (IdHashAlgorithm algorithm : IdHashAlgorithm.values()) {
            long[] highs = new long[IDS];
            long[] lows = new long[IDS];
            IdHash hash = IdHash.create(algorithm, 0x5eed, 0xfeed);
            for (int i = 0; i < IDS; i++) {
                byte[] id = ids.id(i);
                highs[i] = hash.high(MemorySegment.ofArray(id), 0, id.length);
                lows[i] = hash.low(MemorySegment.ofArray(id), 0, id.length);
            }
            String which = algorithm + " " + ids;
            assertEquals(0, collisions(highs, 0, 64), which + ": equal high halves");
            assertEquals(0, collisions(lows, 0, 64), which + ": equal low halves");
            for (int shift = 0; shift <= 32; shift += 16) {
                assertNearBirthdayBound(which + " high", highs, shift);
                assertNearBirthdayBound(which + " low", lows, shift);
            }
            assertEvenBuckets(which + " high", highs);
            assertEvenBuckets(which + " low", lows);
        }
    }

    /** n (n - 1) / 2 / 2^32 = 128 pairs are expected; six standard deviations are 68. */
    private static void assertNearBirthdayBound(String which, long[] hashes, int shift) {
        int found = collisions(hashes, shift, 32);
        assertTrue(found > 60 && found < 196, which + ", bits from " + shift + ": " + found);
    }

    private static int collisions(long[] hashes, int shift, int bits) {
        long[] pieces = new long[hashes.length];
        for (int i = 0; i < hashes.length; i++) {
            pieces[i] = hashes[i] << (64 - bits - shift) >>> (64 - bits);
        }
        Arrays.sort(pieces);
        int collisions = 0;
        for (int i = 1; i < pieces.length; i++) {
            collisions += pieces[i] == pieces[i - 1] ? 1 : 0;
        }
        return collisions;
    }

    /** Chi-squared over 2^12 buckets by the top bits: mean 4,095, standard deviation 90.5. */
    private static void assertEvenBuckets(String which, long[] hashes) {
        int[] counts = new int[1 << 12];
        for (long hash : hashes) {
            counts[(int) (hash >>> 52)]++;
        }
        double expected = (double) hashes.length / counts.length;
        double chiSquared = 0;
        for (int count : counts) {
            chiSquared += (count - expected) * (count - expected) / expected;
        }
        assertTrue(
                chiSquared > 4_095 - 6 * 90.5 && chiSquared < 4_095 + 6 * 90.5,
                which + ": chi-squared " + chiSquared);
    }

    private static byte[] longs(long... words) {
        byte[] bytes = new byte[8 * words.length];
        for (int i = 0; i < words.length; i++) {
            MemorySegment.ofArray(bytes).set(IdHash.LE_LONG, 8L * i, words[i]);
        }
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static long mix(long seed) {
        return new SplittableRandom(seed).nextLong();
    }
}
