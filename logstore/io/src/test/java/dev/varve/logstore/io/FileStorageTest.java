package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileStorageTest extends StorageContract {

    @TempDir private Path parent;

    @Override
    Storage emptyStorage() {
        return new FileStorage(parent.resolve("store"));
    }

    @Test
    void shouldCreateTheDirectoryButNotItsParent() {
        assertTrue(Files.isDirectory(parent.resolve("store")));
        Path orphan = parent.resolve("missing").resolve("store");
        StorageException e =
                assertThrows(StorageException.class, () -> new FileStorage(orphan));
        assertTrue(e.getMessage().contains("the one above it does not exist"), e.getMessage());
        assertFalse(Files.exists(orphan.getParent()));
    }

    @Test
    void shouldRefuseAFileAsDirectory() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));
        StorageException e =
                assertThrows(StorageException.class, () -> new FileStorage(file));
        assertEquals(file.toString(), e.file());
    }

    @Test
    void shouldSeeWhatAnEarlierStorageLeft() {
        try (FileStorage first = new FileStorage(parent.resolve("x"))) {
            try (StorageFile file = first.create("a")) {
                file.write(Contents.filled(9, 3), 0);
            }
        }
        try (FileStorage second = new FileStorage(parent.resolve("x"))) {
            assertEquals(9, Contents.of(second, "a").length);
        }
    }

    @Test
    void shouldNotListWhatNoStorageCouldHaveMade() throws IOException {
        Path directory = parent.resolve("x");
        try (FileStorage storage = new FileStorage(directory)) {
            storage.create("a").close();
            Files.createDirectory(directory.resolve("sub"));
            Files.createFile(directory.resolve("no name"));
            Files.createSymbolicLink(directory.resolve("link"), directory.resolve("a"));
            assertEquals(List.of("a"), storage.list());
            assertFalse(storage.exists("sub"));
        }
    }

    /** Whose inode cannot be read, say: here what was the directory leads to itself. */
    @Test
    void shouldNotTakeAFileForAbsentThatCannotBeLookedAt() throws IOException {
        Path directory = parent.resolve("x");
        try (FileStorage storage = new FileStorage(directory)) {
            assertFalse(storage.exists("a"));
            Files.delete(directory);
            assertFalse(storage.exists("a"));
            Files.createSymbolicLink(directory, directory);
            assertThrows(StorageException.class, () -> storage.exists("a"));
        }
    }

    @Test
    void shouldCountAsUsedWhatAFileSystemMayNotHaveGivenSpaceYet() throws IOException {
        try (FileStorage storage = new FileStorage(parent.resolve("x"))) {
            assertEquals(10_000, storage.usableBytes("btrfs", 10_000));
            try (StorageFile file = storage.create("a");
                    StorageFile other = storage.create("b")) {
                file.write(Contents.filled(1_000, 1), 0);
                other.write(Contents.filled(500, 1), 0);
                file.write(Contents.filled(1_000, 1), 500);
                assertEquals(8_000, storage.usableBytes("btrfs", 10_000));
                assertEquals(8_000, storage.usableBytes("overlay", 10_000), "whatever is below");
                assertEquals(10_000, storage.usableBytes("ext4", 10_000));
                file.force();
                assertEquals(8_000, storage.usableBytes("btrfs", 10_000));
                file.truncate(300);
                assertEquals(9_200, storage.usableBytes("btrfs", 10_000));
                file.truncate(400);
                assertEquals(9_200, storage.usableBytes("btrfs", 10_000));
            }
            storage.delete("b");
            storage.delete("b");
            assertEquals(9_700, storage.usableBytes("btrfs", 10_000));
            try (StorageFile file = storage.create("c")) {
                file.write(Contents.filled(200, 1), 0);
            }
            assertEquals(9_500, storage.usableBytes("btrfs", 10_000));
            storage.rename("c", "a");
            assertEquals(9_800, storage.usableBytes("btrfs", 10_000), "a of 300 is gone");
            assertEquals(20, storage.usableBytes("btrfs", 20));
        }
    }

    @Test
    void shouldNotTrustWhatAFileSystemTellsWhenItsFilesAreFresh() throws Exception {
        Path directory = parent.resolve("x");
        try (FileStorage before = new FileStorage(directory);
                StorageFile fresh = before.create("a");
                StorageFile old = before.create("b")) {
            fresh.write(Contents.filled(1_000, 1), 0);
            old.write(Contents.filled(1_000, 1), 0);
        }
        FileTime longAgo = FileTime.from(Instant.now().minusSeconds(3_600));
        Files.setLastModifiedTime(directory.resolve("b"), longAgo);
        try (FileStorage storage = new FileStorage(directory);
                StorageFile file = storage.open("b", Storage.Access.READ_WRITE)) {
            assertEquals(9_000, storage.usableBytes("btrfs", 10_000));
            file.write(Contents.filled(1_000, 1), 500);
            assertEquals(8_500, storage.usableBytes("btrfs", 10_000));
            assertEquals(10_000, storage.usableBytes("xfs", 10_000));
        }
    }

    @Test
    void shouldNameThePathOfAFailure() {
        try (FileStorage storage = new FileStorage(parent.resolve("x"))) {
            StorageException e =
                    assertThrows(
                            StorageException.class,
                            () -> storage.open("gone", Storage.Access.READ));
            assertEquals(parent.resolve("x").resolve("gone").toString(), e.file());
        }
    }

    @Test
    void shouldMapTheFileThatIsReadWhileItsNameIsGivenAway() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (FileStorage storage = new FileStorage(parent.resolve("x"));
                ExecutorService renaming = Executors.newSingleThreadExecutor()) {
            giveAway(storage, 0).close();
            Future<?> renamed = renaming.submit(() -> giveAwayUntil(done, storage));
            try {
                int mapped = 0;
                for (int i = 0; i < 5_000; i++) {
                    mapped += isMappedAsRead(storage) ? 1 : 0;
                }
                assertTrue(mapped > 0);
            } finally {
                done.set(true);
            }
            renamed.get(1, TimeUnit.MINUTES);
        }
    }

    /**
     * The last files stay open, for their numbers must not come again: a name that is given away
     * twice while it is opened, the second time to a file with the number of the one before, looks
     * as if it had been kept.
     */
    private static void giveAwayUntil(AtomicBoolean done, FileStorage storage) {
        ArrayDeque<StorageFile> open = new ArrayDeque<>();
        try {
            for (int i = 1; !done.get(); i++) {
                open.add(giveAway(storage, i & 63));
                if (open.size() > 64) {
                    open.remove().close();
                }
            }
        } finally {
            open.forEach(StorageFile::close);
        }
    }

    private static StorageFile giveAway(FileStorage storage, int value) {
        StorageFile file = storage.create("next");
        file.write(Contents.filled(100, value), 0);
        storage.rename("next", "a");
        return file;
    }

    /** False if the name was given away before the file was mapped. */
    private static boolean isMappedAsRead(FileStorage storage) {
        try (Arena arena = Arena.ofConfined();
                StorageFile file = storage.open("a", Storage.Access.READ)) {
            byte[] read = Contents.of(file);
            MemorySegment mapped;
            try {
                mapped = file.map(0, read.length, arena);
            } catch (StorageException e) {
                return false;
            }
            assertEquals(-1, mapped.mismatch(MemorySegment.ofArray(read)));
            return true;
        }
    }

    @Test
    void shouldReadOnceWhatIsInTheCacheAndWhatIsNot() throws Exception {
        byte[] bytes = Contents.random(3_000_000, 4);
        Path path = parent.resolve("x").resolve("a");
        try (FileStorage storage = new FileStorage(parent.resolve("x"))) {
            write(storage, "a", bytes);
            assertReadOnce(storage, bytes);
            dropFromCache(path);
            assertReadOnce(storage, bytes);
            assertReadOnce(storage, bytes);
        }
    }

    @Test
    void shouldReadOnceTheFileThatWasOpenedWhenAnotherTakesItsName() throws Exception {
        byte[] first = Contents.random(1 << 20, 5);
        byte[] second = Contents.random(1 << 20, 6);
        Path path = parent.resolve("x").resolve("a");
        try (FileStorage storage = new FileStorage(parent.resolve("x"));
                Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(1 << 20, 4096);
            write(storage, "a", first);
            write(storage, "b", second);
            dropFromCache(path);
            dropFromCache(path.resolveSibling("b"));
            try (StorageFile opened = storage.open("a", Storage.Access.READ_ONCE);
                    StorageFile deleted = storage.open("b", Storage.Access.READ_ONCE)) {
                storage.rename("b", "a");
                assertEquals(1 << 20, opened.read(memory, 0));
                assertEquals(-1, memory.mismatch(MemorySegment.ofArray(first)));
                storage.delete("a");
                assertEquals(1 << 20, deleted.read(memory, 0));
                assertEquals(-1, memory.mismatch(MemorySegment.ofArray(second)));
            }
        }
    }

    @Test
    void shouldReadOnceThroughTheCacheWhatIsInIt() throws Exception {
        Path path = parent.resolve("x").resolve("a");
        try (FileStorage storage = new FileStorage(parent.resolve("x"));
                Arena arena = Arena.ofShared()) {
            write(storage, "a", Contents.random(1 << 20, 7));
            Object key = RealFile.key(path);
            assumeTrue(key != null);
            try (DirectReads reads = new DirectReads(path, Objects.requireNonNull(key))) {
                assertEquals(0, reads.read(arena.allocate(1 << 20, 4096), 0));
            }
        }
    }

    /** A file that is closed under the reader fails as one does that the disk cannot read. */
    @Test
    void shouldReadThroughTheCacheWhenAReadPastItFails() throws Exception {
        byte[] bytes = Contents.random(1 << 20, 8);
        Path path = parent.resolve("x").resolve("a");
        try (FileStorage storage = new FileStorage(parent.resolve("x"));
                Arena arena = Arena.ofShared()) {
            write(storage, "a", bytes);
            dropFromCache(path);
            MemorySegment half = arena.allocate(1 << 19, 4096);
            RealFile file = (RealFile) storage.open("a", Storage.Access.READ_ONCE);
            try (file) {
                DirectReads direct = Objects.requireNonNull(file.direct);
                assumeTrue(direct.read(half, 0) > 0, "nothing can be read past the cache here");
                direct.close();
                assertEquals(1 << 19, file.read(half, 1 << 19));
                assertEquals(
                        -1, half.mismatch(MemorySegment.ofArray(bytes).asSlice(1 << 19)));
            }
            StorageException e =
                    assertThrows(StorageException.class, () -> file.read(half, 1 << 19));
            assertEquals(path.toString(), e.file());
            assertEquals(1 << 19, e.offset());
        }
    }

    private static void write(FileStorage storage, String name, byte[] bytes) {
        try (StorageFile file = storage.create(name)) {
            file.write(MemorySegment.ofArray(bytes), 0);
            file.force();
        }
    }

    /** A file system or a machine that cannot do it is no failure. */
    private static void dropFromCache(Path path) throws InterruptedException {
        if (!Commands.run("dd", "of=" + path, "oflag=nocache", "conv=notrunc", "count=0")) {
            System.out.println("not dropped from the page cache: " + path);
        }
    }

    /** In pieces for which the cache can be passed by, and in others. */
    private static void assertReadOnce(FileStorage storage, byte[] bytes) {
        MemorySegment expected = MemorySegment.ofArray(bytes);
        try (Arena arena = Arena.ofShared();
                StorageFile file = storage.open("a", Storage.Access.READ_ONCE)) {
            MemorySegment memory = arena.allocate(1 << 20, 4096);
            for (long length : new long[] {1 << 20, 64 << 10, 100_000, 4096}) {
                for (long offset = 0; offset <= bytes.length; offset += length) {
                    MemorySegment piece = memory.asSlice(0, length);
                    int read = file.read(piece, offset);
                    assertEquals(Math.min(length, bytes.length - offset), read);
                    assertEquals(
                            -1,
                            piece.asSlice(0, read).mismatch(expected.asSlice(offset, read)));
                }
            }
            assertThrows(IllegalStateException.class, () -> file.write(memory, 0));
        }
    }
}
