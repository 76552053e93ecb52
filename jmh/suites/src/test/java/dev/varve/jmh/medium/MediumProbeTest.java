package dev.varve.jmh.medium;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.medium.MediumFigures.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MediumProbeTest {

    @TempDir Path folder;

    private void assertEmpty() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldMeasureEverythingAndLeaveNothingBehind() throws IOException {
        MediumFigures figures = MediumProbe.brief(folder);

        assertEquals(5, figures.results().size());
        for (BenchResult result : figures.results()) {
            assertTrue(result.value() > 0, result::toString);
        }
        assertTrue(figures.toString().contains(figures.declared()), figures::toString);
        assertEmpty();
    }

    /** Linux 6.6 and later take reads of what is in memory for reads past the page cache. */
    @Test
    void shouldTellAFileSystemInMemory() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(
                Files.isWritable(memory) && Files.getFileStore(memory).type().equals("tmpfs"),
                "there is no file system in memory that can be used");
        assertEquals(Kind.MEMORY, MediumProbe.brief(memory).kind());
    }

    /** The fastest disk that turns needs 2 ms for half a turn; what does not turn, far less. */
    @Test
    void shouldTellADiskThatTurnsFromOneThatDoesNotByItsLatency() {
        assertEquals(Kind.HARD_DISK, Kind.of(10_000));
        assertEquals(Kind.HARD_DISK, Kind.of(2_000));
        assertEquals(Kind.SSD, Kind.of(1_000));
        assertEquals(Kind.SSD, Kind.of(80));
    }

    @Test
    void shouldRefuseBeforeAnyWork() throws IOException {
        ProbeCommand command = new ProbeCommand();
        PrintStream out =
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        assertThrows(UsageException.class, () -> command.run(List.of("now"), out));
        assertThrows(
                UsageException.class,
                () -> command.run(List.of("--dir", folder.resolve("no").toString()), out));
        assertEmpty();
    }
}
