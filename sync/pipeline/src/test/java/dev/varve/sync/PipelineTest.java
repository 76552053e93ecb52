package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.sync.PipelineListener.StepEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a pipeline does while nothing fails. */
final class PipelineTest {

    private static final PipelineOptions BULK = options(4).withTipGap(0);

    private final LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
    private final List<StepEvent> events = new ArrayList<>();

    @AfterEach
    void closeStore() {
        store.close();
    }

    private static PipelineOptions options(int maxItems) {
        return PipelineOptions.defaults()
                .withLimits(StepLimits.defaults().withMaxItems(maxItems));
    }

    private Pipeline toys(PipelineOptions options) {
        return Pipeline.over(store)
                .stages(Toys.stages())
                .options(options)
                .listener(events::add)
                .build();
    }

    private Pipeline items(BiFunction<StepContext, HeightRange, @Nullable StepResult> script) {
        return Pipeline.over(store).stage(ScriptedStage.items(script)).options(BULK).build();
    }

    private static List<String> shapeOf(List<StepEvent> events) {
        return events.stream().map(event -> event.stage() + event.range()).toList();
    }

    private byte @Nullable [] item(long height) {
        Table table = store.findTable(Toys.ITEMS.name());
        assertNotNull(table);
        return store.snapshot().get(table, height);
    }

    // ---- order, steps and commits

    @Test
    void shouldGoStageByStageWhenTheTargetIsFar() {
        try (Pipeline pipeline = toys(BULK)) {
            CycleReport report = pipeline.run(Toys.chain(6));
            assertEquals(CycleReport.Outcome.REACHED, report.outcome());
            assertEquals(6, report.commits());
        }
        assertEquals(
                List.of(
                        "items[0, 4)", "items[4, 6)",
                        "index[0, 4)", "index[4, 6)",
                        "sums[0, 4)", "sums[4, 6)"),
                shapeOf(events));
    }

    @Test
    void shouldCommitOnceForAllStagesWhenTheTargetIsNear() {
        try (Pipeline pipeline = toys(options(4).withTipGap(4))) {
            assertEquals(1, pipeline.run(Toys.chain(4)).commits());
            assertEquals(6, pipeline.run(Toys.chain(9)).commits());
        }
        assertEquals(
                List.of("items[0, 4)", "index[0, 4)", "sums[0, 4)"),
                shapeOf(events.subList(0, 3)));
    }

    @Test
    void shouldBringStagesToOneHeightWhenTheyStandApartNearTheTarget() {
        try (Pipeline pipeline =
                Pipeline.over(store).stage(new Toys.Items()).options(BULK).build()) {
            pipeline.run(Toys.chain(3));
        }
        try (Pipeline pipeline = toys(options(8).withTipGap(8))) {
            assertEquals(1, pipeline.run(Toys.chain(5)).commits());
        }
        assertEquals(List.of("items[3, 5)", "index[0, 5)", "sums[0, 5)"), shapeOf(events));
    }

    @Test
    void shouldGoOnWithinOneCommitWhenAStageEndsItsStepEarlyAtTheTip() {
        List<HeightRange> asked = new ArrayList<>();
        Stage oneByOne =
                ScriptedStage.of(
                        StageSpec.named("slow").inputs("items").build(),
                        (context, range) -> {
                            asked.add(range);
                            assertEquals(!asked.equals(List.of(range)), context.continues());
                            return new StepResult.More(range.from() + 1);
                        });
        try (Pipeline pipeline =
                Pipeline.over(store).stage(oneByOne).stage(new Toys.Items()).build()) {
            assertEquals(1, pipeline.run(Toys.chain(3)).commits());
        }
        assertEquals(
                List.of(new HeightRange(0, 3), new HeightRange(1, 3), new HeightRange(2, 3)),
                asked);
    }

    @Test
    void shouldWriteEachRecordOnce() {
        try (Pipeline pipeline = toys(BULK)) {
            pipeline.run(Toys.chain(6));
        }
        // Tables registered, items, a progress for each commit, and a list for each new stage.
        assertEquals(4 + 3 * 6 + 6 + 3, store.stats().records());
    }

