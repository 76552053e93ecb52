package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.source.DevChainOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sources that are cut, malformed, or not a chain: exit code 1, the file and the offset or the
 * height and the hash, and a store that is whole and goes on with a good source.
 */
final class DamagedSourceTest {

    private static final long BLOCKS = 300;

    /** Behind the first step of 256. */
    private static final long BAD = 280;

    private static final DevFiles CHAIN = new DevFiles(new DevChainOptions(BLOCKS, 1, 4));

    @TempDir private static Path shared;
    private static Path whole;
    private static Path genesis;

    @TempDir private Path directory;

    @BeforeAll
    static void writeOnce() throws IOException {
        whole = shared.resolve("whole.rlp");
        genesis = shared.resolve("genesis.json");
        CHAIN.write(whole, -1, block -> block);
        CHAIN.writeGenesis(genesis);
    }

    private Path store() {
        return directory.resolve("store");
    }

    private Cli.Run sync(Path blocks, Object... more) {
        Object[] words = {
            "sync", "--source", "rlp:" + blocks, "--genesis", genesis, "--store", store(), "--json"
        };
        Object[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return Cli.run(all);
    }

    private Cli.Run fail(Path blocks) {
        Cli.Run run = sync(blocks);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals("varve: " + run.json().get("error"), run.failure());
        return run;
    }

    /** The store is whole, and a good source takes it to the end. */
    private void assertGoesOn() {
        SyncTest.assertClean(store());
        Cli.Run run = sync(whole);
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals(CHAIN.hash(BLOCKS), run.json().get("headHash"));
        SyncTest.assertClean(store());
    }

    /** In words, and not by the name of a class. */
    @Test
    void shouldSayWhatIsWrongWithAFileThatCannotBeRead() throws IOException {
        Path absent = directory.resolve("absent");
        Path text = Files.writeString(directory.resolve("text"), "no json");
        Object[][] lines = {
            {"there is no such file", "sync", "--source", "rlp:" + absent, "--genesis", genesis},
            {"there is no such file", "sync", "--source", "rlp:" + whole, "--genesis", absent},
            {"is not JSON", "sync", "--source", "rlp:" + whole, "--genesis", text},
            {"there is no such file", "exec", "--rwsets", absent},
        };
        for (Object[] line : lines) {
            Cli.Run run = Cli.run(Arrays.copyOfRange(line, 1, line.length));
            assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
            assertTrue(run.failure().contains((String) line[0]), run.all());
            assertFalse(run.failure().contains("xception"), run.all());
            assertFalse(run.failure().contains("REDACTED"), run.all());
        }
    }

    @Test
    void shouldNameFileAndOffsetAndCreateNothingWhenAnEraIsCut() throws IOException {
        byte[] era = Files.readAllBytes(MainNet.era());
        Path cut = directory.resolve("cut.era1");
        int[] lengths = {
            0, 1, 8, 100, 4096, era.length / 3, era.length / 2, era.length - 65_536,
            era.length - 1000, era.length - 8, era.length - 1
        };
        for (int length : lengths) {
            Files.write(cut, Arrays.copyOf(era, length));
            Cli.Run run = syncEra(cut);
            assertEquals(ExitCode.FAILED, run.exitCode(), length + " bytes: " + run.all());
            assertEquals(cut.toString(), run.json().get("file"), run.all());
            assertTrue(run.json().number("offset") <= length, run.all());
            assertTrue(run.failure().contains("(file " + cut + ", offset "), run.all());
            assertFalse(Files.exists(store()), "created by a file of " + length + " bytes");
        }
    }

    @Test
    void shouldKeepTheGoodPrefixWhenAnEraIsRottenInside() throws IOException {
        byte[] era = Files.readAllBytes(MainNet.era());
        int middle = era.length / 2;
        Arrays.fill(era, middle, middle + 64, (byte) 0xff);
        Path rotten = directory.resolve("rotten.era1");
        Files.write(rotten, era);
        Cli.Run run = syncEra(rotten);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(rotten.toString(), run.json().get("file"), run.all());
        long offset = run.json().number("offset");
        assertTrue(Math.abs(offset - middle) < 4096, run.all());
        SyncTest.assertClean(store());
        assertTrue(Cli.next(store(), "headers") >= 256, Cli.stages(store()).toString());
        // Another copy of the same era goes on with it.
        Json json =
                SyncTest.sync(
                        store(),
                        "era1:" + MainNet.era(),
                        "--genesis",
                        MainNet.genesis(),
                        "--to",
                        5000);
        assertEquals(5000L, json.get("head"));
        SyncTest.assertClean(store());
    }

    private Cli.Run syncEra(Path era) {
        return Cli.run(
                "sync", "--source", "era1:" + era, "--genesis", MainNet.genesis(), "--store",
                store(), "--json");
    }

    @Test
    void shouldNameFileAndOffsetAndCreateNothingWhenAFileOfBlocksIsCut() throws IOException {
        byte[] blocks = Files.readAllBytes(whole);
        Path cut = directory.resolve("cut.rlp");
        for (int length : new int[] {0, 1, 2, 700, blocks.length / 2, blocks.length - 1}) {
            Files.write(cut, Arrays.copyOf(blocks, length));
            Cli.Run run = fail(cut);
            assertEquals(cut.toString(), run.json().get("file"), run.all());
            assertTrue(run.json().number("offset") <= length, run.all());
            assertFalse(Files.exists(store()), "created by a file of " + length + " bytes");
        }
    }

    @Test
    void shouldNameFileAndOffsetWhenABlockIsNoRlp() throws IOException {
        Path bad = directory.resolve("bad.rlp");
        // The length of the parent hash, behind the headers of the two lists: 33 bytes, not 32.
        long offset = CHAIN.write(bad, BAD, block -> {
            block[6] = (byte) 0xa1;
            return block;
        });
        Cli.Run run = fail(bad);
        assertEquals(bad.toString(), run.json().get("file"), run.all());
        assertEquals(offset, run.json().get("offset"), run.all());
        assertEquals(256, Cli.next(store(), "headers"));
        assertGoesOn();
    }

    @Test
    void shouldNameHeightAndHashWhenAParentIsWrong() throws IOException {
        BlockHeader wrong =
                DevFiles.with(CHAIN.header(BAD), HeaderField.PARENT_HASH, new byte[32]);
        Path bad = write(wrong);
        Cli.Run run = fail(bad);
        assertEquals(BAD, run.json().get("height"), run.all());
        assertEquals(DevFiles.hash(wrong), run.json().get("hash"), run.all());
        assertTrue(run.failure().contains("its parent is 0x" + "00".repeat(32)), run.all());
        assertEquals(BAD, Cli.next(store(), "headers"));
        assertEquals(0, Cli.next(store(), "bodies"));
        assertGoesOn();
    }

    @Test
    void shouldNameHeightAndHashWhenABodyIsAnothers() throws IOException {
        Path bad = directory.resolve("bad.rlp");
        CHAIN.write(bad, BAD, block -> CHAIN.block(BAD - 1, CHAIN.header(BAD)));
        Cli.Run run = fail(bad);
        assertEquals(BAD, run.json().get("height"), run.all());
        assertEquals(CHAIN.hash(BAD), run.json().get("hash"), run.all());
        assertTrue(run.failure().contains("transactions root"), run.all());
        assertEquals(BAD, Cli.next(store(), "bodies"));
        assertGoesOn();
    }

    @Test
    void shouldNameHeightAndHashWhenAStateRootIsWrong() throws IOException {
        // The last block: any other is named as parent by the one behind it.
        BlockHeader wrong =
                DevFiles.with(CHAIN.header(BLOCKS), HeaderField.STATE_ROOT, new byte[32]);
        Path bad = write(wrong);
        assertEquals(ExitCode.OK, sync(whole, "--to", BLOCKS - 10).exitCode());
        Cli.Run run = fail(bad);
        assertEquals(BLOCKS, run.json().get("height"), run.all());
        assertEquals(DevFiles.hash(wrong), run.json().get("hash"), run.all());
        assertTrue(run.failure().contains("its state root is 0x"), run.all());
        // Near the head all stages commit together: everything up to the bad block, nothing of it.
        assertTrue(
                Cli.stages(store()).values().stream().allMatch(next -> next == BLOCKS),
                Cli.stages(store()).toString());
        assertGoesOn();
    }

    @Test
    void shouldStayWholeWhenAStateRootIsWrongFarBehindTheHead() throws IOException {
        BlockHeader wrong =
                DevFiles.with(CHAIN.header(BLOCKS), HeaderField.STATE_ROOT, new byte[32]);
        Cli.Run run = fail(write(wrong));
        assertEquals(BLOCKS, run.json().get("height"), run.all());
        assertEquals(DevFiles.hash(wrong), run.json().get("hash"), run.all());
        SyncTest.assertClean(store());
        assertEquals(BLOCKS, Cli.next(store(), "state-root"));
        assertFalse(Cli.run("status", "--store", store(), "--json").json().has("head"));
        // Until stages can be unwound, the headers stand on the bad block, and that is told.
        Cli.Run good = fail(whole);
        assertEquals(BLOCKS, good.json().get("height"), good.all());
        assertEquals(CHAIN.hash(BLOCKS), good.json().get("hash"), good.all());
    }

    private Path write(BlockHeader header) throws IOException {
        Path bad = directory.resolve("bad.rlp");
        UnaryOperator<byte[]> change = block -> CHAIN.block(header.number(), header);
        CHAIN.write(bad, header.number(), change);
        return bad;
    }

    @Test
    void shouldNameFileAndOffsetWhenAGenesisFileIsDamaged() throws IOException {
        String text = Files.readString(genesis);
        Path cut = directory.resolve("genesis.json");
        Files.writeString(cut, text.substring(0, text.length() / 2));
        Cli.Run run =
                Cli.run(
                        "sync", "--source", "rlp:" + whole, "--genesis", cut, "--store", store(),
                        "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(cut.toString(), run.json().get("file"), run.all());
        assertTrue(run.json().number("offset") > 0, run.all());
        assertEquals(1, run.failure().lines().count());
        assertFalse(Files.exists(store()));
    }

    @Test
    void shouldRefuseTheFirstBlockWhenTheGenesisIsOfAnotherChain() throws IOException {
        Path other = directory.resolve("other.json");
        String changed = Files.readString(genesis).replace("\"balance\":\"1", "\"balance\":\"2");
        Files.writeString(other, changed);
        Cli.Run run =
                Cli.run(
                        "sync", "--source", "rlp:" + whole, "--genesis", other, "--store", store(),
                        "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(0L, run.json().get("height"), run.all());
        assertTrue(run.failure().contains("genesis file"), run.all());
        SyncTest.assertClean(store());
    }
}
