package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Batch;
import dev.varve.logstore.Durability;
import dev.varve.logstore.IndexOptions;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a block writes goes into the log as one commit, block after block, each executed on the
 * state that the log holds. The power is cut at every call: what comes back is the first blocks,
 * each whole and in the order of its batch, all that were acknowledged among them; and the others
 * can be executed on it.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class BlockCommitCrashTest {

    private static final TableSpec STATE = TableSpec.byKey("state");
    private static final TableSpec RESULTS = TableSpec.byHeight("results");
    private static final LogOptions OPTIONS =
            LogOptions.defaults()
                    .withSegmentBytes(64 << 10)
                    .withDurability(Durability.GROUP)
                    .withIndex(IndexOptions.defaults().withPageCacheBytes(64 << 10));
    private static final long SEED = 0xC_0010L;
    private static final int PARTS = 12;
    private static final int MOST_TRANSACTIONS = 2_000;
    private static final int THREADS = 3;

    /** A block of the row; its height is its number. */
    private record Block(int count, TxProgram<Long> program, @Nullable AccessHints hints) {}

    private final List<Block> blocks = new ArrayList<>();

    /** By height: what the sequential mode writes, in order, and then its outcomes. */
    private final List<List<String>> expected = new ArrayList<>();

    private final BlockExecutor speculative = executor(ExecutorMode.SPECULATIVE);
    private final BlockExecutor ordered = executor(ExecutorMode.ORDERED_LOCKS);

    BlockCommitCrashTest() {
        ScriptBlock all = new BlockGenerator(SEED, MOST_TRANSACTIONS).next();
        blocks.add(new Block(1, (index, view) -> putBase(all, view), null));
        for (int i = 0; i < PARTS; i++) {
            int from = all.count() * i / PARTS;
            int to = all.count() * (i + 1) / PARTS;
            ScriptBlock part = all.with(all.transactions.subList(from, to));
            AccessHints hints = new ScriptHints(part, AccessHints.Precision.EXACT, SEED);
            blocks.add(new Block(part.count(), part, i % 2 == 0 ? null : hints));
        }
        Map<ByteBuffer, byte[]> state = new HashMap<>();
        try (BlockExecutor sequential = executor(ExecutorMode.SEQUENTIAL)) {
            for (Block block : blocks) {
                BlockOutcome<Long> outcome =
                        sequential.execute(
                                key -> state.get(ByteBuffer.wrap(key)),
                                block.count(),
                                block.program());
                List<String> records = new ArrayList<>();
                outcome.batch()
                        .forEach(
                                (key, value) -> {
                                    records.add(BlockRecord.write(key, value));
                                    ByteBuffer copy = ByteBuffer.wrap(key.clone());
                                    state.compute(copy, (same, before) -> value);
                                });
                records.add(summary(outcome));
                expected.add(records);
            }
        }
    }

    /** The first block writes what the others find. */
    private static long putBase(ScriptBlock all, TxView view) {
        for (int k = 0; k < all.universe; k++) {
            byte[] value = all.get(all.key(k));
            if (value != null) {
                view.put(all.key(k), value);
            }
        }
        return all.universe;
    }

    private static BlockExecutor executor(ExecutorMode mode) {
        return BlockExecutor.builder().mode(mode).threads(THREADS, Setup.DAEMONS).build();
    }

    @AfterEach
    void close() {
        speculative.close();
        ordered.close();
    }

    /** How a block gets into the log. */
    private interface Writer {
        void write(LogStore log, int height, BlockOutcome<Long> outcome);
    }

    private static void asOneCommit(LogStore log, int height, BlockOutcome<Long> outcome) {
        try (Batch records = log.newBatch()) {
            addState(log, height, outcome.batch(), records);
            addResults(log, height, outcome, records);
            log.commit(records);
        }
    }

    /** The bug that the test must see. */
    private static void asTwoCommits(LogStore log, int height, BlockOutcome<Long> outcome) {
        try (Batch records = log.newBatch()) {
            addState(log, height, outcome.batch(), records);
            log.commit(records);
            records.clear();
            addResults(log, height, outcome, records);
            log.commit(records);
        }
    }

    private static void addState(LogStore log, int height, WriteBatch writes, Batch records) {
        Table state = log.table(STATE);
        writes.forEach(
                (key, value) -> {
                    if (value == null) {
                        records.delete(state, height, key);
                    } else {
                        records.put(state, height, key, value);
                    }
                });
    }

    private static void addResults(
            LogStore log, int height, BlockOutcome<Long> outcome, Batch records) {
        byte[] results = summary(outcome).getBytes(StandardCharsets.UTF_8);
        records.put(log.table(RESULTS), height, results);
    }

    private static String summary(BlockOutcome<Long> outcome) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < outcome.size(); i++) {
            text.append(BlockRecord.line(i, outcome.result(i), outcome.failure(i))).append('\n');
        }
        return text.toString();
    }

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldHoldWholeBlocksInOrderWhereverThePowerIsCut(CrashModel model) {
        assertEquals(List.of(), failures(model, BlockCommitCrashTest::asOneCommit));
    }

    @Test
    void shouldNoticeABlockInTwoCommits() {
        assertFalse(failures(CrashModel.KEEP_ALL, BlockCommitCrashTest::asTwoCommits).isEmpty());
    }

    /** What is wrong after a crash, with the call at which the power was cut. */
    private List<String> failures(CrashModel model, Writer writer) {
        SimDisk whole = new SimDisk();
        assertEquals(blocks.size(), live(whole, 0, writer));
        long calls = whole.calls();
        assertTrue(calls > 100, "calls " + calls);
        List<String> failures = new ArrayList<>();
        for (long call = 1; call <= calls; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            int acknowledged = live(disk, 0, writer);
            try {
                SimDisk found = disk.crash(model, call);
                int next = check(found, acknowledged);
                SimDisk again = found.restart();
                assertEquals(blocks.size(), live(again, next, writer), "executed then");
                assertEquals(blocks.size(), check(again.restart(), blocks.size()));
            } catch (AssertionError | RuntimeException e) {
                failures.add("seed " + SEED + ", " + model + " at call " + call + ": " + e);
            }
        }
        return failures;
    }

    /** Executes and commits the blocks from a height on; returns below which all are in the log. */
    private int live(SimDisk disk, int from, Writer writer) {
        int height = from;
        try (LogStore log = LogStore.open(disk, OPTIONS)) {
            log.table(RESULTS);
            Table state = log.table(STATE);
            for (; height < blocks.size(); height++) {
                Snapshot before = log.snapshot();
                writer.write(log, height, execute(blocks.get(height), before, state));
            }
        } catch (SimPowerCut e) {
            // what is left is looked at from outside
        }
        return height;
    }

    private BlockOutcome<Long> execute(Block block, Snapshot before, Table state) {
        BlockExecutor executor = block.hints() == null ? speculative : ordered;
        return executor.execute(
                key -> before.get(state, key),
                block.count(),
                block.program(),
                block.hints(),
                null);
    }

    /** Compares all that is in the log; returns the height of the first block that is not. */
    private int check(SimDisk disk, int acknowledged) {
        List<List<String>> found = new ArrayList<>();
        try (LogStore log = LogStore.open(disk, OPTIONS)) {
            int results = log.table(RESULTS).id();
            log.replay(0, record -> add(record, results, found));
        }
        assertTrue(found.size() >= acknowledged, found.size() + " blocks of " + acknowledged);
        for (int height = 0; height < found.size(); height++) {
            assertEquals(expected.get(height), found.get(height), "block " + height);
        }
        return found.size();
    }

    private static void add(LogRecord record, int results, List<List<String>> found) {
        if (record.kind() == LogRecord.Kind.REGISTRY) {
            return;
        }
        while (found.size() <= record.height()) {
            found.add(new ArrayList<>());
        }
        String text = record.table() == results ? utf8(record) : line(record);
        found.get((int) record.height()).add(text);
    }

    private static String line(LogRecord record) {
        boolean isDeleted = record.kind() == LogRecord.Kind.DELETE;
        return BlockRecord.write(bytes(record.key()), isDeleted ? null : bytes(record.value()));
    }

    private static String utf8(LogRecord record) {
        return new String(bytes(record.value()), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }
}
