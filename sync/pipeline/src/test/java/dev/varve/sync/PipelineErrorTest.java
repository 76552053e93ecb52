package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a run does when a stage cannot go on: what is kept, what is dropped, what is thrown. */
final class PipelineErrorTest {

    private static final PipelineOptions BULK = options(4, 0);
    private static final PipelineOptions TIP = options(16, 16);

    private final SimDisk disk = new SimDisk();
    private final LogStore store = LogStore.open(disk, LogOptions.bulk());
    private final List<Long> waits = new ArrayList<>();

    @AfterEach
    void closeStore() {
        store.close();
    }

    private static PipelineOptions options(int maxItems, int tipGap) {
        return PipelineOptions.defaults()
                .withLimits(StepLimits.defaults().withMaxItems(maxItems))
                .withTipGap(tipGap)
                .withRetry(new RetryPolicy(4, Duration.ofMillis(10), Duration.ofMillis(25)));
    }

    /** Notes each wait instead of waiting. */
    private Environment environment() {
        return new Environment(
                System::nanoTime,
                (condition, nanos) -> {
                    waits.add(nanos / 1_000_000);
                    return 0;
                },
                Committer.ONE_BATCH);
    }

    /** Toys whose index stage does {@code script} first. */
    private Pipeline pipeline(
            PipelineOptions options,
            BiFunction<StepContext, HeightRange, @Nullable StepResult> script) {
        Toys.Index index = new Toys.Index();
        Stage scripted =
                ScriptedStage.of(
                        index.spec(),
                        (context, range) -> {
                            StepResult result = script.apply(context, range);
                            return result == null ? index.forward(context, range) : result;
                        });
        return Pipeline.over(store)
                .stage(scripted)
                .stage(new Toys.Items())
                .stage(new Toys.Sums())
                .options(options)
                .environment(environment())
                .build();
    }

    private Map<String, Long> heights() {
        Map<String, Long> heights = new TreeMap<>();
        Progress.readAll(store).forEach(p -> heights.put(p.stage(), p.next()));
        return heights;
    }

    private long indexed(int items) {
        Table table = store.table(Toys.INDEX);
        return Toys.keys(Toys.INDEX, items).stream()
                .filter(key -> store.snapshot().get(table, key) != null)
                .count();
    }

    /** Writes everything, bad item included, before it tells of the bad item. */
    private static @Nullable StepResult badAt(
            long bad, StepContext context, HeightRange range) {
        if (!range.contains(bad)) {
            return null;
        }
        for (long height = range.from(); height < range.to(); height++) {
            context.put(Toys.INDEX, height, Toys.id(height).bytes(), Toys.bytes(height));
        }
        context.lineage(Toys.id(range.to()));
        return new StepResult.BadItem(bad, Toys.id(bad), "odd");
    }

    // ---- bad items

    @Test
    void shouldKeepTheGoodPrefixWhenAnItemIsBadInBulk() {
        for (long bad = 0; bad < 10; bad++) {
            long height = bad;
            try (LogStore fresh = LogStore.open(new SimDisk(), LogOptions.bulk());
                    Pipeline pipeline =
                            Pipeline.over(fresh)
                                    .stage(ScriptedStage.items((c, r) -> badItem(height, c, r)))
                                    .options(BULK)
                                    .build()) {
                BadItemException error =
                        assertThrows(
                                BadItemException.class, () -> pipeline.run(Toys.chain(10)));
                assertEquals("items", error.stage());
                assertEquals(height, error.height());
                assertEquals(Toys.id(height), error.id());
                assertEquals("odd", error.reason());
                Table table = fresh.table(Toys.ITEMS);
                assertEquals(height - 1, fresh.snapshot().lastHeight(table));
                List<Progress> all = Progress.readAll(fresh);
                assertEquals(height == 0 ? 0 : 1, all.size());
                if (height > 0) {
                    assertEquals(height, all.getFirst().next());
                    assertEquals(Toys.id(height - 1), all.getFirst().lineage());
                }
            }
        }
    }

    private static @Nullable StepResult badItem(
            long bad, StepContext context, HeightRange range) {
        if (!range.contains(bad)) {
            return null;
        }
        for (long height = range.from(); height < range.to(); height++) {
            context.put(Toys.ITEMS, height, Toys.bytes(height));
        }
        return new StepResult.BadItem(bad, Toys.id(bad), "odd");
    }

    @Test
    void shouldBringAllStagesToTheBadItemAtTheTip() {
        try (Pipeline pipeline = pipeline(TIP, (c, r) -> badAt(6, c, r))) {
            BadItemException error =
                    assertThrows(BadItemException.class, () -> pipeline.run(Toys.chain(10)));
            assertEquals(6, error.height());
            assertEquals(Map.of("items", 6L, "index", 6L, "sums", 6L), heights());
            assertEquals(6, indexed(10));
        }
    }

