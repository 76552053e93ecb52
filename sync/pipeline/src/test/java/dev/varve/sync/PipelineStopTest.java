package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.sim.SimDisk;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stop: where it is seen, what it leaves, who waits for it. */
final class PipelineStopTest {

    private static final int ITEMS = 10;
    private static final PipelineOptions BULK = options(3, 0);
    private static final PipelineOptions TIP = options(ITEMS, ITEMS);

    private final LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void closeAll() {
        other.shutdown();
        store.close();
    }

    private static PipelineOptions options(int maxItems, int tipGap) {
        return PipelineOptions.defaults()
                .withLimits(StepLimits.defaults().withMaxItems(maxItems))
                .withTipGap(tipGap);
    }

    private static Pipeline.Builder toys(LogStore store) {
        return Pipeline.over(store).stages(Toys.stages()).options(BULK);
    }

    @Test
    void shouldLoseNothingWhenStoppedAtEveryStepBoundary() {
        // Each life makes one commit and is stopped.
        long lives = 0;
        long commits = 0;
        CycleReport.Outcome outcome = CycleReport.Outcome.STOPPED;
        while (outcome == CycleReport.Outcome.STOPPED) {
            Pipeline[] self = new Pipeline[1];
            try (Pipeline pipeline =
                    toys(store).listener(event -> self[0].requestStop()).build()) {
                self[0] = pipeline;
                CycleReport report = pipeline.run(Toys.chain(ITEMS));
                outcome = report.outcome();
                commits += report.commits();
                assertEquals(1, report.commits());
                lives++;
            }
        }
        assertEquals(12, lives);
        assertEquals(12, commits);
        Progress.readAll(store).forEach(progress -> assertEquals(ITEMS, progress.next()));
    }

    @Test
    void shouldCommitWhatAStepHasDoneWhenItIsStoppedInside() {
        // The stop comes while item 1 is being done; the budget tells the stage before item 2.
        Pipeline[] self = new Pipeline[1];
        Stage stage =
                new Toys.ItemByItem(StageSpec.named("items").owns(Toys.ITEMS).build()) {
                    @Override
                    void item(StepContext context, long height) {
                        context.put(Toys.ITEMS, height, Toys.bytes(height));
                        if (height == 1) {
                            assertFalse(context.stopRequested());
                            self[0].requestStop();
                            assertTrue(context.stopRequested());
                        }
                    }
                };
        try (Pipeline pipeline = Pipeline.over(store).stage(stage).options(BULK).build()) {
            self[0] = pipeline;
            CycleReport report = pipeline.run(Toys.chain(ITEMS));
            assertEquals(CycleReport.Outcome.STOPPED, report.outcome());
            assertEquals(2, report.stages().getFirst().next());
        }
    }

    @Test
    void shouldDropACommitOfSeveralStagesThatIsNotComplete() {
        Pipeline[] self = new Pipeline[1];
        Toys.Index index = new Toys.Index();
        Stage stopping =
                ScriptedStage.of(
                        index.spec(),
                        (context, range) -> {
                            self[0].requestStop();
                            return index.forward(context, range);
                        });
        try (Pipeline pipeline =
                Pipeline.over(store)
                        .stage(new Toys.Items())
                        .stage(stopping)
                        .options(TIP)
                        .build()) {
            self[0] = pipeline;
            CycleReport report = pipeline.run(Toys.chain(ITEMS));
            assertEquals(CycleReport.Outcome.STOPPED, report.outcome());
            assertEquals(0, report.commits());
        }
        assertEquals(List.of(), Progress.readAll(store));
    }

    @Test
    void shouldNotBeginWhenStoppedBefore() {
        try (Pipeline pipeline = toys(store).build()) {
            pipeline.requestStop();
            CycleReport report = pipeline.run(Toys.chain(ITEMS));
            assertEquals(CycleReport.Outcome.STOPPED, report.outcome());
            assertEquals(0, report.commits());
        }
    }

    @Test
    void shouldReportAStopWhenItComesBeforeTheGoodPrefixIsCommitted() {
        Pipeline[] self = new Pipeline[1];
        try (Pipeline pipeline =
                Pipeline.over(store)
                        .stage(
                                ScriptedStage.items(
                                        (context, range) -> {
                                            self[0].requestStop();
                                            return new StepResult.BadItem(2, Toys.id(2), "odd");
                                        }))
                        .build()) {
            self[0] = pipeline;
            CycleReport report = pipeline.run(Toys.chain(ITEMS));
            assertEquals(CycleReport.Outcome.STOPPED, report.outcome());
        }
        assertEquals(List.of(), Progress.readAll(store));
    }

