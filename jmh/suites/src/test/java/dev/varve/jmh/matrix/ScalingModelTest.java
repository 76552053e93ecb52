package dev.varve.jmh.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.exec.AccessHints;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.KeyClassifier;
import dev.varve.engine.exec.StatisticsLevel;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class ScalingModelTest {

    private static final int COUNT = 12;

    /** Transactions of which each names one key. */
    private record OneKey(int keys) implements AccessHints {

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            sink.write(new byte[] {(byte) (index % keys)});
        }
    }

    @Test
    void shouldNeedOneRoundForEachWhenAllTransactionsShareAKey() {
        ScalingModel chain = new ScalingModel(new OneKey(1), COUNT);
        assertEquals(COUNT, chain.rounds(1));
        assertEquals(COUNT, chain.rounds(16));
        assertEquals(1.0, chain.speedUp(16, 100, 0));
        assertEquals(0.5, chain.speedUp(16, 100, 100));
    }

    @Test
    void shouldScaleWithTheThreadsWhenNothingIsShared() {
        ScalingModel free = new ScalingModel(new OneKey(COUNT), COUNT);
        assertEquals(4, free.rounds(3));
        assertEquals(1, free.rounds(COUNT));
        assertEquals(3.0, free.speedUp(3, 100, 0));
    }

    @Test
    void shouldNeverNeedMoreRoundsWithMoreThreadsAndNeverFewerThanTheLongestChain() {
        SyntheticTransfers block = new SyntheticTransfers(20, 500, Work.NONE, 3);
        ScalingModel model = new ScalingModel(block, block.count());
        int longestChain = dependencies(block).criticalPath();
        assertEquals(longestChain, model.rounds(block.count()));
        for (int threads = 1; threads < 16; threads++) {
            assertTrue(model.rounds(threads) >= model.rounds(threads + 1), "threads " + threads);
            assertTrue(model.rounds(threads) >= block.count() / threads, "threads " + threads);
        }
    }

    /** As the executor finds them while it runs the block. */
    private static DependencyStats dependencies(SyntheticTransfers block) {
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.SEQUENTIAL)
                        .statistics(StatisticsLevel.DEPENDENCIES, KeyClassifier.NONE)
                        .build()) {
            BlockOutcome<Void> outcome = block.executeOn(executor);
            return Objects.requireNonNull(outcome.stats().dependencies());
        }
    }
}
