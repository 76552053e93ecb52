package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.UsageException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The smallest run, so that the long one does not rot. */
final class DedupCommandTest {

    private static final PrintStream NOBODY = new PrintStream(OutputStream.nullOutputStream());

    @TempDir private Path folder;

    private List<BenchResult> run(String... arguments) {
        return new DedupCommand().run(List.of(arguments), NOBODY);
    }

    private static double value(List<BenchResult> results, String name) {
        return results.stream()
                .filter(result -> result.name().equals(name))
                .mapToDouble(BenchResult::value)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldMeasureAGateAndWhatIdsTakeAndLeaveNothingBehind() throws IOException {
        List<BenchResult> results = run("--ids", "3e4", "--dir", folder.toString());
        double log = value(results, "varve, log with ids and values, by id");
        assertTrue(log > 64 && log < 200, results.toString());
        assertTrue(value(results, "rocksdb, on disk, by id") > 32, results.toString());
        assertTrue(value(results, "HashSet of ByteBuffer, heap, by id") > 64, results.toString());
        assertEquals(30_000, value(results, "HashSet of ByteBuffer, heap, measured at"));
        assertEquals(30_000, value(results, "rocksdb, on disk, measured at"));
        for (String from : List.of("its files", "columns", "the log")) {
            for (String how : List.of("without threads", "with threads")) {
                String opening = ", from " + from + ", " + how;
                assertTrue(value(results, "first answer" + opening) > 0, opening);
                assertTrue(value(results, "filter ready" + opening) > 0, opening);
            }
        }
        assertTrue(value(results, "replay from columns, by one thread") > 0);
        assertTrue(value(results, "replay from the log, by one thread") > 0);
        // So few ids tell nothing of 5e9.
        assertTrue(
                results.stream().noneMatch(result -> result.name().contains("extrapolated")),
                results.toString());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void shouldExtrapolateWhatManyIdsTake() {
        List<BenchResult> results = new ArrayList<>();
        new DedupReport(results, NOBODY).storage("log", 3e8, 3_000_000);
        assertEquals(100, value(results, "log, by id"));
        assertEquals(500, value(results, "log, extrapolated to 5e9 ids"), 1e-9);
        assertEquals(3_000_000, value(results, "log, measured at"));
    }

    @Test
    void shouldRefuseWhatItCannotDo() {
        String here = folder.toString();
        assertThrows(UsageException.class, () -> run("--ids", "many", "--dir", here));
        assertThrows(UsageException.class, () -> run("--ids", "1e12", "--dir", here));
        assertThrows(UsageException.class, () -> run("more"));
    }
}