    @Test
    void shouldWakeAWaitBetweenTriesWhenAStopIsRequested() throws Exception {
        RetryPolicy patient = new RetryPolicy(9, Duration.ofHours(1), Duration.ofHours(1));
        CountDownLatch waiting = new CountDownLatch(1);
        List<String> told = new ArrayList<>();
        PipelineListener listener =
                new PipelineListener() {
                    @Override
                    public void onStep(StepEvent event) {}

                    @Override
                    public void onRetry(
                            String stage, StepResult.Retry retry, int attempt, long waitNanos) {
                        told.add(stage + " " + retry.reason() + " " + attempt);
                        waiting.countDown();
                    }
                };
        Pipeline pipeline =
                Pipeline.over(store)
                        .stage(ScriptedStage.items((c, r) -> new StepResult.Retry("no peer", null)))
                        .options(BULK.withRetry(patient))
                        .listener(listener)
                        .build();
        Future<CycleReport> run = other.submit(() -> pipeline.run(Toys.chain(ITEMS)));
        waiting.await();
        pipeline.close();
        assertEquals(CycleReport.Outcome.STOPPED, run.get().outcome());
        assertEquals(List.of("items no peer 1"), told);
    }

    @Test
    void shouldTakeAnInterruptOfAWaitForAStop() throws Exception {
        Callable<Boolean> interrupted =
                () -> {
                    try (Pipeline pipeline =
                            Pipeline.over(store)
                                    .stage(
                                            ScriptedStage.items(
                                                    (c, r) -> new StepResult.Retry("no", null)))
                                    .options(BULK)
                                    .build()) {
                        Thread.currentThread().interrupt();
                        CycleReport report = pipeline.run(Toys.chain(ITEMS));
                        assertEquals(CycleReport.Outcome.STOPPED, report.outcome());
                        return Thread.interrupted();
                    }
                };
        assertTrue(other.submit(interrupted).get(), "the interrupt status is kept");
        assertEquals(0, store.snapshot().position() - store.visible());
    }

    @Test
    void shouldWaitInCloseUntilTheRunHasEnded() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Pipeline pipeline =
                Pipeline.over(store)
                        .stage(
                                ScriptedStage.items(
                                        (context, range) -> {
                                            inside.countDown();
                                            awaitQuietly(goOn);
                                            return new StepResult.Done(range.to());
                                        }))
                        .options(BULK)
                        .build();
        Future<CycleReport> run = other.submit(() -> pipeline.run(Toys.chain(ITEMS)));
        inside.await();
        assertFalse(pipeline.stopWithin(Duration.ofMillis(1)));
        assertFalse(run.isDone());
        goOn.countDown();
        pipeline.close();
        assertTrue(pipeline.stopWithin(Duration.ZERO));
        CycleReport report = run.get(1, TimeUnit.MINUTES);
        assertEquals(CycleReport.Outcome.STOPPED, report.outcome());
        assertEquals(3, report.stages().getFirst().next());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A duration may be longer than nanoseconds can tell. */
    @Test
    void shouldTakeForeverForALimit() throws InterruptedException {
        Duration forever = ChronoUnit.FOREVER.getDuration();
        PipelineOptions patient =
                BULK.withLimits(BULK.limits().withMaxTime(forever))
                        .withRetry(new RetryPolicy(2, forever, forever));
        try (Pipeline pipeline = toys(store).options(patient).build()) {
            assertEquals(
                    CycleReport.Outcome.REACHED, pipeline.run(Toys.chain(ITEMS)).outcome());
            assertTrue(pipeline.stopWithin(forever));
        }
        assertEquals(Long.MAX_VALUE, patient.retry().waitNanos(1));
    }

    @Test
    void shouldNotWaitForItselfWhenClosedInsideARun() {
        Pipeline[] self = new Pipeline[1];
        try (Pipeline pipeline = toys(store).listener(event -> self[0].close()).build()) {
            self[0] = pipeline;
            assertEquals(1, pipeline.run(Toys.chain(ITEMS)).commits());
        }
    }
}
