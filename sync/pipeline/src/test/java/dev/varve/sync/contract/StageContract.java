package dev.varve.sync.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.logstore.Durability;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.sync.CycleReport;
import dev.varve.sync.Pipeline;
import dev.varve.sync.PipelineOptions;
import dev.varve.sync.Progress;
import dev.varve.sync.StepLimits;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What stages must keep, whatever they do: inherit it, and say what stages and what chain.
 *
 * <p>However the heights are cut into steps and commits, wherever it is stopped and whenever the
 * power goes, the tables end up the same, and agree with the progress at every moment.
 */
public abstract class StageContract implements StageWorkload {

    private static final int STEP_ITEMS = 3;

    /** Stage by stage, some items at a time. */
    private static final PipelineOptions BULK = options(STEP_ITEMS, 0);

    private static PipelineOptions options(int maxItems, int tipGap) {
        return PipelineOptions.defaults()
                .withLimits(StepLimits.defaults().withMaxItems(maxItems))
                .withTipGap(tipGap);
    }

    private Pipeline pipeline(LogStore store, PipelineOptions options) {
        return Pipeline.over(store).stages(stages()).options(options).build();
    }

    private static LogStore newStore() {
        return LogStore.open(new SimDisk(), LogOptions.bulk());
    }

    @Test
    void shouldWriteNothingWhenTheChainIsEmpty() {
        try (LogStore store = newStore();
                Pipeline pipeline = pipeline(store, BULK)) {
            CycleReport report = pipeline.run(target(0));
            assertEquals(CycleReport.Outcome.REACHED, report.outcome());
            assertEquals(0, report.commits());
            assertEquals(List.of(), Progress.readAll(store));
        }
    }

    @Test
    void shouldCommitNothingWhenTheTargetIsReached() {
        try (LogStore store = newStore();
                Pipeline pipeline = pipeline(store, BULK)) {
            pipeline.run(target(items()));
            long records = store.stats().records();
            CycleReport again = pipeline.run(target(items()));
            assertEquals(CycleReport.Outcome.REACHED, again.outcome());
            assertEquals(0, again.commits());
            assertEquals(records, store.stats().records());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldGiveEqualTablesWhenTheHeightsAreCutAtRandom(long seed) {
        ReferenceTables reference = new ReferenceTables(this);
        Random random = new Random(seed);
        try (LogStore store = newStore()) {
            int done = 0;
            while (done < items()) {
                int maxItems = 1 + random.nextInt(items());
                int tipGap = random.nextInt(maxItems + 1);
                try (Pipeline pipeline = pipeline(store, options(maxItems, tipGap))) {
                    for (int runs = 1 + random.nextInt(3); runs > 0 && done < items(); runs--) {
                        done += 1 + random.nextInt(items() - done);
                        pipeline.run(target(done));
                    }
                }
            }
            assertEquals(reference.last(), TableDumps.all(store, this), "seed " + seed);
        }
    }

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldAgreeWithProgressWhenThePowerIsCutInBulk(CrashModel model) {
        PowerCutCheck check = new PowerCutCheck(this, store -> pipeline(store, BULK));
        check.run(model, 1);
        check.durability(Durability.GROUP).run(model, 2);
    }

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldAgreeWithProgressWhenThePowerIsCutAtTheTip(CrashModel model) {
        PipelineOptions tip = options(items(), items());
        PowerCutCheck check = new PowerCutCheck(this, store -> pipeline(store, tip));
        check.run(model, 3);
        check.durability(Durability.GROUP).run(model, 4);
    }
}
