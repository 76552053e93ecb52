package dev.varve.bloom;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** CRC32C, the checksum of all filter files. Static, without state. */
final class Checksum {

    private Checksum() {}

    /** The checksum of at most 2 GiB of bytes. */
    static int of(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.asByteBuffer());
        return (int) crc.getValue();
    }
}
