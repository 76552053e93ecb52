package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.medium.BlockDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PeersCommandTest {

    private static final long PATIENCE_SECONDS = 60;

    @TempDir private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void shouldShowVarveBesideAPeer() throws IOException {
        List<BenchResult> results =
                run("--records", "2000", "--lookups", "1000", "--only", "varve,h2-mvstore");
        // Every metric, each of them Varve's against the other's.
        for (Metric metric : Metric.values()) {
            if (!needsDevice(metric) || BlockDevice.of(folder) != null) {
                assertTrue(
                        results.stream().anyMatch(row -> row.name().equals(metric.label())),
                        metric::label);
            }
        }
        for (BenchResult result : results) {
            // So small a store may be in memory once it is open.
            boolean isCold = result.name().startsWith("cold");
            assertTrue(isCold || result.value() > 0, result::toString);
            assertTrue(isCold || result.ratio() > 0, result::toString);
            assertTrue(result.against().startsWith("h2-mvstore 2"), result::toString);
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        for (String part :
                List.of("machine: ", PeerMain.class.getName(), "load, forced", "checks: CRC-32C")) {
            assertTrue(text.contains(part), text);
        }
        assertEmpty();
    }

    private static boolean needsDevice(Metric metric) {
        return switch (metric) {
            case COLD_HIT, COLD_READS, COLD_BYTES, WRITTEN -> true;
            default -> false;
        };
    }

    @Test
    void shouldBeFoundByTheBenchCommand() {
        assertTrue(
                ServiceLoader.load(BenchCommand.class).stream()
                        .anyMatch(command -> command.type() == PeersCommand.class));
    }

    @Test
    void shouldRefuseBeforeAnyWorkWhenItCannotRun() throws IOException {
        assertRefused("leveldb", "--only", "varve,leveldb");
        assertRefused("--records is at least 1", "--records", "0");
        assertRefused("unknown option --fast", "--fast");
        assertRefused("of disk", "--records", "100000000000000");
        assertRefused("no folder", "--dir", folder.resolve("absent").toString());
        assertEmpty();
    }

    private void assertRefused(String message, String... arguments) {
        UsageException e = assertThrows(UsageException.class, () -> run(arguments));
        assertTrue(e.toString().contains(message), e::toString);
    }

    @Test
    void shouldLeaveNothingWhenTheProcessIsKilled() throws IOException, InterruptedException {
        Outcome outcome;
        try (PeerProcess process = PeerProcess.start(Peer.VARVE, endless(), folder)) {
            awaitStore(process);
            process.process().destroyForcibly();
            outcome = process.await(PATIENCE_SECONDS);
        }
        assertEquals(Outcome.Kind.FAILED, outcome.kind(), outcome.reason());
        assertEmpty();
    }

    /** The end of the program that started it closes the standard input of the process. */
    @Test
    void shouldLeaveNothingWhenTheProgramAboveIsGone() throws IOException, InterruptedException {
        try (PeerProcess process = PeerProcess.start(Peer.VARVE, endless(), folder)) {
            awaitStore(process);
            process.process().getOutputStream().close();
            assertTrue(process.process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
            assertFalse(Files.exists(process.scratch()));
        }
        assertEmpty();
    }

    @Test
    void shouldKillWhatTakesTooLong() throws IOException, InterruptedException {
        try (PeerProcess process = PeerProcess.start(Peer.VARVE, endless(), folder)) {
            Outcome outcome = process.await(0);
            assertEquals(Outcome.Kind.FAILED, outcome.kind());
            assertTrue(outcome.reason().contains("more than 0 s"), outcome.reason());
            assertFalse(process.process().isAlive());
        }
        assertEmpty();
    }

    /** Few records, read for ever. */
    private static RunSpec endless() {
        return new RunSpec(2_000, RunSpec.DEFAULT_SEED, Integer.MAX_VALUE);
    }

    private static void awaitStore(PeerProcess process) throws InterruptedException {
        Path store = process.scratch().resolve("store");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(store) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertTrue(Files.exists(store));
    }

    private List<BenchResult> run(String... arguments) {
        List<String> all =
                Stream.concat(Stream.of("--dir", folder.toString()), Stream.of(arguments)).toList();
        try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            return new PeersCommand().run(all, out);
        }
    }

    private void assertEmpty() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }
}
