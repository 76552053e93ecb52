package dev.varve.jmh.scale;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The values of the records: of one length, each another, cheap to make. */
final class Values {

    private final int bytes;

    Values(int bytes) {
        this.bytes = bytes;
    }

    /** Writes the value of the {@code index}-th record over the whole segment. */
    void fill(MemorySegment value, long index) {
        long word = (index + 1) * 0x9E37_79B9_7F4A_7C15L;
        int at = 0;
        for (; at + Long.BYTES <= bytes; at += Long.BYTES) {
            value.set(ValueLayout.JAVA_LONG_UNALIGNED, at, word);
            word += 0xBF58_476D_1CE4_E5B9L;
        }
        for (; at < bytes; at++) {
            value.set(ValueLayout.JAVA_BYTE, at, (byte) word);
        }
    }
}
