package dev.varve.jmh.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.ProjectFolder;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before any work, and one run that leaves a report. */
final class RunCommandTest {

    private static final String REPORTS = "--reports";

    @TempDir Path folder;

    private Path reports = Path.of("");
    private Path work = Path.of("");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeEach
    void makeFolders() throws IOException {
        reports = Files.createDirectory(folder.resolve("reports"));
        work = Files.createDirectory(folder.resolve("work"));
        Path budgets = Files.createDirectory(reports.resolve("budgets"));
        Files.copy(
                ProjectFolder.budgets().resolve("id-hash.txt"), budgets.resolve("id-hash.txt"));
        Files.writeString(reports.resolve("duels.txt"), "# none\n");
    }

    private List<BenchResult> run(BenchCommand command, String... words) {
        List<String> arguments = new ArrayList<>(Arrays.asList(words));
        arguments.addAll(List.of("--dir", work.toString(), REPORTS, reports.toString()));
        return command.run(
                arguments, new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    private void assertRefused(String message, String... words) throws IOException {
        assertRefused(message, new RunCommand(), words);
    }

    private void assertRefused(String message, BenchCommand command, String... words)
            throws IOException {
        UsageException refusal =
                assertThrows(UsageException.class, () -> run(command, words));
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
        assertEquals("", out.toString(StandardCharsets.UTF_8), "work had begun");
        try (Stream<Path> left = Files.list(work)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldRefuseWhenTheSuiteIsUnknown() throws IOException {
        assertRefused("there is no suite 'gte'; there are append,", "gte");
        assertRefused("which suite?");
    }

    @Test
    void shouldRefuseWhenAnOptionIsWrong() throws IOException {
        assertRefused("unknown option --fast", "get", "--fast");
        assertRefused("--only is counters|", "get", "--only", "x");
        assertRefused("--records is at least 1, not 0", "get", "--records", "0");
        assertRefused("needs a whole number, not 'many'", "get", "--records", "many");
    }

    @Test
    void shouldRefuseBeforeAnyWorkWhenTheRecordsDoNotFit() throws IOException {
        assertRefused("of disk", "get", "--records", "1000000000000");
        assertRefused("of disk", "get", "--records", Long.toString(Long.MAX_VALUE));
    }

    @Test
    void shouldRefuseWhenTheFolderIsNotThere() {
        List<String> arguments =
                List.of(
                        "get",
                        "--dir",
                        folder.resolve("nowhere").toString(),
                        REPORTS,
                        reports.toString());
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        UsageException refusal =
                assertThrows(UsageException.class, () -> new RunCommand().run(arguments, print));
        assertTrue(refusal.getMessage().startsWith("there is no folder"), refusal.getMessage());
    }

    @Test
    void shouldRefuseWhenTheProjectIsElsewhere() {
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        List<String> arguments = List.of("get", REPORTS, work.toString());
        assertThrows(UsageException.class, () -> new RunCommand().run(arguments, print));
    }

    @Test
    void shouldRefuseToGateWhenTheBaseIsUnknown() throws IOException {
        assertRefused("git knows no commit 'none'", new GateCommand(), "--base", "none");
        assertRefused("there is no suite 'gte'", new GateCommand(), "gte", "--base", "HEAD");
    }

    @Test
    void shouldLeaveAReportWithItsVerdictFirstWhenSaved() throws IOException {
        List<BenchResult> results =
                run(new RunCommand(), "id-hash", "--only", "counters", "--save");

        assertEquals(Verdict.OK, Verdict.worst(results));
        Path report;
        try (Stream<Path> folders = Files.list(reports)) {
            report =
                    folders.filter(path -> path.getFileName().toString().startsWith("2"))
                            .findFirst()
                            .orElseThrow();
        }
        assertEquals("# OK", Files.readAllLines(report.resolve("report.md")).getFirst());
        assertTrue(Files.readString(report.resolve("environment.json")).contains("\"seed\": 1"));
        assertTrue(Files.readString(report.resolve("results.json")).contains("\"id-hash\""));
    }
}
