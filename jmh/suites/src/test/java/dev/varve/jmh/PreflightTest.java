package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreflightTest {

    @TempDir Path folder;

    @Test
    void shouldRefuseWhenTheDiskIsTooSmall() {
        UsageException refusal =
                assertThrows(
                        UsageException.class,
                        () -> Preflight.diskBytes(folder, Long.MAX_VALUE));
        assertTrue(refusal.getMessage().contains("MiB of disk in"), refusal.getMessage());
    }

    @Test
    void shouldRefuseWhenTheMemoryIsTooSmall() {
        UsageException refusal =
                assertThrows(
                        UsageException.class, () -> Preflight.memoryBytes(Long.MAX_VALUE));
        assertTrue(refusal.getMessage().contains("MiB of memory"), refusal.getMessage());
    }

    @Test
    void shouldPassWhenThereIsEnough() {
        assertDoesNotThrow(() -> Preflight.diskBytes(folder, 1));
        assertDoesNotThrow(() -> Preflight.memoryBytes(1));
        assertDoesNotThrow(() -> Preflight.writableFile(folder.resolve("new.json")));
    }
}
