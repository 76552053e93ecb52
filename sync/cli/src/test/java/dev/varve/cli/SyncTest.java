package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.source.Era1Source;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports from every source, in one go and in parts. */
final class SyncTest {

    private static final String DEV = "dev:blocks=300,txs=2,seed=5";

    private static final Stops AT_ONCE =
            new Stops() {
                @Override
                public <T> T during(Supplier<T> work, Runnable stop) {
                    stop.run();
                    return work.get();
                }
            };

    @TempDir private Path directory;

    @Test
    void shouldImportAGeneratedChainAndGoOnWhereItEnded() {
        Path store = directory.resolve("store");
        DevFiles chain = new DevFiles(new DevChainOptions(300, 2, 5));

        Json first = sync(store, DEV, "--to", 100);
        assertEquals(100L, first.get("head"));
        assertEquals(chain.hash(100), first.get("headHash"));
        assertEquals(stateRoot(chain.header(100)), first.get("stateRoot"));
        assertEquals(101L, first.get("stateRootsChecked"));
        assertEquals(200L, first.get("transactions"));
        assertEquals(0L, first.get("resumedAt"));

        Json second = sync(store, DEV);
        assertEquals(300L, second.get("head"));
        assertEquals(chain.hash(300), second.get("headHash"));
        assertEquals(301L, second.get("stateRootsChecked"));
        assertEquals(600L, second.get("transactions"));
        assertEquals(101L, second.get("resumedAt"));

        // Nothing is left to do, and a limit below the head takes nothing back.
        Json third = sync(store, DEV, "--to", 5);
        assertEquals(300L, third.get("head"));
        assertEquals(301L, third.get("resumedAt"));
        assertClean(store);
    }

