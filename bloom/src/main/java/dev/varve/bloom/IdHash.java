package dev.varve.bloom;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The 128-bit hash of an id under the secret of one store. An id of another store, or one chosen by
 * an attacker who does not know the secret, cannot be aimed at a page, a line or a stripe.
 *
 * <p>Ids are 1 to {@link #MAX_ID_LENGTH} bytes and are hashed where they lie: on the heap or
 * outside, at any alignment, with the same result. Immutable, allocates nothing, safe for use by
 * many threads, nothing to close.
 *
 * <p>A range that leaves its segment is an {@link IndexOutOfBoundsException}.
 */
public abstract sealed class IdHash permits FoldedIdHash, SipIdHash {

    /** The longest id, in bytes. */
    public static final int MAX_ID_LENGTH = 1_024;

    /** The length of a hash, in bytes. */
    public static final int HASH_LENGTH = 16;

    static final ValueLayout.OfLong LE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final ValueLayout.OfInt LE_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int SELF_TEST_LENGTHS = 80;

    private final IdHashAlgorithm algorithm;
    private final long secret0;
    private final long secret1;

    /** Asked for by each file of a shard; null until then. Two who make it make the same. */
    private @Nullable Long selfTest;

    IdHash(IdHashAlgorithm algorithm, long secret0, long secret1) {
        this.algorithm = algorithm;
        this.secret0 = secret0;
        this.secret1 = secret1;
    }

    /**
     * A hash under a 16-byte secret, given as its two little-endian halves. The secret should come
     * from a cryptographic random source, once per store.
     */
    public static IdHash create(IdHashAlgorithm algorithm, long secret0, long secret1) {
        return switch (algorithm) {
            case FOLDED -> new FoldedIdHash(secret0, secret1);
            case SIPHASH -> new SipIdHash(secret0, secret1);
        };
    }

    /**
     * The first 64 bits of the hash; costs less than all of it.
     *
     * @param offset where the id begins, in bytes
     * @param length 1 to {@link #MAX_ID_LENGTH} bytes
     */
    public abstract long high(MemorySegment id, long offset, long length);

    /** The last 64 bits of the hash. */
    public abstract long low(MemorySegment id, long offset, long length);

    /** Writes the hash to {@code out}: {@link #high}, then {@link #low}, little-endian. */
    public final void hash(
            MemorySegment id, long offset, long length, MemorySegment out, long outOffset) {
        long high = high(id, offset, length);
        long low = low(id, offset, length);
        out.set(LE_LONG, outOffset, high);
        out.set(LE_LONG, outOffset + Long.BYTES, low);
    }

    /** Sets the hash of an id of the batch. */
    void hash(MemorySegment id, long offset, long length, IdBatch batch, int index) {
        batch.set(index, high(id, offset, length), low(id, offset, length));
    }

    public final IdHashAlgorithm algorithm() {
        return algorithm;
    }

    /** The first eight bytes of the secret. Whoever knows both halves can aim ids. */
    public final long secret0() {
        return secret0;
    }

    /** The last eight bytes of the secret. */
    public final long secret1() {
        return secret1;
    }

    /**
     * One number that stands for algorithm, secret and implementation: it goes into file headers,
     * so that a file is never read with a hash that would not find its ids. Not meant for a hot
     * path.
     */
    public final long selfTest() {
        Long known = selfTest;
        if (known == null) {
            known = makeSelfTest();
            selfTest = known;
        }
        return known;
    }

    private long makeSelfTest() {
        byte[] bytes = new byte[MAX_ID_LENGTH];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + (i >>> 8) + 1);
        }
        MemorySegment ids = MemorySegment.ofArray(bytes);
        long sum = algorithm.code();
        for (int length = 1; length <= SELF_TEST_LENGTHS; length++) {
            sum = Long.rotateLeft(sum, 5) * 3 + high(ids, length, length);
            sum = Long.rotateLeft(sum, 5) * 3 + low(ids, length, length);
        }
        return sum + high(ids, 0, MAX_ID_LENGTH) + low(ids, 0, MAX_ID_LENGTH);
    }

    static void checkLength(long length) {
        if (length < 1 || length > MAX_ID_LENGTH) {
            throw new IllegalArgumentException(
                    "an id has 1 to " + MAX_ID_LENGTH + " bytes, not " + length);
        }
    }
}