    @Test
    void shouldForceWhatItCommittedWhenTheRunEnds() {
        try (Pipeline pipeline = toys(BULK)) {
            pipeline.run(Toys.chain(6));
        }
        assertEquals(store.visible(), store.durable());
    }

    // ---- progress

    @Test
    void shouldGoOnWhereAnotherPipelineEnded() {
        try (Pipeline pipeline = toys(BULK)) {
            pipeline.run(Toys.chain(3));
        }
        events.clear();
        try (Pipeline pipeline = toys(BULK)) {
            assertEquals(3, pipeline.status().stages().getFirst().next());
            CycleReport report = pipeline.run(Toys.chain(5));
            StageStatus items = report.stages().getFirst();
            assertEquals(3, items.resumedAt());
            assertEquals(5, items.next());
            assertEquals(5, items.target());
            assertEquals(2, items.work().items());
        }
        assertEquals(List.of("items[3, 5)", "index[3, 5)", "sums[3, 5)"), shapeOf(events));
    }

    @Test
    void shouldNotLetAStageRememberWhatAnotherPipelineWentPast() {
        try (Pipeline one = toys(BULK);
                Pipeline other = toys(BULK)) {
            one.run(Toys.chain(3));
            other.run(Toys.chain(6));
            // The stage itself compares what it remembers with its table.
            assertEquals(CycleReport.Outcome.REACHED, one.run(Toys.chain(9)).outcome());
        }
    }

    @Test
    void shouldTellFromTheStoreAloneWhereTheStagesStand() {
        assertEquals(List.of(), Progress.readAll(store));
        try (Pipeline pipeline = toys(BULK)) {
            pipeline.run(Toys.chain(6));
        }
        List<Progress> all = Progress.readAll(store);
        assertEquals(List.of("items", "index", "sums"), all.stream().map(Progress::stage).toList());
        for (Progress progress : all) {
            assertEquals(6, progress.next());
            assertEquals(Toys.id(5), progress.lineage());
            assertEquals(0, progress.cursor().length);
        }
    }

    @Test
    void shouldKeepACursorUntilItIsSetAgain() {
        List<String> seen = new ArrayList<>();
        Stage stage =
                ScriptedStage.of(
                        StageSpec.named("sorter").owns(Toys.INDEX).build(),
                        (context, range) -> {
                            seen.add(range + " " + context.cursor().length);
                            switch (seen.size()) {
                                case 1 -> context.cursor(new byte[7]);
                                case 2 -> {
                                    // Ahead of next: only the cursor tells.
                                    context.put(Toys.INDEX, 1, new byte[1], new byte[1]);
                                    context.cursor(new byte[5]);
                                }
                                case 3 -> {
                                    return new StepResult.More(1);
                                }
                                default -> {
                                    context.cursor(new byte[0]);
                                    return new StepResult.Done(range.to());
                                }
                            }
                            return new StepResult.More(range.from());
                        });
        try (Pipeline pipeline = Pipeline.over(store).stage(stage).options(BULK).build()) {
            pipeline.run(Toys.chain(2));
        }
        assertEquals(List.of("[0, 2) 0", "[0, 2) 7", "[0, 2) 5", "[1, 2) 5"), seen);
        assertEquals(0, Progress.readAll(store).getFirst().cursor().length);
    }

    @Test
    void shouldForgetTheLineageWhenAStepStatesNone() {
        BiFunction<StepContext, HeightRange, @Nullable StepResult> script =
                (context, range) -> range.from() == 0 ? null : new StepResult.Done(range.to());
        try (Pipeline pipeline = items(script)) {
            pipeline.run(Toys.chain(4));
            assertEquals(Toys.id(3), Progress.readAll(store).getFirst().lineage());
            pipeline.run(Toys.chain(5));
        }
        assertNull(Progress.readAll(store).getFirst().lineage());
    }

