package dev.varve.sync.ethereum.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.sync.BadItemException;
import dev.varve.sync.Pipeline;
import dev.varve.sync.Stage;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.SenderRecovery;
import dev.varve.sync.ethereum.Transaction;
import dev.varve.sync.ethereum.crypto.SRange;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.source.SendingAuthors;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The execution stage on several threads: the same tables and faults, no thread of its own. */
final class ParallelExecutionTest {

    private static final HexFormat HEX = HexFormat.of();

    /** The stages compare every state root with the generator's, which applies fees in order. */
    @ParameterizedTest
    @CsvSource({"30,2", "30,5", "24,80"})
    void shouldLeaveTheSameTablesWithAnyNumberOfThreads(long blocks, int transactions) {
        DevChain source = SendingAuthors.chain(new DevChainOptions(blocks, transactions, 11));
        SortedMap<String, String> expected =
                tables(source, EthereumStages.of(source, source.genesis()));
        assertTrue(expected.size() > blocks);
        for (ExecutorMode mode : List.of(ExecutorMode.SPECULATIVE, ExecutorMode.ADAPTIVE)) {
            for (int threads : new int[] {1, 2, 4}) {
                try (BlockExecutor executor =
                        EthereumStages.executor().mode(mode).threads(threads, daemons()).build()) {
                    List<Stage> stages =
                            EthereumStages.of(source, source.genesis(), executor);
                    assertEquals(expected, tables(source, stages), threads + " threads " + mode);
                }
            }
        }
    }

    /** Or the test above would not show what it is for. */
    @Test
    void shouldMeetBlocksWhoseAuthorSendsAndBlocksWhoseAuthorOnlyReceives() {
        DevChain source = SendingAuthors.chain(new DevChainOptions(24, 80, 11));
        SenderRecovery recovery = new SenderRecovery();
        int sending = 0;
        int receiving = 0;
        int apart = 0;
        for (long height = 1; height <= 24; height++) {
            byte[] author = BlockHeader.decode(source.header(height)).coinbase();
            List<Transaction> transactions = BlockBody.decode(source.body(height)).transactions();
            boolean isSender =
                    transactions.stream()
                            .anyMatch(
                                    t -> Arrays.equals(recovery.sender(t, SRange.LOW), author));
            boolean isRecipient =
                    transactions.stream().anyMatch(t -> Arrays.equals(t.to(), author));
            sending += isSender ? 1 : 0;
            receiving += isRecipient ? 1 : 0;
            apart += isSender || isRecipient ? 0 : 1;
        }
        assertTrue(sending > 0 && receiving > 0 && apart > 0, sending + " " + receiving);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void shouldNameTheFirstInvalidTransactionWithAnyNumberOfThreads(int threads) {
        DevChain whole = DevChain.of(new DevChainOptions(5, 20, 3));
        List<byte[]> values =
                new ArrayList<>(BlockBody.decode(whole.body(5)).transactionValues());
        values.set(9, values.get(0));
        values.set(15, values.get(1));
        values.set(16, values.get(2));
        TamperedSource bad =
                new TamperedSource(whole, 5)
                        .body(body -> withTransactions(body, values))
                        .header(header -> withRoot(header, OrderedRoot.of(values)));
        try (BlockExecutor executor =
                        EthereumStages.executor().threads(threads, daemons()).build();
                LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk())) {
            List<Stage> stages = EthereumStages.of(bad, whole.genesis(), executor);
            BadItemException e =
                    assertThrows(BadItemException.class, () -> run(store, bad, stages));
            assertEquals(5, e.height());
            assertEquals("execution", e.stage());
            assertTrue(e.reason().startsWith("its transaction 9 is not valid: its nonce is "));
        }
    }

    @Test
    void shouldStartNoThreadButThoseOfTheFactory() {
        DevChain source = DevChain.of(new DevChainOptions(3, 8, 3));
        AtomicInteger started = new AtomicInteger();
        ThreadFactory counting =
                task -> {
                    started.incrementAndGet();
                    return daemons().newThread(task);
                };
        try (BlockExecutor executor = EthereumStages.executor().threads(3, counting).build()) {
            tables(source, EthereumStages.of(source, source.genesis(), executor));
        }
        assertEquals(2, started.get());
    }

    private static ThreadFactory daemons() {
        return task -> {
            Thread thread = new Thread(task, "test-exec");
            thread.setDaemon(true);
            return thread;
        };
    }

    private static void run(LogStore store, BlockSource source, List<Stage> stages) {
        try (Pipeline pipeline = Pipeline.over(store).stages(stages).build()) {
            pipeline.run(EthereumStages.target(source, Long.MAX_VALUE));
        }
    }

    /** What the execution left: the changes of every block, and the accounts at the end. */
    private static SortedMap<String, String> tables(DevChain source, List<Stage> stages) {
        SortedMap<String, String> found = new TreeMap<>();
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk())) {
            run(store, source, stages);
            Snapshot snapshot = store.snapshot();
            Table changes = table(store, ChainTables.ACCOUNT_CHANGE.name());
            Table accounts = table(store, ChainTables.ACCOUNT.name());
            for (long height = 0; height < source.end(); height++) {
                byte[] value = Objects.requireNonNull(snapshot.get(changes, height));
                found.put("change " + height, HEX.formatHex(value));
                AccountChanges.visit(
                        value,
                        (address, account) ->
                                found.put(
                                        "account " + address,
                                        hex(snapshot.get(accounts, address.bytes()))));
            }
        }
        return found;
    }

    private static Table table(LogStore store, String name) {
        return Objects.requireNonNull(store.findTable(name));
    }

    private static String hex(byte @Nullable [] value) {
        return value == null ? "none" : HEX.formatHex(value);
    }

    private static byte[] withTransactions(byte[] body, List<byte[]> values) {
        RlpWriter writer = new RlpWriter().startList().startList();
        values.forEach(writer::raw);
        writer.endList().startList();
        BlockBody.decode(body).uncles().forEach(uncle -> writer.raw(uncle.rlp()));
        return writer.endList().endList().toByteArray();
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