    @Test
    void shouldRefuseAnotherGenesisForBlocksThatAreThere() throws IOException {
        Path store = directory.resolve("store");
        DevFiles chain = new DevFiles(new DevChainOptions(20, 3, 2));
        Path blocks = directory.resolve("chain.rlp");
        Path genesis = directory.resolve("genesis.json");
        chain.write(blocks, -1, block -> block);
        chain.writeGenesis(genesis);
        sync(store, "rlp:" + blocks, "--genesis", genesis, "--to", 9);
        Path other = directory.resolve("other.json");
        String text = Files.readString(genesis);
        Files.writeString(other, text.replace("\"balance\":\"1", "\"balance\":\"2"));
        Cli.Run run =
                Cli.run(
                        "sync", "--source", "rlp:" + blocks, "--genesis", other, "--store", store,
                        "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("the genesis 0x"), run.all());
        assertEquals(0L, run.json().get("height"));
        assertEquals(20L, sync(store, "rlp:" + blocks, "--genesis", genesis).get("head"));
    }

    @Test
    void shouldEndInALineWhenTheProgramFails() {
        Stops failing = new Stops() {
            @Override
            public <T> T during(Supplier<T> work, Runnable stop) {
                throw new AssertionError("a bug");
            }
        };
        Path store = directory.resolve("store");
        Cli.Run run = Cli.run(failing, "sync", "--source", DEV, "--store", store, "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("a bug"), run.all());
        assertTrue(run.json().text("error").contains("a bug"), run.all());
    }

    @Test
    void shouldImportTheFirstEraOfTheMainNetworkWithEveryStateRoot() {
        Path store = directory.resolve("store");
        Json json =
                sync(store, "era1:" + MainNet.era(), "--genesis", MainNet.genesis());
        BlockHeader last;
        try (Era1Source source = Era1Source.open(MainNet.era())) {
            last = BlockHeader.decode(source.header(source.end() - 1));
        }
        assertEquals(MainNet.BLOCKS - 1, json.get("head"));
        assertEquals(DevFiles.hash(last), json.get("headHash"));
        assertEquals(stateRoot(last), json.get("stateRoot"));
        assertEquals(MainNet.BLOCKS, json.get("stateRootsChecked"));
        assertClean(store);
    }

    @Test
    void shouldImportTheSameChainWithAnyNumberOfThreads() {
        String chain = "dev:blocks=40,txs=12,seed=3";
        DevFiles files = new DevFiles(new DevChainOptions(40, 12, 3));
        for (int threads : new int[] {1, 2, 4}) {
            Path store = directory.resolve("store" + threads);
            assertEquals(files.hash(40), sync(store, chain, "--threads", threads).get("headHash"));
            assertClean(store);
        }
        List<String> left =
                Thread.getAllStackTraces().keySet().stream()
                        .filter(Thread::isAlive)
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("varve-exec-"))
                        .toList();
        assertEquals(List.of(), left);
    }

    @Test
    void shouldImportAFileOfBlocksWhenGivenItsGenesis() throws IOException {
        DevFiles chain = new DevFiles(new DevChainOptions(20, 3, 2));
        Path blocks = directory.resolve("chain.rlp");
        Path genesis = directory.resolve("genesis.json");
        chain.write(blocks, -1, block -> block);
        chain.writeGenesis(genesis);
        Path store = directory.resolve("store");
        Json json = sync(store, "rlp:" + blocks, "--genesis", genesis);
        assertEquals(chain.hash(20), json.get("headHash"));
        assertEquals(60L, json.get("transactions"));
        // The generated chain itself is the same one.
        assertEquals(
                21L, sync(store, "dev:blocks=20,txs=3,seed=2").get("resumedAt"));
    }

    @Test
    void shouldRefuseAnotherChainThanTheStores() {
        Path store = directory.resolve("store");
        sync(store, "dev:blocks=12,txs=1,seed=1");
        // The same first block, and others behind it.
        DevFiles longer = new DevFiles(new DevChainOptions(15, 2, 1));
        DevFiles shorter = new DevFiles(new DevChainOptions(9, 2, 1));
        assertOtherChain(store, "dev:blocks=15,txs=2,seed=1", 12, longer.hash(12));
        assertOtherChain(store, "dev:blocks=9,txs=2,seed=1", 9, shorter.hash(9));
        DevFiles unlike = new DevFiles(new DevChainOptions(15, 1, 2));
        assertOtherChain(store, "dev:blocks=15,txs=1,seed=2", 0, unlike.hash(0));
        // A shorter part of the same chain is no other one.
        assertEquals(12L, sync(store, "dev:blocks=9,txs=1,seed=1").get("head"));
        assertClean(store);
    }

    private static void assertOtherChain(Path store, String source, long height, String hash) {
        Cli.Run run = Cli.run("sync", "--source", source, "--store", store, "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(height, run.json().get("height"), run.all());
        assertEquals(hash, run.json().get("hash"), run.all());
        assertTrue(run.failure().contains(hash), run.all());
    }

    @Test
    void shouldTellAPersonWhatItDidWhenNotAskedForJson() {
        Path store = directory.resolve("s");
        Cli.Run run = Cli.run("sync", "--source", "dev:blocks=5,txs=1", "--store", store);
        assertEquals(ExitCode.OK, run.exitCode());
        assertTrue(run.out().startsWith("head        5 0x"), run.all());
        assertTrue(run.out().contains("6 roots checked"), run.all());
        assertTrue(run.out().contains("5 transactions"), run.all());
    }

    @Test
    void shouldPrintAPlainLineForEachStageWhenPiped() {
        Path store = directory.resolve("s");
        Cli.Run run = Cli.run("sync", "--source", "dev:blocks=50,txs=0", "--store", store);
        assertEquals(7, run.err().lines().count(), run.err());
        String line = "[a-z-]+ +51 of 51 blocks \\(100%\\), [0-9,]+ blocks/s";
        assertTrue(run.err().lines().allMatch(each -> each.matches(line)), run.err());
    }

    @Test
    void shouldWriteOverOneLineWhenOnATerminal() {
        Cli.Run run =
                Cli.run(
                        Surroundings.Screen.TERMINAL,
                        Stops.NEVER,
                        "sync",
                        "--source",
                        "dev:blocks=50,txs=0",
                        "--store",
                        directory.resolve("s"));
        List<String> lines = List.of(run.err().split("\n"));
        assertEquals(7, lines.size(), run.err());
        assertTrue(lines.stream().allMatch(line -> line.startsWith("\r\033[K")), run.err());
    }

    @Test
    void shouldTellTheRateAndWhatIsLeftWhenAStageTakesLong() {
        StringWriter err = new StringWriter();
        AtomicLong clock = new AtomicLong();
        Surroundings surroundings =
                new Surroundings(
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(err),
                        Surroundings.Screen.PIPE,
                        Stops.NEVER,
                        () -> clock.addAndGet(6_000_000_000L));
        String[] words = {
            "sync", "--source", "dev:blocks=300,txs=0", "--store", directory.resolve("s").toString()
        };
        assertEquals(ExitCode.OK, Main.run(words, surroundings));
        String line = "headers +256 of 301 blocks \\(85%\\), [0-9,]+ blocks/s, 0:[0-9]{2} left";
        assertTrue(
                err.toString().lines().anyMatch(each -> each.matches(line)), err.toString());
    }

    @Test
    void shouldEndAfterTheStepInProgressWhenAskedToStop() {
        String chain = "dev:blocks=90,txs=0";
        Path store = directory.resolve("store");
        sync(store, chain, "--to", 20);
        Cli.Run run = Cli.run(AT_ONCE, "sync", "--source", chain, "--store", store, "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        Json json = run.json();
        assertEquals(21L, json.get("next"));
        assertEquals(21L, json.get("resumedAt"));
        String error = json.text("error");
        assertTrue(error.endsWith("goes on with the stage headers from height 21"), error);
        assertEquals("headers", json.get("stage"));
        assertEquals(21L, json.get("stageNext"));
        assertEquals(90L, sync(store, chain).get("head"));
    }

    @Test
    void shouldNameNoHeightWhenStoppedBeforeAnythingWasImported() {
        Path store = directory.resolve("store");
        Cli.Run run =
                Cli.run(AT_ONCE, "sync", "--source", "dev:blocks=9,txs=0", "--store", store);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().endsWith("the next run begins with the first"), run.all());
    }

    // ---- what tests share

    /** Imports and expects that to succeed; returns the last line. */
    static Json sync(Path store, String source, Object... more) {
        Object[] words = new Object[more.length + 6];
        System.arraycopy(
                new Object[] {"sync", "--source", source, "--store", store, "--json"},
                0,
                words,
                0,
                6);
        System.arraycopy(more, 0, words, 6, more.length);
        Cli.Run run = Cli.run(words);
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals(1, run.out().lines().count(), run.all());
        return run.json();
    }

    static void assertClean(Path store) {
        Cli.Run run = Cli.run("verify", "--store", store, "--json");
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals(true, run.json().get("clean"));
        assertEquals("", run.err());
    }

    private static String stateRoot(BlockHeader header) {
        return "0x" + HexFormat.of().formatHex(header.stateRoot());
    }
}
