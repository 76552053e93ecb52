package dev.varve.sync.ethereum.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.LedgerStore;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.GateStats;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.logstore.Durability;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import dev.varve.sync.BadItemException;
import dev.varve.sync.CycleReport;
import dev.varve.sync.Pipeline;
import dev.varve.sync.PipelineOptions;
import dev.varve.sync.Stage;
import dev.varve.sync.StepLimits;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lookup of transactions, through the gate, in chains that are cut, stopped and hostile. */
final class TxLookupStageTest {

    private static final long LAST = 24;
    private static final int TRANSACTIONS = 4;

    private final DevChain whole = DevChain.of(new DevChainOptions(LAST, TRANSACTIONS, 7));
    private final Keccak256 keccak = new Keccak256();

    private static LedgerStore open(SimDisk disk) {
        return LedgerStore.over(disk)
                .expectedIds(200)
                .segmentBytes(64 << 10)
                .durability(Durability.NONE)
                .open();
    }

    private static CycleReport run(
            LedgerStore ledger, List<Stage> stages, BlockSource source, int maxItems, int tipGap) {
        PipelineOptions options =
                PipelineOptions.defaults()
                        .withLimits(StepLimits.defaults().withMaxItems(maxItems))
                        .withTipGap(tipGap);
        try (Pipeline pipeline =
                Pipeline.over(ledger.log()).stages(stages).options(options).build()) {
            return pipeline.run(EthereumStages.target(source, Long.MAX_VALUE));
        }
    }

    private List<Stage> all(LedgerStore ledger) {
        BlockExecutor executor = EthereumStages.executor().build();
        return EthereumStages.of(
                whole, whole.genesis(), executor, ledger.gate(ChainTables.TX_LOOKUP));
    }

    private void assertEveryTransactionIsFoundOnce(LedgerStore ledger) {
        Table table = ledger.table(ChainTables.TX_LOOKUP);
        for (long height = 0; height <= LAST; height++) {
            List<byte[]> values = BlockBody.decode(whole.body(height)).transactionValues();
            for (int i = 0; i < values.size(); i++) {
                byte[] found = ledger.snapshot().get(table, keccak.hash(values.get(i)));
                assertNotNull(found);
                assertEquals(new TxLocation(height, i), TxLocation.decode(found));
            }
        }
        long[] records = {0};
        ledger.log().replay(0, (LogRecord r) -> records[0] += r.table() == table.id() ? 1 : 0);
        assertEquals(LAST * TRANSACTIONS, records[0]);
        assertTrue(ChainVerifier.verify(ledger.log()).isClean());
    }

    /** Item by item, in odd steps, in one; stage by stage and all stages at once. */
    @ParameterizedTest
    @CsvSource({"1, 0", "5, 0", "100, 0", "9, 9", "100, 100"})
    void shouldFindEveryTransactionHoweverTheChainIsCut(int maxItems, int tipGap) {
        try (LedgerStore ledger = open(new SimDisk())) {
            CycleReport report = run(ledger, all(ledger), whole, maxItems, tipGap);
            assertEquals(CycleReport.Outcome.REACHED, report.outcome());
            assertEveryTransactionIsFoundOnce(ledger);
            GateStats stats = ledger.gate(ChainTables.TX_LOOKUP).stats();
            assertEquals(LAST * TRANSACTIONS, stats.reserved());
            assertTrue(stats.confirms() < 20, "looks into the log: " + stats);
            assertEquals(0, run(ledger, all(ledger), whole, maxItems, tipGap).commits());
        }
    }

    /** A store that was filled without the lookup gets it later. */
    @Test
    void shouldCatchUpWhenTheStoreHadNoLookup() {
        try (LedgerStore ledger = open(new SimDisk())) {
            List<Stage> without = EthereumStages.of(whole, whole.genesis());
            run(ledger, without, whole, 7, 0);
            run(ledger, all(ledger), whole, 7, 0);
            assertEveryTransactionIsFoundOnce(ledger);
        }
    }

