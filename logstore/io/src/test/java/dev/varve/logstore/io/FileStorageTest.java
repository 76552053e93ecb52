package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        assertThrows(StorageException.class, () -> new FileStorage(orphan));
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
}
