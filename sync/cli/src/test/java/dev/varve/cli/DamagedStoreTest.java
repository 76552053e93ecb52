package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.sync.ethereum.stage.ChainTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rot in a store: exit code 3 with file and offset from every command, and nothing made worse. */
final class DamagedStoreTest {

    private static final String DEV = "dev:blocks=60,txs=1,seed=8";
    private static final String SEGMENT = "00000000000000000000.log";

    @TempDir private Path directory;
    private Path store;

    @BeforeEach
    void importChain() {
        store = directory.resolve("store");
        SyncTest.sync(store, DEV);
    }

    @Test
    void shouldNameTheFileAndTheOffsetWhenABitOfAnAcknowledgedFrameIsFlipped() throws IOException {
        Path segment = store.resolve(SEGMENT);
        byte[] whole = Files.readAllBytes(segment);
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 8; i++) {
            // Anywhere behind the header's page.
            int at = 4096 + random.nextInt(whole.length - 4096);
            byte[] rotten = whole.clone();
            rotten[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(segment, rotten);
            String context = "seed " + seed + ", byte " + at;
            assertFoundByVerify(at, context);
            for (List<String> command : commands()) {
                assertCorruptOrUntouched(command, segment, at, context);
            }
            assertArrayEquals(rotten, Files.readAllBytes(segment), "changed; " + context);
        }
        Files.write(segment, whole);
        SyncTest.assertClean(store);
        assertEquals(60L, SyncTest.sync(store, DEV).get("head"));
    }

    private static List<List<String>> commands() {
        return List.of(
                List.of("status"),
                List.of("get", "head"),
                List.of("get", "block", "30"),
                List.of("sync", "--source", DEV));
    }

    private void assertFoundByVerify(long at, String context) {
        Cli.Run run = Cli.run("verify", "--store", store, "--json");
        assertEquals(ExitCode.CORRUPTION, run.exitCode(), context + ": " + run.all());
        Matcher named =
                Pattern.compile("\\(file " + SEGMENT + ", offset (\\d+)").matcher(run.all());
        assertTrue(named.find(), context + ": " + run.all());
        assertTrue(Long.parseLong(named.group(1)) <= at, context + ": " + run.all());
    }

    /** Opening trusts what the index covers; damage there shows when it is read, or verified. */
    private void assertCorruptOrUntouched(
            List<String> command, Path file, long at, String context) {
        List<Object> words = new ArrayList<>(command);
        words.addAll(List.of("--store", store, "--json"));
        if (Cli.run(words.toArray()).exitCode() != ExitCode.OK) {
            assertCorrupt(command, file, at, context);
        }
    }

    private void assertCorrupt(List<String> command, Path file, long at, String context) {
        List<Object> words = new ArrayList<>(command);
        words.addAll(List.of("--store", store, "--json"));
        Cli.Run run = Cli.run(words.toArray());
        assertEquals(ExitCode.CORRUPTION, run.exitCode(), context + ": " + run.all());
        assertEquals(file.toString(), run.json().get("file"), context + ": " + run.all());
        // The frame that holds the byte.
        long offset = run.json().number("offset");
        assertTrue(offset <= at, context + ": " + run.all());
        assertTrue(run.failure().contains("offset " + offset), run.all());
        assertTrue(run.failure().contains(", store " + store + ")"), run.all());
    }

    @Test
    void shouldNameFileOffsetAndStoreWhenARecordThatIsReadIsRotten() throws IOException {
        Path segment = store.resolve(SEGMENT);
        byte[] whole = Files.readAllBytes(segment);
        List<String> command = List.of("get", "block", "30");
        int found = 0;
        // In steps that are shorter than the records of a block.
        for (int at = 4096; at < whole.length && found < 3; at += 61) {
            byte[] rotten = whole.clone();
            rotten[at] ^= 1;
            Files.write(segment, rotten);
            if (Cli.run("get", "block", "30", "--store", store, "--json").exitCode() != 0) {
                assertCorrupt(command, segment, at, "byte " + at);
                found++;
            }
        }
        assertEquals(3, found, "bytes of block 30");
    }

    @Test
    void shouldSayCorruptWhenTheSegmentIsCutBelowWhatWasAcknowledged() throws IOException {
        Path segment = store.resolve(SEGMENT);
        byte[] whole = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(whole, whole.length / 2));
        Cli.Run run = Cli.run("verify", "--store", store, "--json");
        assertEquals(ExitCode.CORRUPTION, run.exitCode(), run.all());
        assertEquals(segment.toString(), run.json().get("file"), run.all());
        Files.write(segment, whole);
        SyncTest.assertClean(store);
    }

    @Test
    void shouldSayCorruptWhenTheManifestIsRotten() throws IOException {
        Path manifest = store.resolve("MANIFEST");
        byte[] whole = Files.readAllBytes(manifest);
        byte[] rotten = whole.clone();
        rotten[whole.length / 2] ^= 4;
        Files.write(manifest, rotten);
        Cli.Run run = Cli.run("status", "--store", store, "--json");
        assertEquals(ExitCode.CORRUPTION, run.exitCode(), run.all());
        assertEquals(manifest.toString(), run.json().get("file"), run.all());
        Files.write(manifest, whole);
        SyncTest.assertClean(store);
    }

    @Test
    void shouldListEveryProblemWhenTheChainItselfIsWrong() {
        try (LogStore log = LogStore.open(store, LogOptions.bulk());
                Batch batch = log.newBatch()) {
            Table bodies = Objects.requireNonNull(log.findTable(ChainTables.BODY.name()));
            batch.put(bodies, 7, new byte[] {(byte) 0xc2, (byte) 0xc0, (byte) 0xc0});
            batch.put(bodies, 9, new byte[] {1});
            log.commit(batch);
        }
        Cli.Run run = Cli.run("verify", "--store", store, "--json");
        assertEquals(ExitCode.CORRUPTION, run.exitCode(), run.all());
        assertEquals(false, run.json().get("clean"), run.all());
        assertEquals(2, run.json().items("problems").size(), run.all());
        String first = (String) run.json().items("problems").getFirst();
        assertTrue(first.startsWith("block 7 (0x"), first);
        assertEquals("varve: " + store + ": 2 problems, the first is: " + first, run.failure());
        Cli.Run text = Cli.run("verify", "--store", store);
        assertEquals(ExitCode.CORRUPTION, text.exitCode());
        assertEquals(first, text.out().lines().findFirst().orElseThrow());
    }
}
