package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.workload.HotPath;
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

final class MainTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir Path folder;

    private int run(String... arguments) {
        return new Main(print(out), print(err)).run(List.of(arguments));
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldNameEverySuiteWhenListed() {
        assertEquals(0, run("bench", "list"));
        List<String> names =
                out.toString(StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.substring(0, line.indexOf('\t')))
                        .toList();
        assertEquals(Stream.of(HotPath.values()).map(HotPath::suite).toList(), names);
    }

    @Test
    void shouldExplainItselfWhenTheCommandIsUnknown() {
        assertEquals(Main.USAGE, run("bench", "lsit"));
        assertTrue(errors().contains("usage:"), errors());
        assertTrue(errors().contains("varve bench list"), errors());
    }

    @Test
    void shouldExplainAllCommandsWhenAskedForHelp() {
        assertEquals(0, run("bench", "--help"));
        assertTrue(output().contains("varve gate [SUITE...] [--base REF"), this::output);
        assertTrue(output().contains("varve bench probe"), this::output);
        assertEquals("", errors());
    }

    @Test
    void shouldExplainOneCommandWhenAskedForItsHelp() {
        assertEquals(0, run("bench", "run", "get", "-h", "--json", "no/such/folder"));
        assertTrue(output().startsWith("usage:\n  varve bench run SUITE"), this::output);
        assertFalse(output().contains("varve gate"), this::output);
        assertEquals(0, run("gate", "--base", "--help"));
        assertTrue(output().contains("varve gate [SUITE...] [--base REF"), this::output);
    }

    @Test
    void shouldExplainItselfWhenThereIsNoCommand() {
        assertEquals(Main.USAGE, run());
        assertEquals(Main.USAGE, run("bench"));
        assertEquals(Main.USAGE, run("list"));
    }

    @Test
    void shouldRefuseWhenTheResultsCannotBeWritten() {
        Path nowhere = folder.resolve("no").resolve("results.json");
        assertEquals(Main.USAGE, run("bench", "list", "--json", nowhere.toString()));
        assertTrue(errors().contains("there is no folder"), errors());
        assertEquals("", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldRefuseWhenTheResultsWouldReplaceAFolder() {
        assertEquals(Main.USAGE, run("bench", "list", "--json", folder.toString()));
        assertTrue(errors().contains("is a folder"), errors());
    }

    @Test
    void shouldRefuseWhenJsonHasNoFile() {
        assertEquals(Main.USAGE, run("bench", "list", "--json"));
    }

    @Test
    void shouldWriteWhatThereIsAndFailWhenAPartFailed() throws IOException {
        Path file = folder.resolve("results.json");
        assertEquals(Main.FAILED, run("bench", "half", "--json", file.toString()));
        assertTrue(errors().contains("the other half"), errors());
        assertEquals(ResultsJson.of(List.of(HalfCommand.DONE)), Files.readString(file));
    }

    @Test
    void shouldWriteAnArrayWhenAskedForJson() throws IOException {
        Path file = folder.resolve("results.json");
        assertEquals(0, run("bench", "list", "--json", file.toString()));
        assertEquals(ResultsJson.of(List.of()), Files.readString(file));
    }

    private int runInto(String reason, String... arguments) {
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException(reason);
                    }
                };
        PrintStream lost =
                new PrintStream(new StandardOutput(broken), true, StandardCharsets.UTF_8);
        return new Main(lost, print(err)).run(List.of(arguments));
    }

    @Test
    void shouldEndQuietlyWhenNobodyReadsTheOutput() {
        for (String command : new String[] {"bench list", "bench --help", "gate --help"}) {
            assertEquals(Main.READER_GONE, runInto("Broken pipe", command.split(" ")));
        }
        assertEquals("", errors());
    }

    @Test
    void shouldSayInALineThatTheOutputCannotBeWritten() {
        assertEquals(Main.FAILED, runInto("No space left on device", "bench", "list"));
        assertEquals(
                "varve: cannot write the standard output: No space left on device\n",
                errors().replace("\r", ""));
    }
}
