package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScaleCommandTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(strings = {"hashed", "sequential", "skewed", "ground"})
    void shouldMeasureAndLeaveNothingBehind(String keys, @TempDir Path folder)
            throws IOException {
        List<String> arguments =
                List.of(
                        "bench", "scale", "--records", "12345", "--value", "77", "--keys", keys,
                        "--lookups", "500", "--cold", "64", "--dir", folder.toString());
        assertEquals(0, new Main(out, out).run(arguments), bytes::toString);
        String printed = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(printed.contains("32 readers, lookups"), printed);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void shouldRaceWithLimitedMemoryOrRefuse(@TempDir Path folder) throws IOException {
        List<String> arguments =
                List.of(
                        "bench", "scale", "--records", "12345", "--lookups", "500", "--cold", "64",
                        "--memory-limit", "134217728", "--dir", folder.toString());
        int code = new Main(out, out).run(arguments);
        String printed = bytes.toString(StandardCharsets.UTF_8);
        String expected =
                code == Main.USAGE
                        ? "no memory control group can be made here"
                        : "32 readers, data 0.0x memory, lookups";
        assertTrue(code == 0 || code == Main.USAGE, printed);
        assertTrue(printed.contains(expected), printed);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--keys=odd", "--keys odd", "--records 0", "--value 9999999", "more",
        "--memory-limit 1"})
    void shouldRefuseBeforeAnyWork(String wrong, @TempDir Path folder) throws IOException {
        Stream<String> words = Stream.of(wrong.split(" ", -1));
        List<String> arguments =
                Stream.concat(Stream.of("bench", "scale", "--dir", folder.toString()), words)
                        .toList();
        assertEquals(2, new Main(out, out).run(arguments), bytes::toString);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }
}
