package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
