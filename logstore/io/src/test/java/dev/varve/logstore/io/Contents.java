package dev.varve.logstore.io;

import dev.varve.logstore.io.Storage.Access;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Bytes for tests to write, and what they find in files. */
final class Contents {

    private Contents() {}

    /** Memory in which every byte is {@code value}. */
    static MemorySegment filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }

    static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] of(StorageFile file) {
        byte[] bytes = new byte[Math.toIntExact(file.length())];
        int read = file.read(MemorySegment.ofArray(bytes), 0);
        if (read != bytes.length) {
            throw new AssertionError("read " + read + " of " + bytes.length + " bytes");
        }
        return bytes;
    }

    static byte[] of(Storage storage, String name) {
        try (StorageFile file = storage.open(name, Access.READ)) {
            return of(file);
        }
    }
}
