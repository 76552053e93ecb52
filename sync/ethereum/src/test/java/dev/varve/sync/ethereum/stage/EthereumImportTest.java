package dev.varve.sync.ethereum.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import dev.varve.sync.BadItemException;
import dev.varve.sync.CycleReport;
import dev.varve.sync.Pipeline;
import dev.varve.sync.PipelineOptions;
import dev.varve.sync.StepLimits;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.ChainFiles;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.source.Era1Source;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.source.GenesisFirst;
import dev.varve.sync.ethereum.source.RlpFileSource;
import dev.varve.sync.ethereum.source.SourceException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole chains through all stages into a store. */
final class EthereumImportTest {

    private static final long BLOCKS = 60;
    private static final DevChainOptions DEV = new DevChainOptions(BLOCKS, 3, 7);

    private final Keccak256 keccak = new Keccak256();

    private static CycleReport sync(LogStore store, BlockSource source, Genesis genesis, int step) {
        PipelineOptions options =
                PipelineOptions.defaults().withLimits(StepLimits.defaults().withMaxItems(step));
        try (Pipeline pipeline =
                Pipeline.over(store)
                        .stages(EthereumStages.of(source, genesis))
                        .options(options)
                        .build()) {
            return pipeline.run(EthereumStages.target(source, Long.MAX_VALUE));
        }
    }

    private void checkHead(LogStore store, BlockSource source, long height) {
        HeadRecord head = HeadRecord.read(store, store.snapshot());
        assertNotNull(head);
        BlockHeader header = BlockHeader.decode(source.header(height));
        assertEquals(height, head.height());
        assertArrayEquals(header.hash(keccak), head.hash());
        assertArrayEquals(header.stateRoot(), head.stateRoot());
    }

