package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a disk: whether it turns, and whether it is one at all. */
final class MachineTest {

    @TempDir private Path system;

    /** A disk that turns, with one partition, 8:1. */
    private Path diskThatTurns() throws IOException {
        Path disk = Files.createDirectories(system.resolve("devices/sda"));
        Files.writeString(
                Files.createDirectory(disk.resolve("queue")).resolve("rotational"), "1\n");
        Path partition = Files.createDirectory(disk.resolve("sda1"));
        Files.writeString(partition.resolve("partition"), "1\n");
        for (String link : new String[] {"dev/block/8:1", "class/block/sda1"}) {
            Path path = system.resolve(link);
            Files.createDirectories(path.getParent());
            Files.createSymbolicLink(path, partition);
        }
        return Files.createFile(system.resolve("sda1"));
    }

    @Test
    void shouldKnowADiskByItsNumbers() throws IOException {
        diskThatTurns();
        assertEquals("yes", Machine.rotational(system, "8:1", Path.of("overlay")));
    }

    /** Btrfs gives its files numbers that no device has. */
    @Test
    void shouldKnowTheDiskThatWasMountedWhenNoneHasTheNumbers() throws IOException {
        Path device = diskThatTurns();
        Path mapped = Files.createSymbolicLink(system.resolve("volume"), device);
        assertEquals("yes", Machine.rotational(system, "0:41", device));
        assertEquals("yes", Machine.rotational(system, "0:41", mapped));
    }

    /** Linux 6.6 and later take reads of what is in memory for reads past the page cache. */
    @Test
    void shouldCallReadsOfAFileSystemInMemoryCached() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(
                Files.isWritable(memory) && Files.getFileStore(memory).type().equals("tmpfs"),
                "there is no file system in memory that can be used");
        assertFalse(DiskProbe.measure(memory).isDirect());
    }

    /** Reads of 4 KiB cannot pass the page cache by where blocks are longer. */
    @Test
    void shouldReadWholeBlocksOfTheFileSystem() {
        assertEquals(4_096, DiskProbe.blockBytes(512));
        assertEquals(4_096, DiskProbe.blockBytes(4_096));
        assertEquals(65_536, DiskProbe.blockBytes(65_536));
        assertEquals(1 << 20, DiskProbe.blockBytes(3L << 40));
    }

    @Test
    void shouldSayInWordsThatADiskCannotBeLookedAt() {
        Path processes = Path.of("/proc/self");
        assumeTrue(Files.isDirectory(processes), "there is no directory that takes no file");
        Cli.Run run = Cli.run("doctor", "--store", processes);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("cannot be looked at: "), run.all());
        assertFalse(run.failure().contains("Exception"), run.all());
    }

    @Test
    void shouldNotTellWhatHasNoDisk() throws IOException {
        diskThatTurns();
        assertEquals("unknown", Machine.rotational(system, "0:41", Path.of("tmpfs")));
    }
}
