package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock of a directory, between storages of this process and against child processes. */
final class FileStorageLockTest {

    @TempDir private Path parent;
    private Path directory;

    @BeforeEach
    void nameDirectory() {
        directory = parent.resolve("store");
    }

    @Test
    void shouldRefuseTheLockThatAnotherProcessHolds() throws Exception {
        try (FileStorage storage = new FileStorage(directory)) {
            Process child = child();
            assertEquals("locked", firstLine(child));
            StorageLockedException e =
                    assertThrows(StorageLockedException.class, () -> storage.lock("lock"));
            StorageContract.assertSays("locked by process " + child.pid(), e);
            StorageContract.assertSays(directory.toString(), e);
            end(child);
            storage.lock("lock");
        }
    }

    @Test
    void shouldFreeTheLockOfAKilledProcess() throws Exception {
        try (FileStorage storage = new FileStorage(directory)) {
            Process child = child();
            assertEquals("locked", firstLine(child));
            child.destroyForcibly().waitFor();
            storage.lock("lock");
        }
    }

    /** Closing any channel to a file drops the process's POSIX lock on it: this must not happen. */
    @Test
    void shouldKeepTheLockAgainstOthersWhenThisProcessTriesAgain() throws Exception {
        try (FileStorage storage = new FileStorage(directory)) {
            storage.lock("lock");
            try (FileStorage second = new FileStorage(directory)) {
                StorageLockedException e =
                        assertThrows(StorageLockedException.class, () -> second.lock("lock"));
                StorageContract.assertSays(Long.toString(ProcessHandle.current().pid()), e);
                second.forceDirectory();
                assertThrows(StorageLockedException.class, () -> second.lock("lock"));
            }
            Process child = child();
            String answer = firstLine(child);
            assertTrue(
                    answer.contains("locked by process " + ProcessHandle.current().pid()), answer);
            end(child);
        }
        try (FileStorage second = new FileStorage(directory)) {
            second.lock("lock");
        }
    }

    @Test
    void shouldHoldTheProcessIdWhileLocked() throws IOException {
        try (FileStorage storage = new FileStorage(directory)) {
            storage.lock("lock");
            // Not read by way of a storage: to close its channel would drop the lock.
            assertEquals(
                    Long.toString(ProcessHandle.current().pid()).length(),
                    Files.size(directory.resolve("lock")));
        }
        assertEquals("", Files.readString(directory.resolve("lock")));
    }

    private Process child() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String firstLine(Process child) throws IOException {
        BufferedReader output = child.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        return line == null ? "(no answer)" : line;
    }

    private static void end(Process child) throws IOException, InterruptedException {
        child.getOutputStream().close();
        assertEquals(0, child.waitFor());
    }
}
