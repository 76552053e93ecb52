package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a full disk looks like, on a file system of 256 KiB and 8 inodes; needs root on Linux. */
final class FileStorageFullTest {

    private static final int CAPACITY = 256 * 1024;

    @TempDir private Path parent;
    private Path mount;
    private boolean mounted;

    @BeforeEach
    void mountSmallFileSystem() throws Exception {
        mount = Files.createDirectory(parent.resolve("small"));
        String size = "size=256k,nr_inodes=8";
        mounted = Commands.run("mount", "-t", "tmpfs", "-o", size, "none", mount.toString());
        assumeTrue(mounted, "skipped: only root on Linux can mount a small file system");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertTrue(
                    Commands.run("umount", mount.toString())
                            || Commands.run("umount", "-l", mount.toString()),
                    "cannot unmount " + mount);
        }
    }

    @Test
    void shouldTellAFullDiskAndGoOnWhenThereIsSpace() {
        try (FileStorage storage = new FileStorage(mount.resolve("store"));
                StorageFile ballast = storage.create("ballast");
                StorageFile file = storage.create("a")) {
            ballast.write(Contents.filled(CAPACITY / 2, 1), 0);
            StorageFullException e =
                    assertThrows(
                            StorageFullException.class,
                            () -> file.write(Contents.filled(CAPACITY, 2), 0));
            assertEquals(mount.resolve("store").resolve("a").toString(), e.file());
            assertEquals(file.length(), e.offset(), "where the write stopped");
            assertTrue(file.length() > 0, "what fits was written");
            assertTrue(storage.usableBytes() < 4_096);

            ballast.truncate(0);
            file.write(Contents.filled(CAPACITY / 2, 3), 0);
            file.force();
            assertEquals(3, Contents.of(storage, "a")[CAPACITY / 2 - 1]);
        }
    }

    @Test
    void shouldTellWhenThereIsNoRoomForAnotherFile() {
        try (FileStorage storage = new FileStorage(mount.resolve("store"))) {
            StorageException e =
                    assertThrows(
                            StorageException.class,
                            () -> {
                                for (int i = 0; i < 10; i++) {
                                    storage.create("f" + i).close();
                                }
                            });
            assertInstanceOf(StorageFullException.class, e);
            storage.delete("f0");
            storage.create("g").close();
        }
    }

    /** Who cannot write any more may still want to read, and to make room. */
    @Test
    void shouldLockADirectoryOnAFullDisk() {
        Path directory = mount.resolve("store");
        try (FileStorage storage = new FileStorage(directory);
                StorageFile ballast = storage.create("ballast")) {
            storage.create("lock").close();
            assertThrows(
                    StorageFullException.class,
                    () -> ballast.write(Contents.filled(2 * CAPACITY, 1), 0));
            storage.lock("lock");
            try (FileStorage second = new FileStorage(directory)) {
                assertThrows(StorageLockedException.class, () -> second.lock("lock"));
            }
        }
        try (FileStorage again = new FileStorage(directory)) {
            again.lock("lock");
        }
    }

    /** The C library's text for a full disk is in the user's language; the space left is not. */
    @Test
    void shouldTellAFullDiskWhateverTheLanguage() {
        try (FileStorage storage = new FileStorage(mount.resolve("store"));
                StorageFile file = storage.create("a")) {
            Path path = mount.resolve("store").resolve("a");
            IOException foreign = new IOException("Auf dem Gerät ist kein Platz mehr");
            assertFalse(isFull(path, foreign), "there is space");
            file.write(Contents.filled(CAPACITY / 2, 1), 0);
            assertThrows(
                    StorageFullException.class,
                    () -> file.write(Contents.filled(CAPACITY, 2), CAPACITY / 2));
            assertTrue(isFull(path, foreign));
            assertFalse(isFull(path, new IOException("Input/output error")));
        }
        assertTrue(new FileStorage(mount.resolve("store")).exists("a"));
    }

    private static boolean isFull(Path path, IOException cause) {
        return DiskErrors.growthFailure("Cannot write", path, 0, 4_096, cause)
                instanceof StorageFullException;
    }
}
