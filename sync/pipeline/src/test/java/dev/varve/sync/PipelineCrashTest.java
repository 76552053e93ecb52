package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Durability;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.sync.contract.PowerCutCheck;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a power cut leaves of a pipeline's commits, beyond what every stage must keep. */
final class PipelineCrashTest {

    private static final int ITEMS = 8;

    /** The bug that the whole design is against: progress a moment after the data. */
    private static final Committer PROGRESS_OUTSIDE_THE_BATCH =
            (store, batch, unit) -> {
                unit.addRecords(batch);
                store.commit(batch);
                batch.clear();
                unit.addProgress(batch);
                store.commit(batch);
            };

    /** The same bug the other way round. */
    private static final Committer PROGRESS_BEFORE_THE_BATCH =
            (store, batch, unit) -> {
                unit.addProgress(batch);
                store.commit(batch);
                batch.clear();
                unit.addRecords(batch);
                store.commit(batch);
            };

    private static Function<LogStore, Pipeline> pipelines(int tipGap, Committer committer) {
        return store ->
                Pipeline.over(store)
                        .stages(Toys.stages())
                        .options(
                                PipelineOptions.defaults()
                                        .withLimits(StepLimits.defaults().withMaxItems(ITEMS))
                                        .withTipGap(tipGap))
                        .environment(
                                new Environment(
                                        System::nanoTime, StopSignal.Sleeper.REAL, committer))
                        .build();
    }

    private static PowerCutCheck check(int tipGap, Committer committer) {
        return new PowerCutCheck(Toys.workload(ITEMS), pipelines(tipGap, committer));
    }

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldFindAllStagesAtOneHeightWhenPowerIsCutAtTheTip(CrashModel model) {
        long cuts =
                check(ITEMS, Committer.ONE_BATCH)
                        .durability(Durability.GROUP)
                        .alsoHolds(PipelineCrashTest::assertOneHeight)
                        .run(model, 11);
        assertTrue(cuts > 20, () -> "only " + cuts + " cuts");
    }

    private static void assertOneHeight(List<Progress> all) {
        Set<Long> heights = all.stream().map(Progress::next).collect(Collectors.toSet());
        assertTrue(heights.size() <= 1, all::toString);
        assertTrue(all.isEmpty() || all.size() == Toys.stages().size(), all::toString);
    }

    /** Shows that the checks of the contract would see the bug, with either durability. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void shouldCatchProgressOutsideTheBatch(Durability durability) {
        for (int tipGap : new int[] {0, ITEMS}) {
            for (Committer bug : List.of(PROGRESS_OUTSIDE_THE_BATCH, PROGRESS_BEFORE_THE_BATCH)) {
                PowerCutCheck check = check(tipGap, bug).durability(durability);
                AssertionError caught =
                        assertThrows(AssertionError.class, () -> runAll(check), "tipGap " + tipGap);
                assertTrue(
                        String.valueOf(caught.getMessage()).contains("whose progress is"),
                        caught::getMessage);
            }
        }
    }

    private static void runAll(PowerCutCheck check) {
        for (CrashModel model : CrashModel.values()) {
            assertTrue(check.run(model, 12) > 0);
        }
    }
}
