package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The choice of the mode, from made-up times. */
final class CostModelTest {

    private static final int COUNT = 1_000;

    @Test
    void shouldStaySequentialWhenTransactionsAreCheap() {
        CostModel costs = new CostModel(4);
        assertEquals(0, parallelBlocks(costs, 400, 300, 1_000));
    }

    @Test
    void shouldStaySequentialWhenBlocksAreShort() {
        CostModel costs = new CostModel(4);
        for (int i = 0; i < 100; i++) {
            assertEquals(ExecutorMode.SEQUENTIAL, costs.choose(15, ExecutorMode.SPECULATIVE));
            costs.observe(ExecutorMode.SEQUENTIAL, 15, 1_000_000);
        }
    }

    @Test
    void shouldProbeSeldomWhenNothingRunsInParallel() {
        CostModel costs = new CostModel(2);
        int probes = parallelBlocks(costs, 3_000, 9_000, 6_400);
        assertTrue(probes >= 90 && probes <= 120, probes + " probes");
    }

    @Test
    void shouldRunInParallelWhenThatIsFaster() {
        CostModel costs = new CostModel(2);
        int parallel = parallelBlocks(costs, 3_000, 1_600, 6_400);
        assertTrue(parallel >= 6_200, parallel + " in parallel");
    }

    @Test
    void shouldTurnRoundWhenTheLoadChanges() {
        CostModel costs = new CostModel(2);
        parallelBlocks(costs, 3_000, 9_000, 1_000);
        parallelBlocks(costs, 3_000, 1_600, 400);
        assertTrue(parallelBlocks(costs, 3_000, 1_600, 64) >= 62);
        parallelBlocks(costs, 3_000, 9_000, 20);
        assertTrue(parallelBlocks(costs, 3_000, 9_000, 64) <= 2);
    }

    @Test
    void shouldRunInParallelWhenItsFirstBlocksWereSlow() {
        CostModel costs = new CostModel(2);
        parallelBlocks(costs, 3_000, 9_000, 56); // young code, tried three times
        int parallel = parallelBlocks(costs, 3_000, 1_600, 100);
        assertTrue(parallel >= 95, parallel + " in parallel");
    }

    @Test
    void shouldKeepItsChoiceWhenSomeBlocksAreInterrupted() {
        CostModel costs = new CostModel(2);
        int parallel = 0;
        for (int i = 0; i < 6_400; i++) {
            ExecutorMode mode = costs.choose(COUNT, ExecutorMode.SPECULATIVE);
            parallel += mode == ExecutorMode.SPECULATIVE ? 1 : 0;
            long ns = mode == ExecutorMode.SPECULATIVE ? 3_300 : 3_000;
            costs.observe(mode, COUNT, (i % 7 == 0 ? 20 * ns : ns) * COUNT);
        }
        assertTrue(parallel <= 120, parallel + " in parallel");
    }

    @Test
    void shouldLeaveOutAPreparationWhenItIsOfAnotherBlock() {
        BlockTime time = new BlockTime();
        time.begin(1_000, false);
        time.addPreparation(600);
        time.left(3_010);
        time.left(3_000);
        assertEquals(2_000 - 300, time.ownNs(2));
        time.begin(5_000, true);
        time.left(6_000);
        assertEquals(1_000 + 300, time.ownNs(2));
        time.begin(7_000, false);
        time.left(8_000);
        assertEquals(1_000, time.ownNs(2));
    }

    @Test
    void shouldEndWithItsLastTransactionWhenAPreparationGoesOn() {
        BlockTime time = new BlockTime();
        time.begin(-1_000, false);
        time.addPreparation(1_000_000);
        time.left(1_000_100);
        time.left(1_000);
        assertEquals(1_000, time.ownNs(2));
    }

    /**
     * Short blocks, each with a long one announced that never comes; the helper never comes either,
     * so that all runs on one thread, and the clock shows what was done.
     */
    @Test
    void shouldRunInParallelWhenOnlyPreparationsAreDear() {
        Clock clock = new Clock();
        int parallel = 0;
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .threads(2, task -> new Thread(() -> {}))
                        .interference(clock)
                        .build()) {
            for (int i = 0; i < 640; i++) {
                BlockOutcome<Integer> outcome =
                        executor.execute(clock.block(COUNT), clock.block(20 * COUNT));
                parallel += outcome.stats().mode() == ExecutorMode.ORDERED_LOCKS ? 1 : 0;
            }
        }
        assertTrue(parallel >= 600, parallel + " in parallel");
    }

    /** A transaction takes 3,000 where one runs after the other, else 1,500; to declare it 500. */
    private static final class Clock implements Interference {

        private static final byte[] KEY = {1};

        private long now = -5;
        private boolean isOrdered;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void at(Point point, int index) {
            isOrdered = true; // only the modes with threads have such points
        }

        @Override
        public boolean rejects(int index) {
            return false;
        }

        BlockInput<Integer> block(int count) {
            AccessHints hints =
                    new AccessHints() {
                        @Override
                        public Precision precision() {
                            return Precision.EXACT;
                        }

                        @Override
                        public void declare(int index, KeySink sink) {
                            sink.write(KEY);
                            now += 500;
                        }
                    };
            TxProgram<Integer> program =
                    (index, view) -> {
                        now += isOrdered ? 1_500 : 3_000;
                        isOrdered = false;
                        return index;
                    };
            return new BlockInput<>(key -> null, count, program, hints, null);
        }
    }

    /** How many of some blocks run in parallel, at these costs per transaction. */
    private static int parallelBlocks(
            CostModel costs, long sequentialNs, long parallelNs, int blocks) {
        int parallel = 0;
        for (int i = 0; i < blocks; i++) {
            ExecutorMode mode = costs.choose(COUNT, ExecutorMode.SPECULATIVE);
            boolean isParallel = mode == ExecutorMode.SPECULATIVE;
            parallel += isParallel ? 1 : 0;
            costs.observe(mode, COUNT, (isParallel ? parallelNs : sequentialNs) * COUNT);
        }
        return parallel;
    }
}
