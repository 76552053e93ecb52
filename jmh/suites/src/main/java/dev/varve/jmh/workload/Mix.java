package dev.varve.jmh.workload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Random numbers by index instead of by state: the n-th is found without the ones before, so that a
 * key can be made again without being kept. The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
 */
final class Mix {

    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private Mix() {}

    /** The {@code index}-th number of the sequence that {@code seed} names. */
    static long at(long seed, long index) {
        long z = seed + (index + 1) * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }

    /** The {@code index}-th number of the sequence, from 0 to below {@code bound}. */
    static long below(long seed, long index, long bound) {
        return Math.unsignedMultiplyHigh(at(seed, index), bound);
    }

    /** Fills the whole longs of a segment with what {@code seed} and {@code index} name. */
    static void fill(MemorySegment segment, long seed, long index) {
        long first = at(seed, index);
        for (long offset = 0; offset + Long.BYTES <= segment.byteSize(); offset += Long.BYTES) {
            segment.set(LONG, offset, first + offset * GOLDEN_GAMMA);
        }
    }
}
