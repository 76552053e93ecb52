package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.UsageException;
import java.io.ByteArrayOutputStream;
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

/** The smallest life of a filter, so that the long run does not rot. */
final class FilterCommandTest {

    private static final PrintStream NOBODY = new PrintStream(OutputStream.nullOutputStream());

    @TempDir private Path folder;

    private List<BenchResult> run(String... arguments) {
        return new FilterCommand().run(List.of(arguments), NOBODY);
    }

    private static double value(List<BenchResult> results, String suite, String name) {
        return results.stream()
                .filter(result -> result.suite().equals(suite) && result.name().equals(name))
                .mapToDouble(BenchResult::value)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldMeasureAFilterAndGuavasAndLeaveNothingBehind() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<BenchResult> results =
                new FilterCommand()
                        .run(
                                List.of("--ids", "1e6", "--guava", "1e6", "--dir", "" + folder),
                                new PrintStream(out, true, StandardCharsets.UTF_8));
        String printed = out.toString(StandardCharsets.UTF_8);
        // Which of the two depends on whether another test loaded a native library before.
        assertTrue(printed.contains("memory: with"), printed);
        // Rounded up to lines for every lock stripe, so small a filter is better than asked for.
        double own = value(results, "filter", "false positives measured");
        assertTrue(own > 0.7 && own < 1.03, results.toString());
        double guava = value(results, "filter guava", "false positives measured");
        assertEquals(own, guava, 0.08, "the same rate: " + results);
        assertTrue(value(results, "filter", "load") > 0);
        double first = value(results, "filter", "first answer");
        double byBits = value(results, "filter", "first answer by bits");
        assertTrue(first > 0 && first < byBits, results.toString());
        assertTrue(value(results, "filter beside guava", "fill, in batches") > 0);
        String chart = printed.substring(printed.indexOf("xychart-beta"));
        assertTrue(chart.contains("[\"1e6\", \"reopened\"]"), chart);
        for (String turns :
                List.of(
                        "raw reads, one buffer",
                        "raw reads, new memory",
                        "load",
                        "load into new memory",
                        "load, its memory there")) {
            assertTrue(value(results, "filter", turns + ", threads: 4") > 0);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void shouldRefuseWhatItCannotDo() {
        String here = folder.toString();
        assertThrows(UsageException.class, () -> run("--ids", "many", "--dir", here));
        assertThrows(UsageException.class, () -> run("--ids", "1e12", "--dir", here));
        assertThrows(UsageException.class, () -> run("--fpr", "2", "--dir", here));
        assertThrows(UsageException.class, () -> run("--ids", "1e11", "--dir", here));
        assertThrows(UsageException.class, () -> run("--guava", "most", "--dir", here));
        assertThrows(UsageException.class, () -> run("--guava", "1e12", "--dir", here));
        assertThrows(UsageException.class, () -> run("more"));
    }
}
