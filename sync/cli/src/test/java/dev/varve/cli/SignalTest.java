package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other processes see and do: signals, and the lock of a store. */
final class SignalTest {

    private static final String ENDLESS = "dev:blocks=100000,txs=1,seed=1";

    private static final Pattern GOES_ON =
            Pattern.compile("goes on with the stage (.*) from height ([0-9]+)$", Pattern.MULTILINE);

    private static final int SIGINT = 2;

    @TempDir private Path directory;

    @BeforeEach
    void assumeSignals() {
        assumeTrue(File.separatorChar == '/', "no signals here");
    }

    /** In the background of a shell: a JVM takes no notice either of what its parent ignores. */
    private static void assumeInterruptIsNotIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (Files.exists(status)) {
            for (String line : Files.readAllLines(status)) {
                boolean ignored =
                        line.startsWith("SigIgn:")
                                && (Long.parseUnsignedLong(line.substring(7).strip(), 16)
                                                & 1 << SIGINT - 1)
                                        != 0;
                assumeTrue(!ignored, "interrupts are ignored here");
            }
        }
    }

    /** Work that does not end when it is asked to. */
    static final class Stubborn {

        private Stubborn() {}

        public static void main(String[] arguments) throws InterruptedException {
            PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
            SignalStops stops = new SignalStops(err);
            stops.install();
            CountDownLatch never = new CountDownLatch(1);
            stops.during(
                    () -> {
                        err.println("working");
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return 0;
                    },
                    () -> err.println("asked to stop"));
        }
    }

    /** Holds a store open. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (LogStore store = LogStore.open(Path.of(arguments[0]), LogOptions.bulk())) {
                System.out.println("holding " + store.tables().size());
                int ended = System.in.read();
                System.out.println("ended by " + ended);
            }
        }
    }

    @Test
    void shouldEndAfterTheStepInProgressWhenTerminated() throws Exception {
        Path store = directory.resolve("store");
        try (ChildJvm child =
                ChildJvm.start(
                        Hasty.class,
                        "sync", "--source", ENDLESS, "--store", store)) {
            child.awaitLine("headers");
            child.signal("TERM");
            assertEquals(143, child.exitCode(), child.lines().toString());
            Matcher told = GOES_ON.matcher(String.join("\n", child.lines()));
            assertTrue(told.find(), child.lines().toString());
            long height = Long.parseLong(told.group(2));
            assertEquals(Cli.next(store, told.group(1)), height, told.group());
            assertTrue(height > 0, told.group());
        }
        Cli.Run status = Cli.run("status", "--store", store, "--json");
        assertTrue(status.out().contains("\"outcome\":\"clean\""), status.all());
        SyncTest.assertClean(store);
    }

    /** {@code varve} as it is, but telling every commit. */
    static final class Hasty {

        private Hasty() {}

        public static void main(String[] arguments) {
            PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
            SignalStops stops = new SignalStops(err);
            stops.install();
            long[] clock = new long[1];
            int exitCode =
                    Main.run(
                            arguments,
                            new Surroundings(
                                    err,
                                    err,
                                    Surroundings.Screen.PIPE,
                                    stops,
                                    () -> clock[0] += 6_000_000_000L));
            stops.commandEnded();
            System.exit(exitCode);
        }
    }

    @Test
    void shouldEndAtOnceWhenInterruptedTwice() throws Exception {
        assumeInterruptIsNotIgnored();
        try (ChildJvm child = ChildJvm.start(Stubborn.class)) {
            child.awaitLine("working");
            child.signal("INT");
            child.awaitLine("a second signal");
            child.signal("INT");
            assertEquals(130, child.exitCode());
            assertTrue(child.lines().contains("asked to stop"), child.lines().toString());
        }
    }

    @Test
    void shouldNameTheProcessThatHoldsTheStore() throws Exception {
        Path store = directory.resolve("store");
        SyncTest.sync(store, "dev:blocks=5,txs=0");
        try (ChildJvm child = ChildJvm.start(Holder.class, store)) {
            child.awaitLine("holding");
            for (String command : new String[] {"status", "verify", "sync"}) {
                Cli.Run run = Cli.run(command, "--store", store, "--json");
                assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
                assertTrue(run.failure().contains("process " + child.pid()), run.all());
                assertEquals(store.resolve("LOCK").toString(), run.json().get("file"));
            }
        }
        // The lock died with its holder.
        SyncTest.assertClean(store);
        assertEquals(5L, SyncTest.sync(store, "dev:blocks=5,txs=0").get("head"));
    }
}
