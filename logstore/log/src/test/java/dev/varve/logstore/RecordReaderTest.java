package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordReaderTest {

    private static final int PARTS = 5;
    private static final int PAGE = 4_096;
    private static final byte LOST = -1;

    private final Table table = new Table(1, TableSpec.byKey("t"));
    private final MemorySegment key = MemorySegment.ofArray(new byte[] {1});
    private final Unreadable part = new Unreadable();
    private final RecordReader reader = new RecordReader(ReadCheck.CHECKSUM);

    /** A part that says "absent" of its filter, but whose pages the disk cannot give. */
    private static final class Unreadable implements KeyPart {
        private int touched;
        private int asked;
        private boolean lost;
        private boolean cutOff;

        @Override
        public long start() {
            return 0;
        }

        @Override
        public long end() {
            return 1_000;
        }

        @Override
        public long findBelow(long hash, long bound) {
            asked++;
            if (lost) {
                throw new InternalError("as of a page that cannot be read");
            }
            return NONE;
        }

        @Override
        public @Nullable StorageException cutOff(Throwable cause) {
            return cutOff ? new CorruptionException("cut off", "run", 8_192, cause) : null;
        }

        @Override
        public long touch(long hash) {
            touched++;
            throw new CorruptionException("a page cannot be read", "run", touched, null);
        }

        @Override
        public @Nullable String fileName() {
            return "run";
        }

        @Override
        public void close() {}
    }

    private boolean find(IndexView view) {
        reader.of(table, 1_000).seek(key, 7);
        return reader.find(view);
    }

    private IndexView view(long number) {
        return new IndexView(number, List.of(), Collections.nCopies(PARTS, part), List.of());
    }

    @Test
    void shouldTouchNothingMoreOfAViewWhenAPartOfItCannotBeRead() {
        IndexView first = view(1);
        for (int i = 1; i <= 100; i++) {
            assertFalse(find(first));
            assertEquals(1, part.touched);
            assertEquals(i * PARTS, part.asked);
        }
        // In the next one the part may be another.
        IndexView next = view(2);
        assertFalse(find(next));
        assertFalse(find(next));
        assertEquals(2, part.touched);
    }

    /** The JVM may tell of such a page only when the part was left, as an InternalError. */
    @Test
    void shouldTouchNothingOfAViewWhenALookupInItEndedInAnError() {
        IndexView first = view(1);
        reader.of(table, 1_000).seek(key, 7);
        reader.byPosition(first);
        assertFalse(reader.find(first));
        assertFalse(find(first));
        assertEquals(0, part.touched);
    }

    /** Of an error that comes when the part was left already, and so says nothing of it. */
    @Test
    void shouldNameTheFileOfAPageThatCannotBeRead() {
        InternalError error = new InternalError("late");
        IndexView view = view(1);
        reader.of(table, 1_000).seek(key, 7);
        StorageException unknown = reader.unreadable(view, "store", error);
        assertEquals("store", unknown.file());
        part.lost = true;
        StorageException lost = reader.unreadable(view, "store", error);
        assertEquals("run", lost.file());
        assertInstanceOf(CorruptionException.class, lost);
        part.cutOff = true;
        StorageException cutOff = reader.unreadable(view, "store", error);
        assertEquals("run", cutOff.file());
        assertEquals(8_192, cutOff.offset());
        assertEquals(error, cutOff.getCause());
    }

    /** Compiled, with all that it calls, into whoever calls it. */
    private byte read(MemorySegment mapped, long offset) {
        try {
            byte found = mapped.get(ValueLayout.JAVA_BYTE, offset);
            reader.settle();
            return found;
        } catch (InternalError e) {
            return LOST;
        }
    }

    /** Without, the error comes in the loop below, behind an answer that is any byte. */
    @Test
    void shouldHaveTheJvmTellOfALostPageBeforeThereIsAnAnswer(@TempDir Path directory)
            throws IOException {
        Path path = Files.write(directory.resolve("mapped"), new byte[4 * PAGE]);
        try (FileStorage storage = new FileStorage(directory);
                StorageFile file = storage.open("mapped", Storage.Access.READ);
                Arena arena = Arena.ofShared()) {
            MemorySegment mapped = file.map(0, 4 * PAGE, arena);
            for (int i = 0; i < 100_000; i++) {
                assertEquals(0, read(mapped, i % PAGE));
            }
            try (RandomAccessFile raw = new RandomAccessFile(path.toString(), "rw")) {
                raw.setLength(PAGE);
            }
            for (int i = 0; i < 2_000; i++) {
                assertEquals(LOST, read(mapped, 2 * PAGE + i));
                assertEquals(0, read(mapped, i));
            }
        }
    }
}
