package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_OFFSET;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The checksums of the pages of one file, which the file's salt makes different from those of any
 * other. Immutable, for any thread. Damage is a {@link CorruptionException}.
 *
 * @param file the name of the file
 * @param salt see {@code docs/FORMAT-index.md}
 */
record PageChecksum(String file, int salt) {

    private static final long BUFFER = 1 << 18;

    /** CRC-32C of {@code length} bytes from {@code offset}. */
    static int of(MemorySegment memory, long offset, long length) {
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(offset, length).asByteBuffer());
        return (int) crc.getValue();
    }

    /** Gives the page at {@code offset} in {@code memory} its number and checksum. */
    void seal(MemorySegment memory, long offset, long page) {
        memory.set(LittleEndian.INT, offset + PAGE_OFFSET, (int) page);
        memory.set(LittleEndian.INT, offset + CRC_OFFSET, crc(memory, offset));
    }

    /** Throws unless the bytes at {@code offset} in {@code memory} are the page of that number. */
    void check(MemorySegment memory, long offset, long page) {
        if (memory.get(LittleEndian.INT, offset + CRC_OFFSET) != crc(memory, offset)) {
            throw damaged("page checksum is wrong", page);
        }
        int number = memory.get(LittleEndian.INT, offset + PAGE_OFFSET);
        if (number != (int) page) {
            throw damaged("page " + Integer.toUnsignedString(number) + " is in its place", page);
        }
    }

    /** Whether the bytes at {@code offset} in {@code memory} are the page of that number. */
    boolean isSound(MemorySegment memory, long offset, long page) {
        return memory.get(LittleEndian.INT, offset + CRC_OFFSET) == crc(memory, offset)
                && memory.get(LittleEndian.INT, offset + PAGE_OFFSET) == (int) page;
    }

    /** Throws unless the pages from {@code from} to {@code to} of a file are valid. */
    void checkAll(StorageFile source, long from, long to, CountedMemory memory) {
        try (Arena arena = memory.arena()) {
            MemorySegment buffer = arena.allocate(BUFFER, PAGE_LENGTH);
            for (long page = from; page < to; page += BUFFER / PAGE_LENGTH) {
                long length = Math.min(BUFFER, (to - page) * PAGE_LENGTH);
                int read = source.read(buffer.asSlice(0, length), page * PAGE_LENGTH);
                if (read < length) {
                    throw damaged("the file ends", page + read / PAGE_LENGTH);
                }
                for (long offset = 0; offset < length; offset += PAGE_LENGTH) {
                    check(buffer, offset, page + offset / PAGE_LENGTH);
                }
            }
        }
    }

    CorruptionException damaged(String what, long page) {
        return new CorruptionException(what, file, page * PAGE_LENGTH, null);
    }

    private int crc(MemorySegment memory, long offset) {
        return of(memory, offset + PAGE_OFFSET, PAGE_LENGTH - PAGE_OFFSET) ^ salt;
    }
}