    @Test
    void shouldNotRunLaterStagesWhenAnItemIsBadInBulk() {
        try (Pipeline pipeline = pipeline(BULK, (c, r) -> badAt(6, c, r))) {
            assertThrows(BadItemException.class, () -> pipeline.run(Toys.chain(10)));
            assertEquals(Map.of("items", 10L, "index", 6L), heights());
            assertThrows(BadItemException.class, () -> pipeline.run(Toys.chain(10)));
            assertEquals(Map.of("items", 10L, "index", 6L), heights());
        }
        try (Pipeline cured = pipeline(BULK, (c, r) -> null)) {
            assertEquals(CycleReport.Outcome.REACHED, cured.run(Toys.chain(10)).outcome());
            assertEquals(10, indexed(10));
        }
    }

    @Test
    void shouldTellOfTheLowestWhenThePrefixHoldsAnotherBadItem() {
        BiFunction<StepContext, HeightRange, @Nullable StepResult> script =
                (c, r) -> {
                    StepResult second = badAt(7, c, r);
                    return second != null ? second : badAt(5, c, r);
                };
        try (Pipeline pipeline = pipeline(BULK, script)) {
            BadItemException error =
                    assertThrows(BadItemException.class, () -> pipeline.run(Toys.chain(10)));
            assertEquals(5, error.height());
            assertEquals(5, heights().get("index"));
        }
    }

    // ---- retries

    private StepResult.@Nullable Retry failTimes(int[] left, StepContext context) {
        if (left[0]-- <= 0) {
            return null;
        }
        context.put(Toys.INDEX, 0, new byte[1], new byte[1]);
        return new StepResult.Retry("no peer", new IOException("reset"));
    }

    @Test
    void shouldTryAgainWithLongerWaitsWhenAStepAsksForIt() {
        for (PipelineOptions options : List.of(BULK, TIP)) {
            try (LogStore fresh = LogStore.open(new SimDisk(), LogOptions.bulk())) {
                waits.clear();
                int[] left = {3};
                Pipeline pipeline =
                        Pipeline.over(fresh)
                                .stages(Toys.stages().subList(2, 3))
                                .stage(
                                        ScriptedStage.of(
                                                StageSpec.named("peer").owns(Toys.INDEX).build(),
                                                (c, r) -> {
                                                    StepResult retry = failTimes(left, c);
                                                    return retry != null
                                                            ? retry
                                                            : new StepResult.Done(r.to());
                                                }))
                                .options(options)
                                .environment(environment())
                                .build();
                CycleReport report = pipeline.run(Toys.chain(4));
                assertEquals(CycleReport.Outcome.REACHED, report.outcome());
                assertEquals(List.of(10L, 20L, 25L), waits);
                Table table = fresh.table(Toys.INDEX);
                assertNull(fresh.snapshot().get(table, new byte[1]));
            }
        }
    }

    @Test
    void shouldGiveUpAfterAsManyTriesAsAllowed() {
        int[] left = {100};
        try (Pipeline pipeline = pipeline(BULK, (context, range) -> failTimes(left, context))) {
            RetriesExhaustedException error =
                    assertThrows(
                            RetriesExhaustedException.class, () -> pipeline.run(Toys.chain(4)));
            assertEquals("index", error.stage());
            assertEquals(4, error.attempts());
            assertEquals("java.io.IOException: reset", String.valueOf(error.getCause()));
            assertEquals(96, left[0]);
            assertEquals(List.of(10L, 20L, 25L), waits);
            assertEquals(Map.of("items", 4L), heights());
        }
    }

    @Test
    void shouldCountTriesAnewAfterACommit() {
        // Three failures for each of three steps: more than one step may have.
        Map<Long, Integer> failures = new TreeMap<>();
        try (Pipeline pipeline =
                pipeline(
                        BULK,
                        (context, range) ->
                                failures.merge(range.from(), 1, Integer::sum) <= 3
                                        ? new StepResult.Retry("slow disk", null)
                                        : null)) {
            assertEquals(CycleReport.Outcome.REACHED, pipeline.run(Toys.chain(12)).outcome());
        }
        assertEquals(9, waits.size());
    }

    @Test
    void shouldBoundTheWaitsHoweverOftenAStepFails() {
        RetryPolicy policy = RetryPolicy.defaults();
        long longest = policy.maxWait().toNanos();
        assertEquals(policy.firstWait().toNanos(), policy.waitNanos(1));
        for (int attempt = 1; attempt < 1000; attempt++) {
            long wait = policy.waitNanos(attempt);
            assertTrue(wait > 0 && wait <= longest, "wait " + attempt + " is " + wait);
        }
        assertEquals(longest, policy.waitNanos(Integer.MAX_VALUE));
    }

