package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Twenty real mainnet blocks, 4,464 transactions, in every mode with 1 to 8 threads. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class RecordedBlocksTest {

    @Test
    void shouldEqualTheRecordWhenExecutedInEveryMode() throws IOException {
        List<RecordedBlock> blocks = blocks();
        assertEquals(20, blocks.size());
        assertEquals(4_464, blocks.stream().mapToInt(b -> b.transactions().size()).sum());
        for (ExecutorMode mode : ExecutorMode.values()) {
            for (int threads = 1; threads <= 8; threads++) {
                try (BlockExecutor executor = executor(mode, threads)) {
                    for (RecordedBlock block : blocks) {
                        checkAgainstRecord(executor, block);
                    }
                }
            }
        }
    }

    @Test
    void shouldEqualTheSequentialModeInAllThatIsReported() throws IOException {
        try (BlockExecutor reference = executor(ExecutorMode.SEQUENTIAL, 1);
                BlockExecutor ordered = executor(ExecutorMode.ORDERED_LOCKS, 3);
                BlockExecutor speculative = executor(ExecutorMode.SPECULATIVE, 3)) {
            for (RecordedBlock block : blocks()) {
                RecordedReplay replay = new RecordedReplay(block, 0);
                int count = replay.count();
                BlockRecord expected = BlockRecord.of(reference, replay, count, replay, null);
                for (BlockExecutor executor : List.of(ordered, speculative)) {
                    BlockRecord actual = BlockRecord.of(executor, replay, count, replay, replay);
                    assertNull(expected.difference(actual), "block " + block.number());
                }
            }
        }
    }

    private static void checkAgainstRecord(BlockExecutor executor, RecordedBlock block) {
        RecordedReplay replay = new RecordedReplay(block, 0);
        BlockOutcome<Boolean> outcome =
                executor.execute(replay, replay.count(), replay, replay, null);
        String where = "block " + block.number() + " " + outcome.stats().mode();
        for (int i = 0; i < replay.count(); i++) {
            assertNull(outcome.failure(i), where);
            assertEquals(true, outcome.result(i), where + " transaction " + i);
        }
        Map<String, byte[]> written = new HashMap<>();
        outcome.batch()
                .forEach(
                        (key, value) -> {
                            assertTrue(value != null, where);
                            written.put(new String(key, StandardCharsets.US_ASCII), value);
                        });
        replay.expected()
                .forEach((key, value) -> assertArrayEquals(value, written.get(key), where + key));
    }

    private static List<RecordedBlock> blocks() throws IOException {
        Assumptions.assumeTrue(
                Files.exists(RecordedBlocks.file()), "no recorded blocks on this machine");
        return RecordedBlocks.read(RecordedBlocks.file());
    }

    private static BlockExecutor executor(ExecutorMode mode, int threads) {
        return BlockExecutor.builder()
                .mode(mode)
                .threads(threads, Setup.DAEMONS)
                .statistics(StatisticsLevel.DEPENDENCIES, RecordedReplay.KINDS)
                .build();
    }
}
