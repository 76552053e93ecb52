package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage.Access;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link Storage} must do. */
abstract class StorageContract {

    private Storage storage;

    /** An empty storage of its own for each test. */
    abstract Storage emptyStorage();

    @BeforeEach
    final void openStorage() {
        storage = emptyStorage();
    }

    @AfterEach
    final void closeStorage() {
        storage.close();
    }

    // ---- bytes

    @Test
    void shouldReadWhatWasWritten() {
        byte[] bytes = Contents.random(10_000, 1);
        try (StorageFile file = storage.create("a.log")) {
            file.write(MemorySegment.ofArray(bytes), 0);
            file.force();
            assertEquals(10_000, file.length());
            assertEquals("a.log", file.name());
            assertArrayEquals(bytes, Contents.of(file));
        }
        assertArrayEquals(bytes, Contents.of(storage, "a.log"));
    }

    @Test
    void shouldReadLessOnlyWhereTheFileEnds() {
        try (StorageFile file = storage.create("a")) {
            file.write(Contents.filled(100, 1), 0);
            MemorySegment memory = Contents.filled(64, 9);
            assertEquals(64, file.read(memory, 36));
            assertEquals(10, file.read(memory, 90));
            assertEquals(1, memory.get(ValueLayout.JAVA_BYTE, 10), "no more than that is touched");
            assertEquals(0, file.read(memory, 100));
            assertEquals(0, file.read(memory, 5_000));
            assertEquals(0, file.read(memory.asSlice(0, 0), 0));
        }
    }

    @Test
    void shouldEmptyAFileThatHasTheName() {
        for (int length = 10; length > 5; length--) {
            try (StorageFile file = storage.createOrEmpty("a")) {
                assertEquals(0, file.length());
                file.write(Contents.filled(length, length), 0);
                byte[] found = Contents.of(file);
                assertEquals(length, found.length);
                assertEquals(length, found[0]);
            }
        }
    }

    @Test
    void shouldOverwriteInPlace() {
        try (StorageFile file = storage.create("a")) {
            file.write(Contents.filled(10_000, 1), 0);
            file.write(Contents.filled(5_000, 2), 4_000);
            byte[] found = Contents.of(file);
            assertEquals(10_000, found.length);
            assertEquals(1, found[3_999]);
            assertEquals(2, found[4_000]);
            assertEquals(2, found[8_999]);
            assertEquals(1, found[9_000]);
        }
    }

    @Test
    void shouldLeaveZerosWhenWritingBehindTheEnd() {
        try (StorageFile file = storage.create("a")) {
            file.write(Contents.filled(10, 1), 0);
            file.write(Contents.filled(10, 2), 9_000);
            byte[] found = Contents.of(file);
            assertEquals(9_010, found.length);
            for (int i = 10; i < 9_000; i++) {
                assertEquals(0, found[i]);
            }
            assertEquals(2, found[9_000]);
        }
    }

    @Test
    void shouldDoNothingWhenWritingNothing() {
        try (StorageFile file = storage.create("a")) {
            file.write(MemorySegment.ofArray(new byte[0]), 77);
            assertEquals(0, file.length());
        }
    }

    @Test
    void shouldReachOffsetsThatNoIntHolds() {
        long offset = (1L << 31) + 12_345;
        try (StorageFile file = storage.create("a")) {
            file.write(Contents.filled(3, 5), offset);
            assertEquals(offset + 3, file.length());
            MemorySegment memory = Contents.filled(5, 9);
            assertEquals(4, file.read(memory, offset - 1));
            assertArrayEquals(new byte[] {0, 5, 5, 5, 9}, memory.toArray(ValueLayout.JAVA_BYTE));
            try (Arena arena = Arena.ofConfined()) {
                assertEquals(5, file.map(offset, 3, arena).get(ValueLayout.JAVA_BYTE, 2));
            }
        }
    }