    @Test
    void shouldEndWhenAStageStandsOnAnotherChain() {
        try (Pipeline pipeline = toys(BULK)) {
            pipeline.run(Toys.chain(6));
            SyncTarget fork =
                    new SyncTarget() {
                        @Override
                        public long head() {
                            return 9;
                        }

                        @Override
                        public ItemId idAt(long height) {
                            return Toys.id(height + 1000);
                        }
                    };
            LineageException error =
                    assertThrows(LineageException.class, () -> pipeline.run(fork));
            assertEquals("items", error.stage());
            assertEquals(5, error.height());
            assertEquals(Toys.id(5), error.recorded());
            assertEquals(Toys.id(1005), error.found());
            assertEquals(CycleReport.Outcome.REACHED, pipeline.run(Toys.chain(7)).outcome());
        }
    }

    // ---- a source that ends, budgets, status

    @Test
    void shouldEndWhenTheSourceEndsBeforeTheTarget() {
        for (PipelineOptions options : List.of(BULK, options(16).withTipGap(16))) {
            try (LogStore fresh = LogStore.open(new SimDisk(), LogOptions.bulk());
                    Pipeline pipeline =
                            Pipeline.over(fresh)
                                    .stage(new Toys.Index())
                                    .stage(ScriptedStage.items(PipelineTest::endAtThree))
                                    .options(options)
                                    .build()) {
                CycleReport report = pipeline.run(Toys.chain(10));
                assertEquals(CycleReport.Outcome.SOURCE_ENDED, report.outcome());
                report.stages().forEach(stage -> assertEquals(3, stage.next(), stage::stage));
            }
        }
    }

    private static @Nullable StepResult endAtThree(StepContext context, HeightRange range) {
        long last = Math.min(range.to(), 3);
        for (long height = range.from(); height < last; height++) {
            context.put(Toys.ITEMS, height, Toys.bytes(height));
        }
        return new StepResult.Done(last);
    }

    @Test
    void shouldExhaustTheBudgetByBytesAndByTime() {
        AtomicLong nanos = new AtomicLong();
        StepLimits limits = new StepLimits(100, 24, Duration.ofNanos(10));
        Budget budget = new Budget(limits, nanos::get, () -> false);
        budget.charge(23);
        nanos.set(9);
        assertFalse(budget.exhausted());
        nanos.set(10);
        assertTrue(budget.exhausted());
        nanos.set(0);
        assertFalse(budget.exhausted());
        budget.charge(1);
        assertTrue(budget.exhausted());
        assertTrue(new Budget(limits, nanos::get, () -> true).exhausted());
    }

    @Test
    void shouldEndStepsByTheBytesThatAreWritten() {
        StepLimits limits = StepLimits.defaults().withMaxBytes(2 * Long.BYTES);
        try (Pipeline pipeline =
                Pipeline.over(store)
                        .stage(new Toys.Items())
                        .options(PipelineOptions.defaults().withTipGap(0).withLimits(limits))
                        .listener(events::add)
                        .build()) {
            pipeline.run(Toys.chain(5));
        }
        assertEquals(List.of("items[0, 2)", "items[2, 4)", "items[4, 5)"), shapeOf(events));
        assertEquals(2 * Long.BYTES, events.getFirst().work().bytes());
    }

    @Test
    void shouldShowTheActiveStageInItsStatus() {
        List<@Nullable String> active = new ArrayList<>();
        Pipeline[] self = new Pipeline[1];
        try (Pipeline pipeline =
                items(
                        (context, range) -> {
                            active.add(self[0].status().activeStage());
                            return null;
                        })) {
            self[0] = pipeline;
            assertEquals(-1, pipeline.status().stages().getFirst().target());
            pipeline.run(Toys.chain(5));
            assertNull(pipeline.status().activeStage());
            assertEquals(5, pipeline.status().stages().getFirst().next());
        }
        assertEquals(List.of("items", "items"), active);
    }

    // ---- what a stage may not do

    private <T extends Throwable> T refusal(
            Class<T> type, BiFunction<StepContext, HeightRange, @Nullable StepResult> script) {
        try (Pipeline pipeline = items(script)) {
            T refusal = assertThrows(type, () -> pipeline.run(Toys.chain(4)));
            assertEquals(List.of(), Progress.readAll(store));
            assertNull(item(0));
            return refusal;
        }
    }