    @Test
    void shouldGoOnWhereItStoodWhenThePowerFails() {
        SimDisk counted = new SimDisk();
        try (LedgerStore ledger = open(counted)) {
            runUntilReached(ledger, 0);
        }
        for (long call = 20; call < counted.calls(); call += 61) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            try (LedgerStore ledger = open(disk)) {
                runUntilReached(ledger, (int) (call % 2) * 100);
            } catch (SimPowerCut e) {
                assertNotNull(e.getMessage());
            }
            CrashModel[] models = CrashModel.values();
            SimDisk found = disk.crash(models[(int) (call % models.length)], call);
            try (LedgerStore ledger = open(found)) {
                runUntilReached(ledger, 0);
                assertEveryTransactionIsFoundOnce(ledger);
            }
        }
    }

    private void runUntilReached(LedgerStore ledger, int tipGap) {
        CycleReport report = run(ledger, all(ledger), whole, Math.max(6, tipGap), tipGap);
        assertEquals(CycleReport.Outcome.REACHED, report.outcome());
    }

    // ---- duplicates

    /** Only the stages that the lookup needs: execution would refuse these blocks, too. */
    private List<Stage> few(LedgerStore ledger, BlockSource source) {
        return List.of(
                new HeadersStage(source, whole.genesis()),
                new BodiesStage(source),
                new TxLookupStage(ledger.gate(ChainTables.TX_LOOKUP)));
    }

    private void assertBad(List<byte[]> values, String hash) {
        TamperedSource source =
                new TamperedSource(whole, LAST)
                        .withoutReceipts()
                        .body(body -> withTransactions(values))
                        .header(header -> withRoot(header, OrderedRoot.of(values)));
        for (int tipGap : new int[] {0, 100}) {
            try (LedgerStore ledger = open(new SimDisk())) {
                List<Stage> stages = few(ledger, source);
                BadItemException e =
                        assertThrows(
                                BadItemException.class,
                                () -> run(ledger, stages, source, Math.max(9, tipGap), tipGap));
                assertEquals("tx-lookup", e.stage());
                assertEquals(LAST, e.height());
                assertTrue(e.reason().contains(hash), e.reason());
                assertPrefixIsInAndTheRestIsFree(ledger, values.getLast());
            }
        }
    }

    private void assertPrefixIsInAndTheRestIsFree(LedgerStore ledger, byte[] last) {
        DuplicateGate gate = ledger.gate(ChainTables.TX_LOOKUP);
        byte[] good = BlockBody.decode(whole.body(LAST - 1)).transactionValues().getLast();
        assertTrue(gate.exists(MemorySegment.ofArray(keccak.hash(good))));
        try (IdRequest request = gate.newRequest(1)) {
            request.put(keccak.hash(last), LAST, new byte[0]);
            gate.addAllIfAbsent(request);
            assertEquals(Answer.ADDED, request.answer(0));
        }
    }

    @Test
    void shouldRefuseATransactionThatABlockNamesTwice() {
        List<byte[]> values =
                new ArrayList<>(BlockBody.decode(whole.body(LAST)).transactionValues());
        values.add(2, values.get(1));
        assertBad(values, hex(values.get(1)));
    }

    @Test
    void shouldRefuseATransactionOfAnEarlierBlock() {
        for (long height : new long[] {1, LAST - 1}) {
            List<byte[]> values =
                    new ArrayList<>(BlockBody.decode(whole.body(LAST)).transactionValues());
            byte[] earlier = BlockBody.decode(whole.body(height)).transactionValues().get(2);
            values.set(0, earlier);
            assertBad(values, hex(earlier));
        }
    }

    @Test
    void shouldRefuseAGateOfAnotherTable() {
        try (LedgerStore ledger = open(new SimDisk())) {
            DuplicateGate other = ledger.gate(TableSpec.deduplicated("other"));
            assertThrows(IllegalArgumentException.class, () -> new TxLookupStage(other));
        }
    }

    private String hex(byte[] transaction) {
        return HexFormat.of().formatHex(keccak.hash(transaction));
    }

    private static byte[] withTransactions(List<byte[]> values) {
        RlpWriter writer = new RlpWriter().startList().startList();
        values.forEach(writer::raw);
        return writer.endList().startList().endList().endList().toByteArray();
    }

    private static byte[] withRoot(byte[] header, byte[] root) {
        BlockHeader decoded = BlockHeader.decode(header);
        BlockHeader.Builder changed = new BlockHeader.Builder();
        for (HeaderField field : HeaderField.values()) {
            if (decoded.has(field)) {
                changed.set(
                        field,
                        field == HeaderField.TRANSACTIONS_ROOT ? root : decoded.bytes(field));
            }
        }
        return changed.build().rlp();
    }
}