    @Test
    void shouldTakeMemoryOfEveryKindThatThreadsShare() {
        byte[] bytes = Contents.random(3_000_000, 2);
        try (Arena shared = Arena.ofShared();
                StorageFile file = storage.create("a")) {
            MemorySegment ofShared = shared.allocate(bytes.length);
            ofShared.copyFrom(MemorySegment.ofArray(bytes));
            MemorySegment ofAuto = Arena.ofAuto().allocate(bytes.length);
            file.write(ofShared.asReadOnly(), 0);
            assertEquals(bytes.length, file.read(ofAuto, 0));
            assertEquals(-1, ofAuto.mismatch(ofShared));

            MemorySegment heap = MemorySegment.ofArray(bytes);
            file.write(heap.asSlice(1, bytes.length - 1), 0);
            byte[] found = new byte[bytes.length];
            assertEquals(bytes.length - 2, file.read(MemorySegment.ofArray(found).asSlice(2), 0));
            assertEquals(-1, heap.asSlice(1, 2_000).mismatch(
                    MemorySegment.ofArray(found).asSlice(2, 2_000)));
            assertEquals(bytes[bytes.length - 2], found[bytes.length - 1]);
        }
    }

    @Test
    void shouldWriteLongPiecesAtAnyOffset() {
        int longest = 300_000;
        byte[] bytes = Contents.random(longest, 11);
        try (Arena arena = Arena.ofShared();
                StorageFile file = storage.create("a")) {
            MemorySegment off = arena.allocate(longest).copyFrom(MemorySegment.ofArray(bytes));
            long end = 65_535;
            for (int length : new int[] {1, 65_536, 65_535, longest, 2, 131_073}) {
                file.write(off.asSlice(0, length), end);
                file.write(MemorySegment.ofArray(bytes).asSlice(0, length), end + length);
                byte[] found = new byte[2 * length];
                assertEquals(found.length, file.read(MemorySegment.ofArray(found), end));
                assertArrayEquals(Arrays.copyOf(bytes, length), Arrays.copyOf(found, length));
                assertArrayEquals(
                        Arrays.copyOf(bytes, length),
                        Arrays.copyOfRange(found, length, 2 * length));
                end += 2L * length;
                assertEquals(end, file.length());
            }
        }
    }

    @Test
    void shouldCutAFile() {
        try (StorageFile file = storage.create("a")) {
            file.write(Contents.filled(10_000, 1), 0);
            file.truncate(10_001);
            assertEquals(10_000, file.length(), "it does not grow");
            file.truncate(4_999);
            assertEquals(4_999, file.length());
            file.write(Contents.filled(1, 2), 9_999);
            byte[] found = Contents.of(file);
            assertEquals(1, found[4_998]);
            for (int i = 4_999; i < 9_999; i++) {
                assertEquals(0, found[i], "what was cut off does not come back");
            }
            file.truncate(0);
            assertEquals(0, file.length());
        }
    }

    @Test
    void shouldTakeWritesOfManyThreads() throws Exception {
        int threads = 4;
        int blocks = 200;
        try (StorageFile file = storage.create("a");
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> writers =
                    IntStream.range(0, threads)
                            .<Future<?>>mapToObj(
                                    t -> pool.submit(() -> writeEach(file, t, threads, blocks)))
                            .toList();
            for (Future<?> writer : writers) {
                writer.get();
            }
            byte[] found = Contents.of(file);
            assertEquals(threads * blocks * 100, found.length);
            for (int i = 0; i < found.length; i++) {
                assertEquals((byte) (i / 100 % threads + 1), found[i]);
            }
        }
    }

    private static void writeEach(StorageFile file, int thread, int threads, int blocks) {
        for (int i = 0; i < blocks; i++) {
            file.write(Contents.filled(100, thread + 1), (long) (i * threads + thread) * 100);
        }
    }

    // ---- names

    @Test
    void shouldListNamesInOrder() {
        assertEquals(List.of(), storage.list());
        for (String name : List.of("b", "a", "0001.log", "B_-.x")) {
            storage.create(name).close();
        }
        assertEquals(List.of("0001.log", "B_-.x", "a", "b"), storage.list());
        assertTrue(storage.exists("a"));
        assertFalse(storage.exists("c"));
    }

