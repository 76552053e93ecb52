package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Recorded and made-up blocks through the block executor. */
final class ExecTest {

    private static final String BLOCK = "{\"block\":7,\"coinbase\":\"0xcc\",\"txs\":3}";

    /** Sends 2 of 9 wei to 0xb, and a credit of 1 to the coinbase. */
    private static final String FIRST =
            "{\"i\":0,\"from\":\"0xa\",\"acc\":[[\"0xa\",\"0x9\",0,\"0x6\",1],"
                    + "[\"0xb\",\"0x0\",0,\"0x2\",0],[\"0xcc\",\"0x5\",0,\"0x6\",0]],\"slot\":[]}";

    /** Depends on the first one by 0xa; the credit of both commutes. */
    private static final String SECOND =
            "{\"i\":1,\"from\":\"0xa\",\"acc\":[[\"0xa\",\"0x6\",1,\"0x5\",2],"
                    + "[\"0xcc\",\"0x6\",0,\"0x7\",0]],"
                    + "\"slot\":[[\"0xd\",\"0x1\",\"0x0\",\"0x8\"]]}";

    /** Depends on nothing, and reads one slot and one account. */
    private static final String THIRD =
            "{\"i\":2,\"from\":\"0xe\",\"acc\":[[\"0xe\",\"0x3\",5,\"0x2\",6],[\"0xf\",\"0x1\",0],"
                    + "[\"0xcc\",\"0x7\",0,\"0x8\",0]],\"slot\":[[\"0xd\",\"0x2\",\"0x4\"]]}";

    @TempDir private Path directory;

    @ParameterizedTest
    @CsvSource({
        "ordered_locks,1",
        "ordered_locks,2",
        "ordered_locks,4",
        "speculative,1",
        "speculative,2",
        "speculative,4",
        "adaptive,1",
        "adaptive,2",
        "adaptive,4",
        "sequential,1",
        "sequential,4"
    })
    void shouldFindAllRecordedBlocksOfTheMainNetworkEqual(String mode, int threads) {
        Cli.Run run =
                Cli.run(
                        "exec", "--rwsets", MainNet.recordedBlocks(), "--mode", mode, "--threads",
                        threads, "--json");
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        Json json = run.json();
        assertEquals(true, json.get("equal"));
        assertEquals(4_464L, json.get("transactions"));
        assertEquals(20, json.items("blocks").size());
        long transactions = 0;
        for (Object item : json.items("blocks")) {
            Json block = Json.of(item);
            assertEquals(true, block.get("equal"), run.all());
            transactions += block.number("transactions");
            double share = (Double) block.get("parallelShare");
            assertTrue(share >= (Double) block.get("parallelShareStrict"), run.all());
        }
        assertEquals(4_464, transactions);
    }

    @Test
    void shouldCountWhatDependsOnWhatInARecordedBlock() throws IOException {
        Cli.Run run = Cli.run("exec", "--rwsets", record(BLOCK, FIRST, SECOND, THIRD), "--json");
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        Json block = Json.of(run.json().items("blocks").getFirst());
        assertEquals(7L, block.get("block"));
        assertEquals(0.667, block.get("parallelShare"));
        assertEquals(0.333, block.get("parallelShareStrict"));
        assertEquals(2L, block.get("criticalPath"));
        assertEquals(3L, block.get("criticalPathStrict"));
        assertEquals(1L, block.object("conflicts").get("account"));
    }

    @Test
    void shouldTellAPersonALineForEachBlock() throws IOException {
        Cli.Run run =
                Cli.run(
                        "exec", "--rwsets", record(BLOCK, FIRST, SECOND, THIRD), "--mode",
                        "speculative", "--threads", 2, "--cost-us", 5);
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        List<String> lines = run.out().lines().toList();
        assertEquals(4, lines.size(), run.all());
        assertTrue(lines.get(1).contains("66.7%") && lines.get(1).contains("account=1"));
        assertTrue(lines.get(3).endsWith("all equal"), run.all());
    }

