package dev.varve.sync.ethereum.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.exec.AccessHints;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.BlockInput;
import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.StatisticsLevel;
import dev.varve.sync.ethereum.ChainFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Twenty blocks of the main network, 4,464 transactions, in every mode with 1 to 8 threads. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class RecordedBlocksTest {

    private static final int MAX_THREADS = 8;

    /** Transactions for each thread below which ADAPTIVE does not think of threads. */
    private static final int LEAST_PER_THREAD = 4;

    private static final String TABLE_HEAD =
            "| block | txs | depend on none | strict | longest chain"
                    + " | account / storage conflicts |";

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEqualTheRecordWhenExecutedByAnyNumberOfThreads(ExecutorMode mode)
            throws IOException {
        List<RecordedReplay> blocks = blocks();
        assertEquals(20, blocks.size());
        assertEquals(4_464, blocks.stream().mapToInt(RecordedReplay::count).sum());
        for (int threads = 1; threads <= MAX_THREADS; threads++) {
            try (BlockExecutor executor = executor(mode, threads)) {
                for (RecordedReplay block : blocks) {
                    BlockOutcome<Boolean> outcome = block.executeOn(executor);
                    assertNull(block.differenceFromRecord(outcome), outcome.stats().toString());
                }
            }
        }
    }

    /** What is known of the keys: nothing, or something, some of it wrong. */
    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEqualTheRecordWhenKeysAreUnknownOrGuessed(ExecutorMode mode) throws IOException {
        List<RecordedReplay> blocks = blocks();
        for (int threads = 1; threads <= MAX_THREADS; threads++) {
            try (BlockExecutor executor = executor(mode, threads)) {
                for (RecordedReplay block : blocks) {
                    assertEqualsRecord(block, executor, new Guess(block));
                    if (mode != ExecutorMode.ORDERED_LOCKS) { // which refuses that
                        assertEqualsRecord(block, executor, null);
                    }
                }
            }
        }
    }

    private static void assertEqualsRecord(
            RecordedReplay block, BlockExecutor executor, @Nullable AccessHints hints) {
        BlockOutcome<Boolean> outcome =
                executor.execute(block, block.count(), block, hints, null);
        assertNull(
                block.differenceFromRecord(outcome),
                () -> (hints == null ? "no hints, " : "guesses, ") + outcome.stats());
    }

    /** Short blocks in sequence; of the others the first, and then what is to be tried. */
    @Test
    void shouldTryTheModeThatTheHintsAllowWhenAdaptive() throws IOException {
        List<RecordedReplay> blocks = blocks();
        for (int threads = 2; threads <= MAX_THREADS; threads++) {
            assertEquals(
                    EnumSet.of(ExecutorMode.SEQUENTIAL, ExecutorMode.ORDERED_LOCKS),
                    modesOfAdaptive(threads, blocks, block -> block));
            assertEquals(
                    EnumSet.of(ExecutorMode.SEQUENTIAL, ExecutorMode.SPECULATIVE),
                    modesOfAdaptive(threads, blocks, Guess::new));
            assertEquals(
                    EnumSet.of(ExecutorMode.SEQUENTIAL, ExecutorMode.SPECULATIVE),
                    modesOfAdaptive(threads, blocks, block -> null));
        }
        assertEquals(
                EnumSet.of(ExecutorMode.SEQUENTIAL), modesOfAdaptive(1, blocks, block -> block));
        assertEquals(
                EnumSet.of(ExecutorMode.SEQUENTIAL), modesOfAdaptive(1, blocks, block -> null));
    }

    private static Set<ExecutorMode> modesOfAdaptive(
            int threads,
            List<RecordedReplay> blocks,
            Function<RecordedReplay, @Nullable AccessHints> hints) {
        Set<ExecutorMode> modes = EnumSet.noneOf(ExecutorMode.class);
        try (BlockExecutor executor = executor(ExecutorMode.ADAPTIVE, threads)) {
            for (RecordedReplay block : blocks) {
                BlockOutcome<Boolean> outcome =
                        executor.execute(block, block.count(), block, hints.apply(block), null);
                assertNull(block.differenceFromRecord(outcome));
                ExecutorMode mode = outcome.stats().mode();
                modes.add(mode);
                if (block.count() < LEAST_PER_THREAD * threads) {
                    assertEquals(ExecutorMode.SEQUENTIAL, mode, block.count() + " transactions");
                }
            }
        }
        return modes;
    }

    /** Decision 0010 has the table; speculation that knows nothing must find the same. */
    @ParameterizedTest
    @EnumSource(names = {"SEQUENTIAL", "SPECULATIVE"})
    void shouldDependOnEachOtherAsTheDecisionSays(ExecutorMode mode) throws IOException {
        List<String> rows = new ArrayList<>();
        int count = 0;
        int dependent = 0;
        int dependentStrict = 0;
        try (RecordedBlocks source = source();
                BlockExecutor executor = executor(mode, 4)) {
            for (RecordedBlock block = source.next(); block != null; block = source.next()) {
                RecordedReplay replay = new RecordedReplay(block, Work.NONE);
                DependencyStats found =
                        Objects.requireNonNull(
                                executor.execute(replay, replay.count(), replay)
                                        .stats()
                                        .dependencies());
                rows.add(row(block.number(), found));
                count += found.transactions();
                dependent += found.dependent();
                dependentStrict += found.dependentStrict();
            }
        }
        rows.add(
                "| **all** | **%d** | **%s** | **%s** | | |"
                        .formatted(
                                count,
                                percent(1 - (double) dependent / count),
                                percent(1 - (double) dependentStrict / count)));
        assertEquals(tableOfDecision(), rows);
    }

    private static String row(long number, DependencyStats found) {
        Map<String, Long> conflicts = found.conflictsByKind();
        return "| %d | %d | %s | %s | %d | %d / %d |"
                .formatted(
                        number,
                        found.transactions(),
                        percent(found.parallelShare()),
                        percent(found.parallelShareStrict()),
                        found.criticalPath(),
                        conflicts.getOrDefault("account", 0L),
                        conflicts.getOrDefault("storage", 0L));
    }

    private static String percent(double share) {
        return share == 1 ? "100 %" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static List<String> tableOfDecision() throws IOException {
        Path page =
                Path.of(
                        System.getProperty("varve.root"),
                        "docs",
                        "decisions",
                        "0010-block-executor.md");
        List<String> lines = Files.readAllLines(page);
        int head = lines.indexOf(TABLE_HEAD);
        assertTrue(head >= 0, "no table with the head " + TABLE_HEAD);
        return lines.subList(head + 2, lines.size()).stream()
                .takeWhile(line -> line.startsWith("|"))
                .toList();
    }

    /** Leaves out keys of a transaction, and names some of another one instead. */
    private record Guess(RecordedReplay block) implements AccessHints {

        @Override
        public Precision precision() {
            return Precision.HINT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            if (index % 3 != 0) {
                block.declare(index, sink);
            }
            if (index % 2 == 0) {
                block.declare((index + 1) % block.count(), sink);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldEqualTheRecordWhenEachBlockIsAnnounced(ExecutorMode mode) throws IOException {
        List<RecordedReplay> blocks = blocks();
        List<BlockInput<Boolean>> inputs = blocks.stream().map(RecordedReplay::input).toList();
        for (int threads = 1; threads <= MAX_THREADS; threads++) {
            try (BlockExecutor executor = executor(mode, threads)) {
                for (int i = 0; i < blocks.size(); i++) {
                    BlockInput<Boolean> next = i + 1 < inputs.size() ? inputs.get(i + 1) : null;
                    BlockOutcome<Boolean> outcome = executor.execute(inputs.get(i), next);
                    assertNull(blocks.get(i).differenceFromRecord(outcome));
                }
            }
        }
    }

    @Test
    void shouldEqualTheSequentialModeInAllThatIsReported() throws IOException {
        try (BlockExecutor reference = executor(ExecutorMode.SEQUENTIAL, 1);
                BlockExecutor ordered = executor(ExecutorMode.ORDERED_LOCKS, 3);
                BlockExecutor speculative = executor(ExecutorMode.SPECULATIVE, 3)) {
            for (RecordedReplay block : blocks()) {
                List<String> expected = report(block, reference);
                assertEquals(expected, report(block, ordered));
                assertEquals(expected, report(block, speculative));
            }
        }
    }

    /** What does not depend on the schedule: commits in order, writes in order, dependencies. */
    private static List<String> report(RecordedReplay block, BlockExecutor executor) {
        List<String> report = new ArrayList<>();
        BlockOutcome<Boolean> outcome =
                executor.execute(
                        block,
                        block.count(),
                        block,
                        block,
                        (index, result, failure) -> report.add(index + " " + result + failure));
        HexFormat hex = HexFormat.of();
        outcome.batch()
                .forEach(
                        (key, value) ->
                                report.add(
                                        hex.formatHex(key) + " = "
                                                + (value == null ? "" : hex.formatHex(value))));
        DependencyStats stats = Objects.requireNonNull(outcome.stats().dependencies());
        report.add(stats.dependent() + " of " + stats.dependentStrict() + " strictly");
        report.add(stats.criticalPath() + " of " + stats.criticalPathStrict() + " strictly");
        report.add(stats.conflictsByKind().toString());
        return report;
    }

    private static List<RecordedReplay> blocks() throws IOException {
        List<RecordedReplay> blocks = new ArrayList<>();
        try (RecordedBlocks source = source()) {
            RecordedBlock block = source.next();
            while (block != null) {
                blocks.add(new RecordedReplay(block, Work.NONE));
                block = source.next();
            }
        }
        return blocks;
    }

    private static RecordedBlocks source() throws IOException {
        Path file = ChainFiles.path("mainnet-rwsets-20blocks.jsonl.gz");
        return new RecordedBlocks(file.toString(), Files.newInputStream(file));
    }

    private static BlockExecutor executor(ExecutorMode mode, int threads) {
        return BlockExecutor.builder()
                .mode(mode)
                .threads(threads, RecordedBlocksTest::daemon)
                .statistics(StatisticsLevel.DEPENDENCIES, RecordedReplay.KINDS)
                .build();
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "recorded-blocks-worker");
        thread.setDaemon(true);
        return thread;
    }
}
