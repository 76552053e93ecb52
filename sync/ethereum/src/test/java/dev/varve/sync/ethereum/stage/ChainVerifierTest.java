package dev.varve.sync.ethereum.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.sync.Pipeline;
import dev.varve.sync.Stage;
import dev.varve.sync.SyncTarget;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Faults that no checksum sees, because they were committed like anything else: each is told with
 * the height or the key that it concerns.
 */
final class ChainVerifierTest {

    private static final long LAST = 40;

    private final DevChain source = DevChain.of(new DevChainOptions(LAST, 2, 5));
    private final LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());

    @BeforeEach
    void importChain() {
        run(EthereumStages.of(source, source.genesis()), LAST);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void run(List<Stage> stages, long last) {
        SyncTarget target = EthereumStages.target(source, last);
        try (Pipeline pipeline = Pipeline.over(store).stages(stages).build()) {
            pipeline.run(target);
        }
    }

    private Table table(TableSpec spec) {
        return Objects.requireNonNull(store.findTable(spec.name()));
    }

    private byte[] get(TableSpec spec, long height) {
        Snapshot snapshot = store.snapshot();
        return Objects.requireNonNull(snapshot.get(table(spec), height));
    }

    private void put(TableSpec spec, long height, byte[] value) {
        try (Batch batch = store.newBatch()) {
            batch.put(table(spec), height, value);
            store.commit(batch);
        }
    }

    private void put(TableSpec spec, byte[] key, byte[] value) {
        try (Batch batch = store.newBatch()) {
            batch.put(table(spec), 0, key, value);
            store.commit(batch);
        }
    }

    private void delete(TableSpec spec, byte[] key) {
        try (Batch batch = store.newBatch()) {
            batch.delete(table(spec), 0, key);
            store.commit(batch);
        }
    }

    /** Exactly these problems are found, each of which contains the text. */
    private void assertProblems(String... texts) {
        assertTrue(store.verify().isClean(), "no checksum is wrong");
        ChainReport report = ChainVerifier.verify(store);
        assertFalse(report.isClean());
        String all = String.join("\n", report.problems());
        assertEquals(texts.length, report.problems().size(), all);
        for (int i = 0; i < texts.length; i++) {
            assertTrue(report.problems().get(i).contains(texts[i]), all);
        }
    }

    private String name(long height) {
        return ChainVerifier.name(height, HeaderRecord.decode(get(ChainTables.HEADER, height)));
    }

    private void changeHeader(long height, HeaderRecord changed) {
        put(ChainTables.HEADER, height, changed.encode(new RlpWriter()));
    }

    @Test
    void shouldFindNothingInAWholeChain() {
        ChainReport report = ChainVerifier.verify(store);
        assertEquals(List.of(), report.problems());
        assertEquals(LAST + 1, report.headers());
        assertEquals(LAST + 1, report.bodies());
        assertEquals(LAST + 1, report.stateRoots());
        assertTrue(report.accounts() > 64, report.toString());
    }

    @Test
    void shouldFindNothingWhereStagesCameToDifferentHeights() {
        try (LogStore other = LogStore.open(new SimDisk(), LogOptions.bulk())) {
            assertTrue(ChainVerifier.verify(other).isClean(), "an empty store");
            List<Stage> stages = EthereumStages.of(source, source.genesis());
            for (int count = 1; count <= stages.size(); count++) {
                SyncTarget target = EthereumStages.target(source, LAST - 3L * count);
                try (Pipeline pipeline =
                        Pipeline.over(other).stages(stages.subList(0, count)).build()) {
                    pipeline.run(target);
                }
                ChainReport report = ChainVerifier.verify(other);
                assertEquals(List.of(), report.problems(), count + " stages");
                assertEquals(LAST - 2, report.headers());
            }
        }
    }

    @Test
    void shouldTellTheBlockWhenAHeaderIsAnothers() {
        BlockHeader other = HeaderRecord.decode(get(ChainTables.HEADER, 8)).header();
        HeaderRecord block = HeaderRecord.decode(get(ChainTables.HEADER, 9));
        String name = name(9);
        changeHeader(9, new HeaderRecord(block.hash(), block.totalDifficulty(), other));
        ChainReport report = ChainVerifier.verify(store);
        String all = String.join("\n", report.problems());
        assertTrue(all.contains(name + ": its number is 8"), all);
        assertTrue(all.contains(name + ": the hash of its header is 0x"), all);
        assertTrue(all.contains(name + ": its parent is 0x"), all);
        assertTrue(all.contains(name + ": the recorded changes lead to the state root"), all);
    }

    @Test
    void shouldTellTheBlockWhenATotalDifficultyIsWrong() {
        HeaderRecord block = HeaderRecord.decode(get(ChainTables.HEADER, LAST));
        BigInteger wrong = block.totalDifficulty().add(BigInteger.ONE);
        changeHeader(LAST, new HeaderRecord(block.hash(), wrong, block.header()));
        assertProblems(name(LAST) + ": its total difficulty is " + wrong);
    }

    @Test
    void shouldTellTheBlockWhenItsHashLeadsElsewhere() {
        byte[] hash = HeaderRecord.decode(get(ChainTables.HEADER, 7)).hash();
        put(ChainTables.BLOCK_HASH, hash, new byte[] {0, 0, 0, 0, 0, 0, 0, 9});
        assertProblems(name(7) + ": its hash leads to height 9");
        delete(ChainTables.BLOCK_HASH, hash);
        assertProblems(name(7) + ": its hash leads to no height");
    }

    @Test
    void shouldTellTheBlockWhenItsBodyOrReceiptsAreAnothers() {
        put(ChainTables.BODY, 7, get(ChainTables.BODY, 6));
        put(ChainTables.RECEIPTS, 11, new byte[] {(byte) 0xc0});
        assertProblems(
                name(7) + ": its transactions root is", name(11) + ": its receipts root is");
    }

    @Test
    void shouldTellTheRecordWhenItIsMalformed() {
        put(ChainTables.BODY, 7, new byte[] {1, 2, 3});
        assertProblems("body of block 7: ");
    }

    @Test
    void shouldTellTheFirstBlockWhenRecordedChangesAreIncomplete() {
        byte[] empty = {(byte) 0xc2, 2, (byte) 0xc0};
        put(ChainTables.ACCOUNT_CHANGE, 7, empty);
        ChainReport report = ChainVerifier.verify(store);
        String all = String.join("\n", report.problems());
        assertTrue(
                report.problems().getFirst().startsWith(
                        name(7) + ": the recorded changes lead to the state root"),
                all);
        assertEquals(1, all.split("lead to the state root", -1).length - 1, all);
        assertTrue(all.contains("the state trie of block " + LAST + " has"), all);
        assertTrue(all.contains("the table has"), all);
    }

    @Test
    void shouldTellTheAccountWhenTheTableDiffers() {
        Address author =
                Address.of(HeaderRecord.decode(get(ChainTables.HEADER, 7)).header().coinbase());
        put(ChainTables.ACCOUNT, author.bytes(), Account.plain(3, BigInteger.TEN).encode());
        assertProblems("account " + author + ": the table has account of 10 wei, nonce 3, ");
        delete(ChainTables.ACCOUNT, author.bytes());
        assertProblems("account " + author + ": the table has none, ");
    }

    @Test
    void shouldTellThePathWhenANodeOfTheStateTrieIsGone() {
        byte[] root = {0};
        delete(ChainTables.TRIE, root);
        assertProblems("state trie of block " + LAST + ": trie node at path ''");
    }

    @Test
    void shouldTellTheTableWhenDataIsAheadOfItsStage() {
        put(ChainTables.BODY, LAST + 1, get(ChainTables.BODY, LAST));
        assertProblems("table eth.body ends at height " + (LAST + 1) + ", its stage stands at");
    }

    @Test
    void shouldTellTheHeadWhenItIsAnothers() {
        HeaderRecord block = HeaderRecord.decode(get(ChainTables.HEADER, LAST));
        byte[] stateRoot = block.header().stateRoot();
        HeadRecord wrongCount = new HeadRecord(LAST, block.hash(), stateRoot, 7);
        put(ChainTables.HEAD, HeadRecord.key(), wrongCount.encode());
        assertProblems("the head counts 7 transactions, its blocks have " + 2 * LAST);
        HeadRecord wrongHash = new HeadRecord(LAST, stateRoot, stateRoot, 2 * LAST);
        put(ChainTables.HEAD, HeadRecord.key(), wrongHash.encode());
        assertProblems("the head is 0x");
        HeadRecord wrongHeight = new HeadRecord(5, block.hash(), stateRoot, 2 * LAST);
        put(ChainTables.HEAD, HeadRecord.key(), wrongHeight.encode());
        assertProblems("the head is block 5, the last stage stands at " + (LAST + 1));
    }
}
