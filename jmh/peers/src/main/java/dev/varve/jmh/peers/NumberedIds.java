package dev.varve.jmh.peers;

import dev.varve.bloom.IdBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Ids of 32 bytes by their numbers, as evenly spread as hashes; some thousand at a time. */
final class NumberedIds {

    static final int LENGTH = 32;

    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final byte[] bytes;
    private final MemorySegment memory;

    NumberedIds(int count) {
        bytes = new byte[count * LENGTH];
        memory = MemorySegment.ofArray(bytes);
    }

    /** Writes the ids of the numbers from {@code first} on to the segment, at its start. */
    NumberedIds write(long first, int count) {
        for (int i = 0; i < count; i++) {
            long mixed = (first + i + 1) * SPREAD;
            mixed = (mixed ^ mixed >>> 30) * 0xBF58_476D_1CE4_E5B9L;
            mixed = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL;
            for (int at = 0; at < LENGTH; at += Long.BYTES) {
                memory.set(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * LENGTH + at, mixed + at);
            }
        }
        return this;
    }

    /** The first ids of those written, hashed into an empty batch. */
    IdBatch into(IdBatch batch, int count) {
        batch.clear();
        batch.putAll(memory, LENGTH, LENGTH, count);
        return batch;
    }

    /** Those written, one behind the other. */
    MemorySegment memory() {
        return memory;
    }

    /** A copy of one id of those written. */
    byte[] id(int index) {
        byte[] id = new byte[LENGTH];
        System.arraycopy(bytes, index * LENGTH, id, 0, LENGTH);
        return id;
    }
}