    @Test
    void shouldNotCreateAFileTwice() {
        storage.create("a").close();
        StorageException e = assertThrows(StorageException.class, () -> storage.create("a"));
        assertSays("a file of that name exists", e);
    }

    @Test
    void shouldNotOpenWhatIsNotThere() {
        StorageException e =
                assertThrows(StorageException.class, () -> storage.open("gone", Access.READ));
        assertSays("there is no such file", e);
        assertTrue(e.file().endsWith("gone"), e.file());
    }

    @Test
    void shouldReplaceByRenaming() {
        try (StorageFile file = storage.create("new");
                StorageFile old = storage.create("target")) {
            file.write(Contents.filled(3, 1), 0);
            old.write(Contents.filled(3, 2), 0);
            storage.rename("new", "target");
            storage.forceDirectory();
            assertEquals(List.of("target"), storage.list());
            assertEquals(1, Contents.of(storage, "target")[0]);
            file.write(Contents.filled(1, 3), 0);
            assertEquals(3, Contents.of(storage, "target")[0], "open files follow the renaming");
            assertEquals(2, Contents.of(old)[0], "open files outlive it");
        }
        assertThrows(StorageException.class, () -> storage.rename("new", "other"));
    }

    @Test
    void shouldReadADeletedFileThatIsStillOpen() {
        try (StorageFile file = storage.create("a")) {
            file.write(Contents.filled(3, 1), 0);
            storage.delete("a");
            storage.delete("a");
            assertFalse(storage.exists("a"));
            assertArrayEquals(new byte[] {1, 1, 1}, Contents.of(file));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a..b", "a/b", "a b", "\u00e4", "a\0", "..\\x"})
    void shouldRejectNamesThatMightLeadElsewhere(String name) {
        assertThrows(IllegalArgumentException.class, () -> storage.create(name));
        assertThrows(IllegalArgumentException.class, () -> storage.open(name, Access.READ));
        assertThrows(IllegalArgumentException.class, () -> storage.rename(name, "a"));
        assertThrows(IllegalArgumentException.class, () -> storage.rename("a", name));
        assertThrows(IllegalArgumentException.class, () -> storage.delete(name));
        assertThrows(IllegalArgumentException.class, () -> storage.exists(name));
        assertThrows(IllegalArgumentException.class, () -> storage.lock(name));
    }

    // ---- mapping

    @Test
    void shouldMapAnyRangeForReading() {
        byte[] bytes = Contents.random(20_000, 3);
        try (StorageFile file = storage.create("a");
                Arena arena = Arena.ofConfined()) {
            file.write(MemorySegment.ofArray(bytes), 0);
            MemorySegment mapped = file.map(4_097, 10_001, arena);
            assertEquals(10_001, mapped.byteSize());
            assertEquals(-1, mapped.mismatch(MemorySegment.ofArray(bytes).asSlice(4_097, 10_001)));
            assertTrue(mapped.isReadOnly());
            assertEquals(0, file.map(20_000, 0, arena).byteSize());
        }
    }

    @Test
    void shouldKeepAMappingUntilItsArenaCloses() {
        MemorySegment mapped;
        try (Arena arena = Arena.ofShared()) {
            try (StorageFile file = storage.create("a")) {
                file.write(Contents.filled(5_000, 4), 0);
                mapped = file.map(0, 5_000, arena);
            }
            assertEquals(4, mapped.get(ValueLayout.JAVA_BYTE, 4_999));
        }
        assertThrows(
                IllegalStateException.class, () -> mapped.get(ValueLayout.JAVA_BYTE, 4_999));
    }

    @Test
    void shouldNotMapBehindTheEnd() {
        try (StorageFile file = storage.create("a");
                Arena arena = Arena.ofConfined()) {
            file.write(Contents.filled(100, 4), 0);
            assertThrows(IllegalArgumentException.class, () -> file.map(0, 101, arena));
            assertThrows(IllegalArgumentException.class, () -> file.map(101, 0, arena));
            assertThrows(IllegalArgumentException.class, () -> file.map(-1, 1, arena));
            assertThrows(IllegalArgumentException.class, () -> file.map(0, -1, arena));
            assertThrows(
                    IllegalArgumentException.class, () -> file.map(Long.MAX_VALUE, 2, arena));
        }
    }

    @Test
    void shouldNotMapAnotherFileThatTookTheName() {
        try (StorageFile file = storage.create("a");
                Arena arena = Arena.ofConfined()) {
            file.write(Contents.filled(100, 1), 0);
            storage.rename("a", "b");
            assertThrows(StorageException.class, () -> file.map(0, 100, arena));
            try (StorageFile other = storage.create("a")) {
                other.write(Contents.filled(100, 2), 0);
                assertThrows(StorageException.class, () -> file.map(0, 100, arena));
                assertEquals(2, other.map(0, 100, arena).get(ValueLayout.JAVA_BYTE, 0));
            }
        }
    }

    // ---- life cycle and callers' bugs

    @Test
    void shouldRefuseToUseAClosedFile() {
        StorageFile file = storage.create("a");
        file.close();
        file.close();
        MemorySegment memory = Contents.filled(1, 1);
        assertThrows(StorageClosedException.class, () -> file.read(memory, 0));
        assertThrows(StorageClosedException.class, () -> file.write(memory, 0));
        assertThrows(StorageClosedException.class, file::force);
        assertThrows(StorageClosedException.class, () -> file.truncate(0));
        assertThrows(StorageClosedException.class, file::length);
        assertThrows(StorageClosedException.class, () -> file.map(0, 0, Arena.ofAuto()));
        assertEquals("a", file.name());
    }

    @Test
    void shouldRefuseToUseAClosedStorage() {
        StorageFile file = storage.create("a");
        storage.close();
        storage.close();
        assertThrows(StorageClosedException.class, () -> storage.create("b"));
        assertThrows(StorageClosedException.class, () -> storage.open("a", Access.READ));
        assertThrows(StorageClosedException.class, storage::list);
        assertThrows(StorageClosedException.class, () -> storage.exists("a"));
        assertThrows(StorageClosedException.class, () -> storage.rename("a", "b"));
        assertThrows(StorageClosedException.class, () -> storage.delete("a"));
        assertThrows(StorageClosedException.class, storage::forceDirectory);
        assertThrows(StorageClosedException.class, storage::usableBytes);
        assertThrows(StorageClosedException.class, () -> storage.lock("lock"));
        file.write(Contents.filled(1, 1), 0);
        assertEquals(1, file.length(), "files are closed by those who opened them");
        file.close();
    }

    @Test
    void shouldRefuseToWriteWhenOpenForReading() {
        storage.create("a").close();
        try (StorageFile file = storage.open("a", Access.READ)) {
            assertThrows(
                    IllegalStateException.class, () -> file.write(Contents.filled(1, 1), 0));
            assertThrows(IllegalStateException.class, () -> file.truncate(0));
        }
    }

    @Test
    void shouldRejectNegativeOffsetsAndLengths() {
        try (StorageFile file = storage.create("a")) {
            MemorySegment memory = Contents.filled(1, 1);
            assertThrows(IllegalArgumentException.class, () -> file.read(memory, -1));
            assertThrows(IllegalArgumentException.class, () -> file.write(memory, -1));
            assertThrows(IllegalArgumentException.class, () -> file.truncate(-1));
        }
    }

    @Test
    void shouldLockOnceUntilClosed() {
        storage.lock("lock");
        StorageLockedException e =
                assertThrows(StorageLockedException.class, () -> storage.lock("lock"));
        assertSays(Long.toString(ProcessHandle.current().pid()), e);
        assertSays(storage.location(), e);
        assertEquals(List.of("lock"), storage.list());
    }

    @Test
    void shouldTellTheUsableSpace() {
        assertTrue(storage.usableBytes() > 0);
    }

    static void assertSays(String words, StorageException e) {
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains(words), message);
    }
}