    // ---- space and other failures

    @Test
    void shouldEndWhenAStageNeedsSpace() {
        boolean[] full = {true};
        try (Pipeline pipeline =
                pipeline(
                        BULK,
                        (context, range) -> {
                            context.put(Toys.INDEX, range.from(), new byte[1], new byte[1]);
                            return full[0] ? new StepResult.NeedSpace(1 << 20) : null;
                        })) {
            StorageFullException error =
                    assertThrows(
                            StorageFullException.class, () -> pipeline.run(Toys.chain(4)));
            assertTrue(error.getMessage().contains("index needs space for 1048576"));
            assertEquals(0, indexed(4));
            full[0] = false;
            assertEquals(CycleReport.Outcome.REACHED, pipeline.run(Toys.chain(4)).outcome());
        }
    }

    @Test
    void shouldLeaveTheStoreAsItWasWhenACommitFindsNoSpace() {
        SimDisk small = new SimDisk();
        try (LogStore full = LogStore.open(small, LogOptions.bulk().withSpareBytes(0));
                Pipeline pipeline =
                        Pipeline.over(full).stages(Toys.stages()).options(BULK).build()) {
            pipeline.run(Toys.chain(3));
            TableSpec largeTable = TableSpec.byKey("large");
            full.table(largeTable);
            // One step is larger than what the store may have been granted before.
            small.setCapacity(0);
            Stage large =
                    ScriptedStage.of(
                            StageSpec.named("large").owns(largeTable).build(),
                            (context, range) -> {
                                byte[] value = new byte[32 << 20];
                                context.put(largeTable, range.from(), new byte[1], value);
                                return new StepResult.Done(range.to());
                            });
            try (Pipeline filling =
                    Pipeline.over(full).stages(Toys.stages()).stage(large).options(BULK).build()) {
                assertThrows(StorageFullException.class, () -> filling.run(Toys.chain(3)));
                assertEquals(3, Progress.readAll(full).size());
                assertEquals(List.of(), full.verify().problems());
                small.setCapacity(Long.MAX_VALUE);
                CycleReport report = filling.run(Toys.chain(3));
                assertEquals(CycleReport.Outcome.REACHED, report.outcome());
                assertEquals(4, Progress.readAll(full).size());
            }
        }
    }

    @Test
    void shouldPassOnWhateverAStageThrowsAndDropItsStep() {
        for (Throwable thrown :
                List.of(
                        new UncheckedIOException(new IOException("reset")),
                        new OutOfMemoryError("planted"))) {
            boolean[] failing = {true};
            try (Pipeline pipeline =
                    pipeline(
                            TIP,
                            (context, range) -> {
                                context.put(Toys.INDEX, 0, Toys.id(0).bytes(), new byte[1]);
                                if (failing[0]) {
                                    throw sneaky(thrown);
                                }
                                return null;
                            })) {
                assertSame(
                        thrown,
                        assertThrows(Throwable.class, () -> pipeline.run(Toys.chain(4))));
                assertEquals(Map.of(), heights());
                assertEquals(0, indexed(4));
                failing[0] = false;
            }
        }
    }

    private static RuntimeException sneaky(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return (RuntimeException) thrown;
    }

    @Test
    void shouldNotLetAStageRememberADroppedStep() {
        // Sums runs behind the index and remembers; the whole commit is dropped behind it.
        boolean[] failing = {true};
        Stage last =
                ScriptedStage.of(
                        StageSpec.named("last").after("sums").build(),
                        (context, range) ->
                                failing[0]
                                        ? new StepResult.NeedSpace(1)
                                        : new StepResult.Done(range.to()));
        try (Pipeline pipeline =
                Pipeline.over(store).stages(Toys.stages()).stage(last).options(TIP).build()) {
            assertThrows(StorageFullException.class, () -> pipeline.run(Toys.chain(9)));
            failing[0] = false;
            assertEquals(1, pipeline.run(Toys.chain(9)).commits());
        }
        assertEquals(9, heights().get("sums"));
    }

    @Test
    void shouldNameTheStageWhenItReturnsNull() {
        StepResult[] nothing = new StepResult[1];
        Stage stage =
                ScriptedStage.of(
                        StageSpec.named("silent").build(), (context, range) -> nothing[0]);
        try (Pipeline pipeline = Pipeline.over(store).stage(stage).build()) {
            IllegalStateException error =
                    assertThrows(
                            IllegalStateException.class, () -> pipeline.run(Toys.chain(1)));
            assertEquals("stage silent breaks its contract: it returned null", error.getMessage());
        }
    }
}
