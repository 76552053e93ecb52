package dev.varve.bloom;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A keyed hash of folded 64 x 64 -> 128-bit multiplications, in the family of wyhash, rapidhash and
 * umash.
 *
 * <p><b>What it computes.</b> The id is read as pairs of little-endian words (a, b); the last pair
 * is the id's last 16 bytes, overlapping the one before it where the length is no multiple of 16.
 * The length and all {@code (a + key[i]) * (b + key[i + 1])} are added modulo 2^128. One keyed
 * product of the two words of that sum, and one keyed, folded product more per half, make 2 x 64
 * bits of which each depends on every bit of the id.
 *
 * <p><b>What is proven.</b> The sum is NH of UMAC (Black, Halevi, Krawczyk, Krovetz, Rogaway:
 * "UMAC: Fast and Secure Message Authentication", CRYPTO 1999) in the 64-bit form of VMAC (Krovetz
 * and Dai, 2007): two different ids of equal length, chosen without knowledge of the secret, have
 * equal sums with probability at most 2^-64. No level above NH is needed, because every pair of the
 * longest id has keys of its own. Every word of input meets a secret word before it is multiplied,
 * and the products are added at full width; so the zero products by which unkeyed lanes of wyhash
 * lose their other factor can neither be aimed at nor swallow more than one pair. The end is that
 * of rapidhash with secret instead of public constants: as good as measured, not proven.
 *
 * <p><b>What is not.</b> NH hides nothing: an attacker who sees hashes (or measures which ids share
 * a line) can solve for the keys. Where that is a concern, use {@link IdHashAlgorithm#SIPHASH}. And
 * equal hashes are not equal ids: whoever needs certainty compares the ids.
 *
 * <p>Immutable and safe for use by many threads, like every {@link IdHash}.
 */
final class FoldedIdHash extends IdHash {

    private static final int PAIR = 2 * Long.BYTES;
    private static final int SHORT_LENGTH = 2 * PAIR;
    private static final int FOLD_KEYS = 6;

    /** Two keys for the last pair, then two for every other, in order. */
    private final long[] pairKeys;

    private final long last0;
    private final long last1;
    private final long first0;
    private final long first1;
    private final long mix0;
    private final long mix1;
    private final long high0;
    private final long high1;
    private final long low0;
    private final long low1;

    FoldedIdHash(long secret0, long secret1) {
        super(IdHashAlgorithm.FOLDED, secret0, secret1);
        SipIdHash stream = new SipIdHash(secret0, secret1);
        long[] fold = expand(stream, 0, FOLD_KEYS);
        pairKeys = expand(stream, FOLD_KEYS, 2 * MAX_ID_LENGTH / PAIR);
        last0 = pairKeys[0];
        last1 = pairKeys[1];
        first0 = pairKeys[2];
        first1 = pairKeys[3];
        mix0 = fold[0];
        mix1 = fold[1];
        high0 = fold[2];
        high1 = fold[3];
        low0 = fold[4];
        low1 = fold[5];
    }

    /** SipHash of a counter: keys that cannot be told from random ones without the secret. */
    private static long[] expand(SipIdHash stream, int from, int count) {
        MemorySegment counter = MemorySegment.ofArray(new byte[Long.BYTES]);
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            counter.set(LE_LONG, 0, from + i);
            keys[i] = stream.high(counter, 0, Long.BYTES);
        }
        return keys;
    }

    @Override
    public long high(MemorySegment id, long offset, long length) {
        checkLength(length);
        return half(id, offset, (int) length, high0, high1);
    }

    @Override
    public long low(MemorySegment id, long offset, long length) {
        checkLength(length);
        return half(id, offset, (int) length, low0, low1);
    }

    // Almost all ids have 8 to 32 bytes: one pair or two, no loop. A batch then reads them once for
    // both halves; lines of half() are repeated because a sum is two longs, a method returns one.

    @Override
    void hash(MemorySegment id, long offset, long length, IdBatch batch, int index) {
        if (length < Long.BYTES || length > SHORT_LENGTH) {
            super.hash(id, offset, length, batch, index);
            return;
        }
        long a = id.get(LE_LONG, offset + Math.max(0, length - PAIR)) + last0;
        long b = id.get(LE_LONG, offset + length - Long.BYTES) + last1;
        long product = a * b;
        long sumLow = product + length;
        long sumHigh = Math.unsignedMultiplyHigh(a, b) + carry(sumLow, product);
        if (length > PAIR) {
            a = id.get(LE_LONG, offset) + first0;
            b = id.get(LE_LONG, offset + Long.BYTES) + first1;
            product = a * b;
            sumLow += product;
            sumHigh += Math.unsignedMultiplyHigh(a, b) + carry(sumLow, product);
        }
        batch.set(
                index,
                finish(sumLow, sumHigh, high0, high1),
                finish(sumLow, sumHigh, low0, low1));
    }

    private long half(MemorySegment id, long offset, int length, long fold0, long fold1) {
        if (length < Long.BYTES) {
            return tinyHalf(id, offset, length, fold0, fold1);
        }
        if (length > SHORT_LENGTH) {
            return longHalf(id, offset, length, fold0, fold1);
        }
        long a = id.get(LE_LONG, offset + Math.max(0, length - PAIR)) + last0;
        long b = id.get(LE_LONG, offset + length - Long.BYTES) + last1;
        long product = a * b;
        long sumLow = product + length;
        long sumHigh = Math.unsignedMultiplyHigh(a, b) + carry(sumLow, product);
        if (length > PAIR) {
            a = id.get(LE_LONG, offset) + first0;
            b = id.get(LE_LONG, offset + Long.BYTES) + first1;
            product = a * b;
            sumLow += product;
            sumHigh += Math.unsignedMultiplyHigh(a, b) + carry(sumLow, product);
        }
        return finish(sumLow, sumHigh, fold0, fold1);
    }

    /** One to seven bytes, in one word: for one length, different ids give different words. */
    private long tinyHalf(MemorySegment id, long offset, int length, long fold0, long fold1) {
        long word;
        if (length >= Integer.BYTES) {
            word = id.get(LE_INT, offset) & 0xffff_ffffL;
            word |= (long) id.get(LE_INT, offset + length - Integer.BYTES) << 32;
        } else {
            word = id.get(ValueLayout.JAVA_BYTE, offset) & 0xffL;
            word |= (id.get(ValueLayout.JAVA_BYTE, offset + length / 2) & 0xffL) << 8;
            word |= (id.get(ValueLayout.JAVA_BYTE, offset + length - 1) & 0xffL) << 16;
        }
        long a = word + last0;
        long product = a * last1;
        long sumLow = product + length;
        long sumHigh = Math.unsignedMultiplyHigh(a, last1) + carry(sumLow, product);
        return finish(sumLow, sumHigh, fold0, fold1);
    }

    private long longHalf(MemorySegment id, long offset, int length, long fold0, long fold1) {
        long[] keys = pairKeys;
        long lastPair = offset + length - PAIR;
        long a = id.get(LE_LONG, lastPair) + last0;
        long b = id.get(LE_LONG, lastPair + Long.BYTES) + last1;
        long product = a * b;
        long sumLow = product + length;
        long sumHigh = Math.unsignedMultiplyHigh(a, b) + carry(sumLow, product);
        int words = (length - 1) / PAIR * 2;
        for (int word = 0; word < words; word += 2) {
            long at = offset + (long) word * Long.BYTES;
            a = id.get(LE_LONG, at) + keys[word + 2];
            b = id.get(LE_LONG, at + Long.BYTES) + keys[word + 3];
            product = a * b;
            sumLow += product;
            sumHigh += Math.unsignedMultiplyHigh(a, b) + carry(sumLow, product);
        }
        return finish(sumLow, sumHigh, fold0, fold1);
    }

    private long finish(long sumLow, long sumHigh, long fold0, long fold1) {
        long a = sumLow ^ mix0;
        long b = sumHigh ^ mix1;
        long c = (a * b) ^ fold0;
        long d = Math.unsignedMultiplyHigh(a, b) ^ fold1;
        return (c * d) ^ Math.unsignedMultiplyHigh(c, d);
    }

    private static long carry(long sum, long addend) {
        return Long.compareUnsigned(sum, addend) < 0 ? 1 : 0;
    }
}
