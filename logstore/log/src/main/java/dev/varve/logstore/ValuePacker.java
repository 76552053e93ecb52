package dev.varve.logstore;

import dev.varve.logstore.format.LittleEndian;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.jpountz.lz4.LZ4Compressor;

/**
 * Compresses values with LZ4, where that saves enough to be worth expanding them at every read.
 * Confined to one thread at a time; its memory is reused.
 */
final class ValuePacker {

    /** Bytes in front of the compressed ones: the length they expand to. */
    static final int PREFIX_LENGTH = Integer.BYTES;

    /** An eighth of the value must be saved. */
    private static final int SAVED_SHIFT = 3;

    private static final int MAX_KEPT_BYTES = 1 << 20;

    private final LZ4Compressor lz4 = Lz4.factory().fastCompressor();
    private byte[] plain = {};
    private byte[] packed = {};
    private MemorySegment packedMemory = MemorySegment.ofArray(packed);

    /**
     * Compresses a value.
     *
     * @return bytes of {@link #packed()} that stand for it, or 0 if it is better kept as it is
     */
    int pack(MemorySegment value) {
        int length = (int) value.byteSize();
        int longest = PREFIX_LENGTH + lz4.maxCompressedLength(length);
        if (plain.length < length) {
            plain = new byte[Math.max(length, 2 * plain.length)];
        }
        if (packed.length < longest) {
            packed = new byte[Math.max(longest, 2 * packed.length)];
            packedMemory = MemorySegment.ofArray(packed);
        }
        MemorySegment.copy(value, ValueLayout.JAVA_BYTE, 0, plain, 0, length);
        packedMemory.set(LittleEndian.INT, 0, length);
        int packedLength = PREFIX_LENGTH + lz4.compress(plain, 0, length, packed, PREFIX_LENGTH);
        return packedLength <= length - (length >>> SAVED_SHIFT) ? packedLength : 0;
    }

    /** What the last value became: its length, and the compressed bytes. */
    MemorySegment packed() {
        return packedMemory;
    }

    /** Lets go of the memory that long values took. */
    void trim() {
        if (plain.length > MAX_KEPT_BYTES) {
            plain = new byte[0];
            packed = new byte[0];
            packedMemory = MemorySegment.ofArray(packed);
        }
    }
}
