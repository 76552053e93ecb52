package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.source.DevChainOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that only look: status, get, verify, doctor. */
final class LookTest {

    private static final DevFiles CHAIN = new DevFiles(new DevChainOptions(40, 2, 3));

    @TempDir private static Path directory;
    private static Path store;

    @BeforeAll
    static void importOnce() {
        store = directory.resolve("store");
        SyncTest.sync(store, "dev:blocks=40,txs=2,seed=3");
    }

    private static Json json(Object... words) {
        Object[] all = Stream.concat(
                        Stream.of(words), Stream.of("--store", store, "--json"))
                .toArray();
        Cli.Run run = Cli.run(all);
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals("", run.err());
        return run.json();
    }

    private static Cli.Run fail(Object... words) {
        Object[] all = Stream.concat(
                        Stream.of(words), Stream.of("--store", store, "--json"))
                .toArray();
        Cli.Run run = Cli.run(all);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals("varve: " + run.json().get("error"), run.failure());
        return run;
    }

    @Test
    void shouldTellEveryStageAndTheHeadAsStatus() {
        Json status = json("status");
        assertEquals(40L, status.get("head"));
        assertEquals(CHAIN.hash(40), status.get("headHash"));
        assertEquals(80L, status.get("transactions"));
        Map<String, Long> stages = Cli.stages(store);
        assertEquals(
                List.of("headers", "block-hashes", "bodies", "execution", "state-root", "tx-lookup",
                        "finish"),
                List.copyOf(stages.keySet()));
        assertTrue(stages.values().stream().allMatch(next -> next == 41), stages.toString());
        Json recovery = status.object("recovery");
        assertEquals("clean", recovery.get("outcome"));
        assertEquals(0L, recovery.get("tornBytes"));

        Cli.Run text = Cli.run("status", "--store", store);
        assertTrue(text.out().contains("head          40 " + CHAIN.hash(40)), text.all());
        assertTrue(text.out().contains("state-root    next 41"), text.all());
        assertTrue(text.out().contains("had been closed"), text.all());
    }

    @Test
    void shouldTellThatThereIsNoHeadWhenTheStoreIsNew(@TempDir Path other) {
        LogStore.open(other, LogOptions.bulk()).close();
        Cli.Run run = Cli.run("status", "--store", other, "--json");
        assertEquals(ExitCode.OK, run.exitCode());
        assertFalse(run.json().has("head"));
        assertEquals(List.of(), run.json().get("stages"));
        assertEquals(ExitCode.OK, Cli.run("verify", "--store", other).exitCode());
        assertEquals(ExitCode.FAILED, Cli.run("get", "head", "--store", other).exitCode());
        assertEquals(ExitCode.FAILED, Cli.run("get", "block", "0", "--store", other).exitCode());
    }

    @Test
    void shouldGetABlockByHeightAndByHash() {
        BlockHeader header = CHAIN.header(17);
        Json byHeight = json("get", "block", 17);
        assertEquals(byHeight, json("get", "block", CHAIN.hash(17)));
        assertEquals(CHAIN.hash(17), byHeight.get("hash"));
        assertEquals(CHAIN.hash(16), byHeight.get("parent"));
        assertEquals(header.difficulty().toString(), byHeight.get("difficulty"));
        assertEquals(2, byHeight.items("transactions").size());
        Cli.Run text = Cli.run("get", "block", 17, "--store", store);
        assertTrue(text.out().contains(CHAIN.hash(17)), text.all());
    }

    @Test
    void shouldGetReceiptsAndTheHead() {
        assertEquals(2, json("get", "receipts", 17).items("receipts").size());
        assertEquals(CHAIN.hash(40), json("get", "head").get("hash"));
    }

    @Test
    void shouldGetAnAccountWithItsBalance() {
        String author = "0x" + HexFormat.of().formatHex(CHAIN.header(17).coinbase());
        Json account = json("get", "account", author);
        assertEquals(author, account.get("address"));
        // At least the reward of one block.
        assertTrue(account.text("balanceWei").length() >= 19, account.toString());
    }

    @Test
    void shouldGetWhereATransactionStands() {
        List<?> transactions = json("get", "block", 17).items("transactions");
        for (int i = 0; i < transactions.size(); i++) {
            String hash = transactions.get(i).toString();
            Json found = json("get", "tx", hash);
            assertEquals(17L, found.get("height"));
            assertEquals((long) i, found.get("index"));
        }
        String other = "0x" + "12".repeat(32);
        assertEquals(other, fail("get", "tx", other).json().get("hash"));
    }

    @Test
    void shouldSayWhatIsNotThere() {
        assertEquals(41L, fail("get", "block", 41).json().get("height"));
        assertEquals(41L, fail("get", "receipts", 41).json().get("height"));
        String hash = "0x" + "12".repeat(32);
        assertEquals(hash, fail("get", "block", hash).json().get("hash"));
        fail("get", "account", "0x" + "12".repeat(20));
    }

    @Test
    void shouldCountWhatItComparedAsVerify() {
        Json verify = json("verify");
        assertEquals(true, verify.get("clean"));
        assertEquals(41L, verify.get("headers"));
        assertEquals(41L, verify.get("bodies"));
        assertEquals(41L, verify.get("stateRoots"));
        assertTrue(verify.number("accounts") >= 64, verify.toString());
        Cli.Run text = Cli.run("verify", "--store", store);
        assertEquals(2, text.out().lines().filter(line -> line.endsWith(": clean")).count());
    }

    @Test
    void shouldMeasureTheDiskAndLeaveNothingBehindAsDoctor() throws IOException {
        List<Path> before = files();
        Json doctor = json("doctor");
        assertEquals(before, files());
        assertEquals(2L, doctor.get("storeFormat"));
        assertEquals("yes", doctor.get("storeExists"));
        assertTrue(doctor.number("cores") >= 1);
        assertTrue(doctor.number("usableBytes") > 0);
        assertTrue(doctor.number("probeWriteMiBPerSecond") >= 0);
        Cli.Run absent = Cli.run("doctor", "--json", "--store", directory.resolve("a/b/c"));
        assertEquals("no", absent.json().get("storeExists"), absent.all());
        assertFalse(Files.exists(directory.resolve("a")));
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            return files.sorted().toList();
        }
    }
}
