package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class StorageExceptionTest {

    @Test
    void shouldNameFileAndOffset() {
        StorageException e = new CorruptionException("bad frame", "00.log", 4096, null);
        assertEquals("bad frame (file 00.log, offset 4096)", e.getMessage());
        assertEquals("00.log", e.file());
        assertEquals(4096, e.offset());
    }

    @Test
    void shouldNameOnlyTheFileWhenThereIsNoOffset() {
        StorageException e =
                new StorageFullException("no space", "00.log", StorageException.NO_OFFSET, null);
        assertEquals("no space (file 00.log)", e.getMessage());
    }

    @Test
    void shouldNameTheStoreOnceWhenItIsKnown() {
        StorageException e = new CorruptionException("bad frame", "00.log", 4096, null);
        assertNull(e.store());
        assertSame(e, e.inStore("/data/a"));
        e.inStore("/data/b"); // who handed it on before knew better
        assertEquals("/data/a", e.store());
        assertEquals("00.log", e.file());
        assertEquals("bad frame (file 00.log, offset 4096, store /data/a)", e.getMessage());
    }

    @Test
    void shouldNotNameTheStoreWhenTheFileTellsIt() {
        StorageException e =
                new StorageException("cannot read", "/data/a/00.log", 7, null).inStore("/data/a");
        assertEquals("cannot read (file /data/a/00.log, offset 7)", e.getMessage());
        assertEquals("/data/a", e.store());
    }

    @Test
    void shouldSayThatPermissionIsDenied() {
        IOException cause = new AccessDeniedException("/data/LOCK");
        StorageException e = DiskErrors.failure("Cannot lock", Path.of("/data/LOCK"), 0, cause);
        assertEquals("Cannot lock: permission denied (file /data/LOCK, offset 0)", e.getMessage());
    }

    /** It had no effect, and may be tried again when others have closed theirs. */
    @Test
    void shouldBeNoSpaceWhenTooManyFilesAreOpen() {
        Path path = Path.of("a");
        for (String text : new String[] {"Too many open files", "Too many open files in system"}) {
            IOException cause = new FileSystemException("a", null, text);
            StorageException open = DiskErrors.failure("Cannot open", path, 0, cause);
            assertInstanceOf(StorageFullException.class, open);
            assertInstanceOf(
                    StorageFullException.class,
                    DiskErrors.growthFailure("Cannot create", path, 0, 0, cause));
        }
        StorageException other =
                DiskErrors.failure("Cannot open", path, 0, new IOException("Input/output error"));
        assertEquals(StorageException.class, other.getClass());
    }
}
