package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The reference mode against maps and big integers. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class SequentialModelTest {

    private static final long SEED = 0x5e9_0001L;
    private static final int BLOCKS = 20_000;

    @Test
    void shouldEqualTheNaiveModelWhenBlocksAreGenerated() {
        try (BlockExecutor executor =
                BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build()) {
            for (long seed = SEED; seed < SEED + BLOCKS; seed++) {
                ScriptBlock block = new BlockGenerator(seed, 24).next();
                BlockRecord expected = new NaiveModel(block).execute(block.count(), block);
                BlockRecord actual =
                        BlockRecord.of(executor, block, block.count(), block, null);
                assertNull(expected.difference(actual), "seed " + seed);
            }
        }
    }

    @Test
    void shouldEqualTheNaiveModelWhenAccessesAreDeclared() {
        try (BlockExecutor executor =
                BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build()) {
            for (long seed = SEED; seed < SEED + BLOCKS / 4; seed++) {
                ScriptBlock block = new BlockGenerator(seed, 24).next();
                AccessHints hints =
                        new ScriptHints(block, AccessHints.Precision.EXACT, seed);
                BlockRecord expected = new NaiveModel(block).execute(block.count(), block);
                BlockRecord actual =
                        BlockRecord.of(executor, block, block.count(), block, hints);
                assertNull(expected.difference(actual), "seed " + seed);
            }
        }
    }
}
