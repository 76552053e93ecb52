package dev.varve.jmh.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The data that every store gets: record {@code i} is a function of the seed and of {@code i}, so
 * none of it need be kept. Keys look like hashes, values do not compress. Immutable.
 */
final class Records {

    static final int KEY_BYTES = 32;
    static final int VALUE_BYTES = 100;

    /** Raw bytes of a record. */
    static final int BYTES = KEY_BYTES + VALUE_BYTES;

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final int WORDS_PER_RECORD = 32;
    private static final int FIRST_VALUE_WORD = KEY_BYTES / Long.BYTES;
    private static final int WHOLE_VALUE_WORDS = VALUE_BYTES / Long.BYTES;
    private static final int TAIL = WHOLE_VALUE_WORDS * Long.BYTES;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final long seed;

    Records(long seed) {
        this.seed = mix(seed);
    }

    /** Writes the key of record {@code index}, 0 or more. */
    void key(long index, byte[] into) {
        for (int i = 0; i < KEY_BYTES / Long.BYTES; i++) {
            LONGS.set(into, i * Long.BYTES, word(index, i));
        }
    }

    /** Writes a key that no record has: that of a record with a negative index. */
    void absentKey(long index, byte[] into) {
        key(~index, into);
    }

    /** Writes the value of record {@code index}. */
    void value(long index, byte[] into) {
        for (int i = 0; i < WHOLE_VALUE_WORDS; i++) {
            LONGS.set(into, i * Long.BYTES, word(index, FIRST_VALUE_WORD + i));
        }
        INTS.set(into, TAIL, (int) word(index, FIRST_VALUE_WORD + WHOLE_VALUE_WORDS));
    }

    /** A sum over all bytes of a value. */
    static long sum(byte[] value) {
        long sum = (int) INTS.get(value, TAIL);
        for (int i = 0; i < WHOLE_VALUE_WORDS; i++) {
            sum = sum * 31 + (long) LONGS.get(value, i * Long.BYTES);
        }
        return sum;
    }

    /** As {@link #sum(byte[])}, of a value where it lies. */
    static long sum(MemorySegment value) {
        long sum = value.get(INT, TAIL);
        for (int i = 0; i < WHOLE_VALUE_WORDS; i++) {
            sum = sum * 31 + value.get(LONG, (long) i * Long.BYTES);
        }
        return sum;
    }

    private long word(long index, int word) {
        return mix(seed + (index * WORDS_PER_RECORD + word) * GOLDEN_GAMMA);
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable generators", 2014). */
    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }
}
