package dev.varve.logstore;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/** CRC-32C over a structure that holds its own CRC: the four bytes of the field count as zero. */
final class Crc {

    private static final byte[] ZERO = new byte[Integer.BYTES];

    private Crc() {}

    /** CRC of {@code length} bytes from {@code start}, the field at {@code fieldOffset} as zero. */
    static int of(MemorySegment memory, long start, long length, int fieldOffset) {
        CRC32C crc = new CRC32C();
        update(crc, memory, start, length, fieldOffset);
        return (int) crc.getValue();
    }

    /** As {@link #of}, going on with a checksum that has seen other bytes. */
    static void update(
            Checksum crc, MemorySegment memory, long start, long length, int fieldOffset) {
        long behind = (long) fieldOffset + Integer.BYTES;
        crc.update(memory.asSlice(start, fieldOffset).asByteBuffer());
        crc.update(ZERO);
        crc.update(memory.asSlice(start + behind, length - behind).asByteBuffer());
    }
}