    /** What a transaction read is not what the one before left: no execution can be as recorded. */
    @ParameterizedTest
    @ValueSource(strings = {"sequential", "speculative", "ordered_locks"})
    void shouldFailWhenTheRecordContradictsItself(String mode) throws IOException {
        String wrong = SECOND.replace("\"0x6\",1", "\"0x7\",1");
        Path file = record(BLOCK, FIRST, wrong, THIRD);
        Cli.Run run = Cli.run("exec", "--rwsets", file, "--mode", mode, "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(false, run.json().get("equal"));
        String error = run.json().text("error");
        assertTrue(error.contains("block 7: transaction 1 did not read"), error);
        assertEquals("varve: " + error, run.failure());
    }

    @Test
    void shouldNameFileAndLineWhenALineIsDamaged() throws IOException {
        // A line that ends too early is noticed where the next one begins.
        assertDamaged(4, BLOCK, FIRST, SECOND.substring(0, 40), THIRD);
        assertDamaged(2, BLOCK, FIRST.replace("\"i\":0", "\"i\":1"), SECOND, THIRD);
        assertDamaged(2, BLOCK, FIRST.replace("\"from\":\"0xa\",", ""), SECOND, THIRD);
        assertDamaged(2, BLOCK, FIRST.replace("\"0x9\",0", "\"0x9\""), SECOND, THIRD);
        assertDamaged(2, BLOCK, FIRST.replace("\"0x9\"", "\"9\""), SECOND, THIRD);
        assertDamaged(2, BLOCK, FIRST.replace("\"0x9\"", "\"0xzz\""), SECOND, THIRD);
        assertDamaged(2, BLOCK, FIRST.replace("\"0x6\",0]]", "\"0x" + "f".repeat(64) + "\",0]]"));
        assertDamaged(1, BLOCK.replace("\"txs\":3", "\"tx\":3"), FIRST, SECOND, THIRD);
        assertDamaged(3, BLOCK, FIRST, BLOCK);
        assertDamaged(4, BLOCK, FIRST, SECOND);
        assertDamaged(1, "[]");
    }

    private void assertDamaged(long line, String... lines) throws IOException {
        Path file = record(lines);
        Cli.Run run = Cli.run("exec", "--rwsets", file, "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(file.toString(), run.json().get("file"), run.all());
        assertEquals(line, run.json().get("line"), run.all());
        assertTrue(run.failure().contains("line " + line), run.all());
    }

    @Test
    void shouldNameFileAndLineWhenTheCompressionIsDamaged() throws IOException {
        Path file = record(BLOCK, FIRST, SECOND, THIRD);
        byte[] whole = Files.readAllBytes(file);
        List<byte[]> damaged = new ArrayList<>();
        for (int length : new int[] {0, 5, 12, whole.length / 2, whole.length - 9}) {
            damaged.add(Arrays.copyOf(whole, length));
        }
        damaged.add("no gzip, but text".getBytes(StandardCharsets.UTF_8));
        byte[] flipped = whole.clone();
        flipped[whole.length - 6] ^= 1; // in the checksum
        damaged.add(flipped);
        for (byte[] bytes : damaged) {
            Files.write(file, bytes);
            Cli.Run run = Cli.run("exec", "--rwsets", file, "--json");
            assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
            assertEquals(file.toString(), run.json().get("file"), run.all());
            assertTrue(run.json().number("line") >= 1, run.all());
            assertFalse(run.err().contains("Exception"), run.all());
        }
    }

    @Test
    void shouldSayInWordsThatAFileIsEmptyOrCutOff() throws IOException {
        Path file = record(BLOCK, FIRST, SECOND, THIRD);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, new byte[0]);
        Cli.Run empty = Cli.run("exec", "--rwsets", file);
        assertTrue(empty.failure().startsWith("varve: is empty, or cut off"), empty.all());
        assertTrue(empty.failure().contains("(file " + file + ", line 1)"), empty.all());
        Files.write(file, Arrays.copyOf(whole, whole.length - 9));
        Cli.Run cut = Cli.run("exec", "--rwsets", file);
        assertTrue(cut.failure().startsWith("varve: is cut off"), cut.all());
    }

    @Test
    void shouldFailWhenThereIsNoFileOrNoBlock() throws IOException {
        Path absent = directory.resolve("absent");
        assertEquals(
                ExitCode.FAILED, Cli.run("exec", "--rwsets", absent, "--json").exitCode());
        Cli.Run run = Cli.run("exec", "--rwsets", record());
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("there is no block"), run.all());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ordered_locks", "speculative", "adaptive", "sequential"})
    void shouldFindMadeUpBlocksEqual(String mode) {
        Cli.Run run =
                Cli.run(
                        "exec", "--synthetic", "accounts=10,txs=500,cost-us=0.5", "--threads", 3,
                        "--mode", mode, "--json");
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        Json json = run.json();
        assertEquals(true, json.get("equal"));
        assertEquals(500L, json.get("transactions"));
        assertEquals(3L, json.get("threads"));
        assertTrue((Double) json.get("sequentialNsPerTx") > 0, run.all());
        assertTrue(json.has("overheadNsPerTx"), run.all());
        assertTrue((Double) json.get("parallelShare") < 0.1, run.all());
    }

    private Path record(String... lines) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            for (String line : lines) {
                out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return Files.write(directory.resolve("record.jsonl.gz"), bytes.toByteArray());
    }
}
