package dev.varve.logstore;

import static dev.varve.logstore.io.Storage.Access.READ_WRITE;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Bytes that a crash left behind the end of the log. Recovery only notes them; before the first
 * write they are set aside, so that nothing a crash left is ever destroyed.
 *
 * @param file name of the segment file
 * @param position where the log ends
 * @param from offset in the file of the first such byte
 * @param to offset behind the last one that is not zero
 * @param whole whether the file as a whole is torn: a segment whose creation was cut short
 */
record TornTail(String file, long position, long from, long to, boolean whole) {

    private static final int COPY_BYTES = 1 << 20;

    long length() {
        return to - from;
    }

    /** Copies or renames the bytes away; durable on return. Can be repeated after a crash. */
    void setAside(Storage storage) {
        String name = freeName(storage);
        if (whole) {
            storage.rename(file, name);
            storage.forceDirectory();
            return;
        }
        String temporary = name + ".tmp";
        try (Arena arena = Arena.ofShared();
                StorageFile source = storage.open(file, READ_WRITE);
                StorageFile target = storage.createOrEmpty(temporary)) {
            MemorySegment buffer = arena.allocate(COPY_BYTES);
            for (long at = from; at < to; ) {
                MemorySegment part = buffer.asSlice(0, Math.min(COPY_BYTES, to - at));
                int read = source.read(part, at);
                if (read == 0) {
                    break;
                }
                target.write(part.asSlice(0, read), at - from);
                at += read;
            }
            target.force();
        }
        storage.rename(temporary, name);
        storage.forceDirectory();
    }

    private String freeName(Storage storage) {
        String stem = "torn-" + Segment.fileName(position).replace(".log", "-");
        int number = 1;
        while (storage.exists(stem + number + ".bin")) {
            number++;
        }
        return stem + number + ".bin";
    }
}
