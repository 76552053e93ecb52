package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that comes to its low-space mark, which is a small file system in memory: only root can
 * mount one. Of its 64.5 MiB the store leaves 64 free.
 */
final class FullDiskTest {

    private static final String DEV = "dev:blocks=300,txs=2,seed=9";

    @TempDir private Path disk;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        assumeTrue(
                exec("mount", "-t", "tmpfs", "-o", "size=66048k", "varve-test", disk.toString())
                        == 0,
                "no file system can be mounted here");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        exec("umount", disk.toString());
    }

    @Test
    void shouldEndInOneLineAndGoOnOnceThereIsSpace() throws IOException, InterruptedException {
        Path store = disk.resolve("store");
        Cli.Run run = Cli.run("sync", "--source", DEV, "--store", store, "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("no space for "), run.all());
        assertTrue(
                run.json().text("file").startsWith(store.toString()), run.all());
        // Full as it is, everything that only looks works, and nothing is half there.
        SyncTest.assertClean(store);
        Map<String, Long> stages = Cli.stages(store);
        assertTrue(stages.getOrDefault("headers", 0L) > 0, stages.toString());
        assertTrue(stages.getOrDefault("finish", 0L) < 301, stages.toString());

        assertEquals(0, exec("mount", "-o", "remount,size=160m", disk.toString()));
        Json json = SyncTest.sync(store, DEV);
        assertEquals(300L, json.get("head"));
        SyncTest.assertClean(store);
    }

    private static int exec(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            byte[] output = process.getInputStream().readAllBytes();
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                System.out.println(new String(output, StandardCharsets.UTF_8).strip());
            }
            return exitCode;
        } catch (IOException e) {
            System.out.println(e.getMessage());
            return -1; // no such program
        }
    }
}
