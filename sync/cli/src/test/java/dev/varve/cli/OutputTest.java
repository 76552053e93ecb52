package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands do when their standard output cannot be written. */
final class OutputTest {

    private static final int IDS = 500;

    @TempDir private Path directory;

    /** An output that refuses every write, and counts them. */
    private static final class Refusing extends OutputStream {
        private final String reason;
        private int writes;

        Refusing(String reason) {
            this.reason = reason;
        }

        @Override
        public void write(int b) throws IOException {
            writes++;
            throw new IOException(reason);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            write(0);
        }
    }

    private List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (String word : line.split(" ", -1)) {
            words.add(word.replace("DIR", directory.toString()));
        }
        return words;
    }

    private Cli.Run run(String line, Refusing refusing) {
        StringWriter err = new StringWriter();
        Surroundings surroundings =
                new Surroundings(
                        new PrintWriter(
                                new StandardOutput(refusing), true, StandardCharsets.UTF_8),
                        new PrintWriter(err),
                        Surroundings.Screen.PIPE,
                        Stops.NEVER,
                        System::nanoTime);
        int exitCode = Main.run(words(line).toArray(String[]::new), surroundings);
        assertEquals(1, refusing.writes, "one write, and no more for nobody");
        return new Cli.Run(exitCode, "", err.toString());
    }

    private void makeStores() throws IOException {
        SyncTest.sync(directory.resolve("store"), "dev:blocks=9,txs=1,seed=5");
        Cli.run("filter", "create", "--ids", "1000", "--dir", directory.resolve("f"));
        Files.write(directory.resolve("ids"), new byte[IDS * 32]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "get --help",
                "sync --source dev:blocks=9,txs=1,seed=5 --store DIR/store",
                "status --store DIR/store",
                "get head --store DIR/store",
                "get head --store DIR/store --json",
                "verify --store DIR/store",
                "inspect --store DIR/store",
                "stats --store DIR/store",
                "exec --synthetic txs=10,cost-us=0",
                "filter plan --dir DIR/f",
                "filter stats --dir DIR/f",
                "filter add DIR/ids --dir DIR/f",
                "filter check DIR/ids --print --dir DIR/f",
            })
    void shouldEndQuietlyWhenNobodyReadsTheOutput(String line) throws IOException {
        makeStores();
        Cli.Run gone = run(line, new Refusing("Broken pipe"));
        assertEquals(ExitCode.READER_GONE, gone.exitCode(), gone.all());
        assertFalse(gone.err().contains("varve: "), gone.all());

        Cli.Run full = run(line, new Refusing("No space left on device"));
        assertEquals(ExitCode.FAILED, full.exitCode(), full.all());
        assertEquals(
                "varve: cannot write the standard output: No space left on device",
                full.failure());
        // All was closed, and in order.
        Cli.Run status = Cli.run("status", "--store", directory.resolve("store"), "--json");
        assertTrue(status.out().contains("\"outcome\":\"clean\""), status.all());
        Cli.Run stats = Cli.run("filter", "stats", "--dir", directory.resolve("f"));
        assertEquals(ExitCode.OK, stats.exitCode(), stats.all());
    }

    /** What failed first is what is told. */
    @Test
    void shouldTellTheFailureOfTheCommandThoughProgramsAreNotTold() {
        Cli.Run run =
                run("status --store DIR/absent --json", new Refusing("Broken pipe"));
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("there is no store"), run.all());
    }

    /** The program, once its input says so: whoever started it has gone by then. */
    static final class Waiting {

        private Waiting() {}

        public static void main(String[] arguments) throws IOException {
            if (System.in.read() < 0) {
                throw new IOException("nobody said when");
            }
            Main.main(arguments);
        }
    }

    @Test
    void shouldEndAsAProgramThatThePipeEndsWhenItsReaderIsGone() throws Exception {
        assumeTrue(File.separatorChar == '/', "no such pipes here");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Waiting.class.getName(),
                                "--help")
                        .start();
        try (OutputStream in = process.getOutputStream()) {
            process.getInputStream().close();
            in.write('\n');
            in.flush();
            byte[] told = process.getErrorStream().readAllBytes();
            String err = new String(told, StandardCharsets.UTF_8);
            assertEquals(ExitCode.READER_GONE, process.waitFor(), err);
            assertEquals("", err);
        } finally {
            process.destroyForcibly();
        }
    }
}