    @Test
    void shouldImportTheFirstEraOfTheMainNetworkWithEveryStateRoot(@TempDir Path directory) {
        Genesis genesis = Genesis.read(ChainFiles.path("era1/mainnet-genesis.json"));
        Path era = ChainFiles.path("era1/mainnet-00000-5ec1ffb8.era1");
        try (BlockSource source = Era1Source.open(era);
                LogStore store = LogStore.open(directory, LogOptions.bulk())) {
            CycleReport report = sync(store, source, genesis, 256);
            assertEquals(CycleReport.Outcome.REACHED, report.outcome());
            report.stages().forEach(stage -> assertEquals(8192, stage.next(), stage.stage()));
            checkHead(store, source, 8191);
            assertTrue(store.verify().isClean());
        }
        try (BlockSource source = Era1Source.open(era);
                LogStore store = LogStore.open(directory, LogOptions.bulk())) {
            checkHead(store, source, 8191);
            assertEquals(0, sync(store, source, genesis, 256).commits());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 32, 256})
    void shouldImportAGeneratedChainInStepsOfAnyLength(int step) {
        try (DevChain source = DevChain.of(DEV);
                LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk())) {
            sync(store, source, source.genesis(), step);
            checkHead(store, source, BLOCKS);
            HeadRecord head = HeadRecord.read(store, store.snapshot());
            assertEquals(3 * BLOCKS, Objects.requireNonNull(head).transactions());
        }
    }

    @Test
    void shouldGoOnAfterAPowerCutAtAnyCallWithTheSameResult() {
        DevChain source = DevChain.of(new DevChainOptions(24, 2, 3));
        SimDisk whole = new SimDisk();
        importInto(whole, source);
        long calls = whole.calls();
        for (long call = 1; call <= calls; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            assertThrows(SimPowerCut.class, () -> importInto(disk, source));
            for (CrashModel model :
                    new CrashModel[] {CrashModel.LOSE_ALL, CrashModel.KEEP_ALL, CrashModel.TORN}) {
                SimDisk found = disk.crash(model, call);
                importInto(found, source);
                SimDisk after = found.crash(CrashModel.LOSE_ALL, 0);
                try (LogStore store = open(after)) {
                    checkHead(store, source, 24);
                    assertTrue(store.verify().isClean(), "call " + call + " " + model);
                }
            }
        }
    }

    private static LogStore open(Storage storage) {
        return LogStore.open(storage, LogOptions.bulk().withSegmentBytes(64 << 10));
    }

    private static void importInto(SimDisk disk, DevChain source) {
        try (LogStore store = open(disk)) {
            sync(store, source, source.genesis(), 10);
        }
    }

    // ---- blocks that break a rule, and bytes that are no block

    /** Runs a source that is bad at 40 and expects the named stage to say so; then a whole one. */
    private BadItemException assertBadItem(TamperedSource bad, DevChain whole, String stage) {
        SimDisk disk = new SimDisk();
        try (LogStore store = open(disk)) {
            BadItemException e =
                    assertThrows(
                            BadItemException.class, () -> sync(store, bad, whole.genesis(), 16));
            assertEquals(40, e.height(), e.getMessage());
            assertEquals(stage, e.stage(), e.getMessage());
            assertTrue(store.verify().isClean());
            return e;
        }
    }

    private static byte[] with(byte[] header, HeaderField field, byte[] value) {
        BlockHeader decoded = BlockHeader.decode(header);
        BlockHeader.Builder changed = new BlockHeader.Builder();
        for (HeaderField each : HeaderField.values()) {
            if (decoded.has(each)) {
                changed.set(each, each == field ? value : decoded.bytes(each));
            }
        }
        return changed.build().rlp();
    }

    @Test
    void shouldStopAtABlockWithAnotherParent() {
        DevChain whole = DevChain.of(DEV);
        TamperedSource bad =
                new TamperedSource(whole, 40)
                        .header(h -> with(h, HeaderField.PARENT_HASH, new byte[32]));
        assertTrue(assertBadItem(bad, whole, "headers").reason().contains("parent"));
    }

    @Test
    void shouldStopAtABlockWithAnotherNumber() {
        DevChain whole = DevChain.of(DEV);
        TamperedSource bad =
                new TamperedSource(whole, 40)
                        .header(h -> with(h, HeaderField.NUMBER, new byte[] {41}));
        assertTrue(assertBadItem(bad, whole, "headers").reason().contains("number"));
    }

    @Test
    void shouldStopAtAnotherTotalDifficulty() {
        DevChain whole = DevChain.of(DEV);
        TamperedSource bad = new TamperedSource(whole, 40).difficulty(d -> d.add(BigInteger.ONE));
        assertTrue(assertBadItem(bad, whole, "headers").reason().contains("total difficulty"));
    }

    @Test
    void shouldStopAtABodyThatItsHeaderDoesNotName() {
        DevChain whole = DevChain.of(DEV);
        byte[] empty = {(byte) 0xc2, (byte) 0xc0, (byte) 0xc0};
        TamperedSource bad = new TamperedSource(whole, 40).body(body -> empty);
        assertTrue(assertBadItem(bad, whole, "bodies").reason().contains("transactions root"));
        TamperedSource other =
                new TamperedSource(whole, 40).receipts(receipts -> new byte[] {(byte) 0xc0});
        assertTrue(assertBadItem(other, whole, "bodies").reason().contains("receipts root"));
    }

    /** The last block, so that no child names its hash. */
    @Test
    void shouldStopAtAWrongStateRootAndKeepTheBlocksBefore() {
        DevChain whole = DevChain.of(new DevChainOptions(40, 3, 7));
        TamperedSource bad =
                new TamperedSource(whole, 40)
                        .header(h -> with(h, HeaderField.STATE_ROOT, new byte[32]));
        SimDisk disk = new SimDisk();
        try (LogStore store = open(disk)) {
            BadItemException e =
                    assertThrows(
                            BadItemException.class, () -> sync(store, bad, whole.genesis(), 16));
            assertEquals("state-root", e.stage());
            assertEquals(40, e.height());
            assertArrayEquals(keccak.hash(bad.header(40)), e.id().bytes());
            assertTrue(e.reason().contains("state root"), e.reason());
        }
        SimDisk later = disk.crash(CrashModel.LOSE_ALL, 0);
        try (LogStore store = open(later)) {
            BadItemException again =
                    assertThrows(
                            BadItemException.class, () -> sync(store, bad, whole.genesis(), 16));
            assertEquals(40, again.height());
            assertTrue(store.verify().isClean());
        }
    }

    @Test
    void shouldNameTheSourceWhenBytesAreNoHeaderAndNoBody() {
        DevChain whole = DevChain.of(DEV);
        TamperedSource badHeader =
                new TamperedSource(whole, 40).header(h -> Arrays.copyOf(h, h.length - 1));
        TamperedSource badBody =
                new TamperedSource(whole, 40).body(b -> Arrays.copyOf(b, b.length - 1));
        for (TamperedSource bad : new TamperedSource[] {badHeader, badBody}) {
            try (LogStore store = open(new SimDisk())) {
                SourceException e =
                        assertThrows(
                                SourceException.class,
                                () -> sync(store, bad, whole.genesis(), 16));
                assertTrue(e.toString().contains("block 40"), e.getMessage());
                assertEquals(40, e.offset());
                assertTrue(store.verify().isClean());
                sync(store, whole, whole.genesis(), 16);
                checkHead(store, whole, BLOCKS);
            }
        }
    }

    @Test
    void shouldRefuseAnotherGenesis() {
        DevChain one = DevChain.of(DEV);
        DevChain other = DevChain.of(new DevChainOptions(5_000, 1_000, 7));
        try (LogStore store = open(new SimDisk())) {
            BadItemException e =
                    assertThrows(
                            BadItemException.class, () -> sync(store, one, other.genesis(), 16));
            assertEquals(0, e.height());
        }
    }

    @Test
    void shouldSayThatABlockNeedsAnEvmAndKeepWhatCameBefore() {
        Genesis genesis = Genesis.read(ChainFiles.path("execution-apis/genesis.json"));
        try (BlockSource source =
                        GenesisFirst.of(
                                RlpFileSource.open(ChainFiles.path("execution-apis/chain.rlp")),
                                genesis);
                LogStore store = open(new SimDisk())) {
            UnsupportedBlockException e =
                    assertThrows(
                            UnsupportedBlockException.class,
                            () -> sync(store, source, genesis, 16));
            assertTrue(e.toString().contains("EVM"), e.getMessage());
            long executed =
                    store.snapshot()
                            .lastHeight(
                                    Objects.requireNonNull(
                                            store.findTable("eth.account-change")));
            assertEquals(e.height() - 1, executed);
        }
    }
}
