package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines that are wrong: exit code 2, one line, and nothing touched. */
final class UsageTest {

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--json",
                "nonsense",
                "sync --nonsense",
                "sync more",
                "sync --to -1",
                "sync --to many",
                "sync --threads 0",
                "sync --threads many",
                "sync --source",
                "sync --source http:x",
                "sync --source era1",
                "sync --source rlp:",
                "sync --source era1:somewhere",
                "sync --source rlp:somewhere",
                "sync --source dev --genesis somewhere",
                "sync --source dev:blocks=0",
                "sync --source dev:blocks=x",
                "sync --source dev:colour=1",
                "get",
                "get nonsense",
                "get head 1",
                "get block",
                "get block -- -1",
                "get block 12x",
                "get block 1234567890123456789",
                "get block 0x12",
                "get receipts",
                "get tx",
                "get tx 17",
                "sync --disk tape",
                "filter stats --disk tape",
                "sync --expect-txs 0",
                "get account",
                "get account 0x12",
                "get account 0xzz00000000000000000000000000000000000000",
                "status more",
                "verify --store",
            })
    void shouldSayWhatIsWrongAndTouchNothingWhenTheCommandLineIsWrong(String line) {
        assertRefused(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec",
                "exec --json",
                "exec --store somewhere",
                "exec --rwsets",
                "exec --rwsets a --synthetic txs=1",
                "exec --rwsets a --mode fast",
                "exec --rwsets a --threads 0",
                "exec --rwsets a --threads 1025",
                "exec --rwsets a --cost-us -1",
                "exec --rwsets a --cost-us NaN",
                "exec --rwsets a --cost-us x",
                "exec --synthetic txs",
                "exec --synthetic colour=1",
                "exec --synthetic txs=0",
                "exec --synthetic txs=1048577",
                "exec --synthetic accounts=1",
                "exec --synthetic cost-us=NaN",
                "exec --synthetic cost-us=1e9",
                "exec --synthetic txs=1 --cost-us 1",
            })
    void shouldSayWhatIsWrongWhenTheBlocksToExecuteAreWrong(String line) {
        assertRefused(line);
    }

    private void assertRefused(String line) {
        Path store = directory.resolve("store");
        List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" "));
        Cli.Run run = Cli.run(words.toArray());
        assertEquals(ExitCode.USAGE, run.exitCode(), run.all());
        assertTrue(run.failure().length() > "varve: ".length(), run.all());
        assertEquals(1, run.err().lines().count(), run.all());
        assertEquals(words.contains("--json") ? 1 : 0, run.out().lines().count(), run.all());
        assertFalse(Files.exists(store));
        assertFalse(Files.exists(Path.of("varve-data")));
    }

    /** As an empty variable of a script: the working directory is no place for a store then. */
    @Test
    void shouldRefuseADirectoryWithoutAName() {
        for (String[] words :
                new String[][] {
                    {"sync", "--store", ""},
                    {"status", "--store", ""},
                    {"filter", "create", "--dir", ""},
                }) {
            Cli.Run run = Cli.run((Object[]) words);
            assertEquals(ExitCode.USAGE, run.exitCode(), run.all());
            assertTrue(run.err().contains("names no directory"), run.all());
        }
        assertFalse(Files.exists(Path.of("MANIFEST")));
    }

    @Test
    void shouldEndInJsonWhenTheCommandLineIsWrongAndJsonIsAskedFor() {
        Cli.Run run = Cli.run("sync", "--json", "--source", "era1:x");
        assertEquals(ExitCode.USAGE, run.exitCode());
        String error = run.json().text("error");
        assertEquals(run.failure(), "varve: " + error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "verify", "get head"})
    void shouldCreateNothingWhenThereIsNoStore(String command) {
        Path store = directory.resolve("absent");
        List<Object> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("--store", store, "--json"));
        Cli.Run run = Cli.run(words.toArray());
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(store.toString(), run.json().get("file"));
        assertFalse(Files.exists(store));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sync", "status", "get", "verify", "doctor", "exec", "filter"})
    void shouldPrintHelpWhenAsked(String command) {
        Cli.Run run =
                command.isEmpty() ? Cli.run("--help") : Cli.run(command, "--help");
        assertEquals(ExitCode.OK, run.exitCode());
        assertTrue(run.out().startsWith("Usage: varve"), run.all());
        assertEquals("", run.err());
        assertFalse(run.out().contains("\033"), "colours");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sync", "status", "get", "verify", "doctor", "exec", "filter"})
    void shouldPrintTheSameHelpWhenAskedByACommand(String command) {
        assertEquals(Cli.run(command, "--help"), Cli.run("help", command));
        assertEquals(Cli.run("--help"), Cli.run("help"));
    }

    @ParameterizedTest
    @CsvSource({
        "stauts, status",
        "sycn, sync",
        "verfiy, verify",
        "help stauts, status",
        "sync --sorce dev, --source",
        "sync --sorce=dev, --source",
        "sync --thread 1, --threads",
        "status --jsn, --json",
    })
    void shouldSayWhatMayHaveBeenMeant(String line, String meant) {
        Cli.Run run = Cli.run((Object[]) line.split(" "));
        assertEquals(ExitCode.USAGE, run.exitCode(), run.all());
        assertTrue(run.failure().contains("; did you mean "), run.all());
        assertTrue(run.failure().contains(meant), run.all());
        assertEquals(1, run.err().lines().count(), run.all());
    }

    @Test
    void shouldCountSlips() {
        assertEquals(0, Slips.between("get", "get"));
        assertEquals(1, Slips.between("gte", "get"));
        assertEquals(1, Slips.between("gt", "get"));
        assertEquals(2, Slips.between("geet1", "get"));
        assertEquals(3, Slips.between("", "get"));
        assertEquals(List.of("stats", "status"), Slips.meant("stauts", List.of("status", "stats")));
    }

    @Test
    void shouldNotGuessWhatNothingIsLike() {
        for (String line : new String[] {"qqq", "help nope", "sync --qqq", "sync more", "get -x"}) {
            Cli.Run run = Cli.run((Object[]) line.split(" "));
            assertFalse(run.failure().contains("did you mean"), run.all());
        }
    }

    @Test
    void shouldFollowTheLineByAStackTraceWhenVerbose() {
        Cli.Run run = Cli.run("status", "--store", directory, "-v");
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.failure().contains("there is no store in " + directory), run.all());
        assertTrue(run.err().contains("\tat dev.varve.cli."), run.all());
    }
}
