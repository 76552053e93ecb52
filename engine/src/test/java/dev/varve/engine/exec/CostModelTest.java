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
        parallelBlocks(costs, 3_000, 1_600, 200);
        assertTrue(parallelBlocks(costs, 3_000, 1_600, 64) >= 62);
        parallelBlocks(costs, 3_000, 9_000, 20);
        assertTrue(parallelBlocks(costs, 3_000, 9_000, 64) <= 2);
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