    @Test
    void shouldRefuseTablesThatTheStageDoesNotOwnOrGet() {
        TableSpec other = TableSpec.byKey("other");
        store.table(other);
        assertEquals(
                "stage items does not own table other by KEY",
                refusal(
                                IllegalArgumentException.class,
                                (context, range) -> {
                                    context.put(other, 0, new byte[1], new byte[1]);
                                    return null;
                                })
                        .getMessage());
        assertEquals(
                "stage items neither owns nor gets from its inputs table other by KEY",
                refusal(
                                IllegalArgumentException.class,
                                (context, range) -> {
                                    context.get(other, new byte[1]);
                                    return null;
                                })
                        .getMessage());
    }

    @Test
    void shouldRefuseToWriteAnInput() {
        Stage thief =
                ScriptedStage.of(
                        StageSpec.named("thief").inputs("items").build(),
                        (context, range) -> {
                            context.put(Toys.ITEMS, range.from(), new byte[1]);
                            return new StepResult.Done(range.to());
                        });
        try (Pipeline pipeline =
                Pipeline.over(store).stage(new Toys.Items()).stage(thief).build()) {
            assertThrows(IllegalArgumentException.class, () -> pipeline.run(Toys.chain(2)));
        }
        assertEquals(List.of(), Progress.readAll(store));
    }

    @Test
    void shouldRefuseHeightsOutsideOfTheRange() {
        for (long height : new long[] {-1, 4}) {
            refusal(
                    IllegalArgumentException.class,
                    (context, range) -> {
                        context.put(Toys.ITEMS, height, new byte[1]);
                        return null;
                    });
        }
    }

    @Test
    void shouldRefuseRecordsAheadOfNextWithoutACursor() {
        IllegalStateException refusal =
                refusal(
                        IllegalStateException.class,
                        (context, range) -> {
                            context.put(Toys.ITEMS, 0, new byte[1]);
                            context.put(Toys.ITEMS, 2, new byte[1]);
                            return new StepResult.More(2);
                        });
        assertTrue(
                String.valueOf(refusal.getMessage()).contains("wrote at height 2"),
                refusal::getMessage);
    }

    @Test
    void shouldRefuseResultsOutsideOfTheRangeAndStepsOfNothing() {
        refusal(IllegalStateException.class, (context, range) -> new StepResult.Done(5));
        refusal(IllegalStateException.class, (context, range) -> new StepResult.More(-1));
        refusal(IllegalStateException.class, (context, range) -> new StepResult.More(0));
        refusal(
                IllegalStateException.class,
                (context, range) -> new StepResult.BadItem(4, Toys.id(4), "behind the range"));
    }

    @Test
    void shouldRefuseAContextWhoseStepHasEnded() {
        List<StepContext> kept = new ArrayList<>();
        try (Pipeline pipeline =
                items(
                        (context, range) -> {
                            kept.add(context);
                            return null;
                        })) {
            pipeline.run(Toys.chain(1));
        }
        StepContext ended = kept.getFirst();
        assertThrows(IllegalStateException.class, () -> ended.get(Toys.ITEMS, 0));
        assertThrows(
                IllegalStateException.class, () -> ended.put(Toys.ITEMS, 0, new byte[1]));
        assertThrows(IllegalStateException.class, () -> ended.cursor(new byte[1]));
    }

    @Test
    void shouldNotBeChangedByArraysThatTheStageGoesOnUsing() {
        try (Pipeline pipeline =
                items(
                        (context, range) -> {
                            byte[] value = Toys.bytes(7);
                            context.put(Toys.ITEMS, 0, value);
                            value[7] = 8;
                            byte[] read = context.get(Toys.ITEMS, 0);
                            assertNotNull(read);
                            read[7] = 9;
                            return new StepResult.Done(range.to());
                        })) {
            pipeline.run(Toys.chain(1));
        }
        assertArrayEquals(Toys.bytes(7), item(0));
    }

    @Test
    void shouldRefuseASecondRunWhileOneIsInProgress() {
        Pipeline[] self = new Pipeline[1];
        try (Pipeline pipeline =
                items(
                        (context, range) -> {
                            assertThrows(
                                    IllegalStateException.class,
                                    () -> self[0].run(Toys.chain(1)));
                            return null;
                        })) {
            self[0] = pipeline;
            assertEquals(1, pipeline.run(Toys.chain(1)).commits());
        }
    }
}
