package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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

    /** Nobody may open it, not even who may do everything. */
    @Test
    void shouldRefuseWhenAFileCannotBeOpenedThoughItsPermissionsAllowIt() {
        Path file = Path.of("/proc/sys/kernel/version");
        assumeTrue(Files.exists(file), "not on Linux");
        assertThrows(UsageException.class, () -> Preflight.writableFile(file));
    }

    @Test
    void shouldLeaveNothingBehindAndChangeNothingWhenAsked() throws IOException {
        Path file = Files.writeString(folder.resolve("old.json"), "old");
        Preflight.writableFile(file);
        Preflight.writableFile(folder.resolve("new.json"));
        Preflight.writableFolder(folder);
        assertEquals("old", Files.readString(file));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
    }

    @Test
    void shouldPassWhenThereIsEnough() {
        assertDoesNotThrow(() -> Preflight.diskBytes(folder, 1));
        assertDoesNotThrow(() -> Preflight.memoryBytes(1));
        assertDoesNotThrow(() -> Preflight.writableFile(folder.resolve("new.json")));
    }
}
