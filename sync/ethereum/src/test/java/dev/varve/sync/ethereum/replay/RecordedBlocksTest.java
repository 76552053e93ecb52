package dev.varve.sync.ethereum.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

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
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Twenty blocks of the main network, 4,464 transactions, in every mode with 1 to 8 threads. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class RecordedBlocksTest {

    private static final int MAX_THREADS = 8;

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
        Path file = ChainFiles.path("mainnet-rwsets-20blocks.jsonl.gz");
        List<RecordedReplay> blocks = new ArrayList<>();
        try (RecordedBlocks source =
                new RecordedBlocks(file.toString(), Files.newInputStream(file))) {
            RecordedBlock block = source.next();
            while (block != null) {
                blocks.add(new RecordedReplay(block, Work.NONE));
                block = source.next();
            }
        }
        return blocks;
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
