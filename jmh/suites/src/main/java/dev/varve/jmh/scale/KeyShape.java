package dev.varve.jmh.scale;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;

/** What keys look like: 32 bytes each, no two of one shape alike. */
enum KeyShape {
    /** Every bit by chance, as of a transaction's hash. */
    HASHED {
        @Override
        long word(long seed, long index, int word) {
            return word == 0 ? index * 0x9E37_79B9_7F4A_7C15L ^ seed : Words.mix(index + word);
        }
    },
    /** A number, counted up. */
    SEQUENTIAL {
        @Override
        long word(long seed, long index, int word) {
            return word == 3 ? index : seed & 0xff;
        }
    },
    /** A thousand long prefixes, and a number behind. */
    SKEWED {
        @Override
        long word(long seed, long index, int word) {
            return word == 3 ? index : Words.mix((seed & 0xff) + index % 1_000 * 3 + word);
        }
    },
    /** Ground until the first 40 bits of all are the same, which no index by prefix can take. */
    GROUND {
        @Override
        long word(long seed, long index, int word) {
            long chance = Words.mix(index * 4 + word + (seed & 0xff) * 7);
            return switch (word) {
                case 0 -> 0xC0FF_EEC0_FF00_0000L | chance >>> 40;
                case 3 -> index;
                default -> chance;
            };
        }
    };

    static final int LENGTH = 32;

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** One of the four longs of a key. */
    abstract long word(long seed, long index, int word);

    /**
     * Writes the {@code index}-th key. Keys of another set are those of another seed, as long as
     * the lowest bytes of the seeds differ.
     */
    final void fill(MemorySegment key, long seed, long index) {
        for (int word = 0; word < LENGTH / Long.BYTES; word++) {
            key.set(LONG, (long) word * Long.BYTES, word(seed, index, word));
        }
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Held by a class of its own, because the constants come before any field of the enum. */
    private static final class Words {
        private Words() {}

        static long mix(long z) {
            long a = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
            long b = (a ^ (a >>> 27)) * 0x94D0_49BB_1331_11EBL;
            return b ^ (b >>> 31);
        }
    }
}
