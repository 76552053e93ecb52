package dev.varve.sync;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.sync.PipelineListener.StepEvent;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a pipeline, by one thread: steps, and a commit after each.
 *
 * <p>A stop is looked at before each step, inside each wait, and by the stages through their
 * budget, never inside a commit. A step that has returned is committed, stop or not; only a commit
 * that needs further steps of other stages is given up.
 */
final class Cycle {

    private final Pipeline.Parts parts;
    private final StopSignal stop;
    private final Batch batch;
    private final Consumer<PipelineStatus> status;
    private final LogStore store;
    private final List<StageRun> stages;
    private final ProgressTable progressTable;
    private final LongSupplier nanoClock;
    private long target;
    private long commits;
    private long commitNanos;
    private int failedAttempts;
    private @Nullable StageRun badStage;
    private StepResult.@Nullable BadItem badItem;

    /**
     * @param batch the caller closes it
     * @param status is told every change
     */
    Cycle(Pipeline.Parts parts, StopSignal stop, Batch batch, Consumer<PipelineStatus> status) {
        this.parts = parts;
        this.stop = stop;
        this.batch = batch;
        this.status = status;
        this.store = parts.store();
        this.stages = parts.stages();
        this.progressTable = new ProgressTable(store);
        this.nanoClock = parts.environment().nanoClock();
    }

    CycleReport run(SyncTarget syncTarget) {
        resume(syncTarget);
        if (target - lowestNext() <= parts.options().tipGap()) {
            tip();
        } else {
            bulk();
        }
        if (commits > 0) {
            // Nothing to do if every commit waited for its own force.
            store.force();
        }
        throwIfBad();
        return new CycleReport(outcome(), commits, commitNanos, statuses());
    }

    // ---- before and after

    private void resume(SyncTarget syncTarget) {
        long head = syncTarget.head();
        if (head < -1 || head == Long.MAX_VALUE) {
            throw new IllegalArgumentException("the target's head is " + head);
        }
        target = head + 1;
        Snapshot snapshot = store.snapshot();
        for (StageRun stage : stages) {
            Progress stored = progressTable.read(snapshot, stage.id());
            stage.resume(stored);
            checkLineage(stored, syncTarget);
        }
        publish(null);
    }

    private static void checkLineage(Progress progress, SyncTarget target) {
        ItemId recorded = progress.lineage();
        if (recorded == null) {
            return;
        }
        ItemId found = target.idAt(progress.next() - 1);
        if (found != null && !found.equals(recorded)) {
            throw new LineageException(progress, recorded, found);
        }
    }

    /**
     * Unless a stop came before the good prefix was committed; then the next run will find it
     * again.
     */
    private void throwIfBad() {
        if (badStage != null && badItem != null && badStage.next() == badItem.height()) {
            throw new BadItemException(badStage.id(), badItem);
        }
    }

    private CycleReport.Outcome outcome() {
        if (lowestNext() >= target) {
            return CycleReport.Outcome.REACHED;
        }
        return stop.isRequested() ? CycleReport.Outcome.STOPPED : CycleReport.Outcome.SOURCE_ENDED;
    }

    private long lowestNext() {
        return stages.stream().mapToLong(StageRun::next).min().orElse(target);
    }

    private List<StageStatus> statuses() {
        return stages.stream().map(stage -> stage.status(target)).toList();
    }

    private void publish(@Nullable StageRun active) {
        status.accept(new PipelineStatus(active == null ? null : active.id(), statuses()));
    }

    // ---- the two modes

    /** Stage by stage; a commit for each step. */
    private void bulk() {
        int maxItems = parts.options().limits().maxItems();
        for (StageRun stage : stages) {
            long limit = Math.min(target, stage.inputsNext());
            while (stage.next() < limit && !stop.isRequested()) {
                long to = stage.next() + Math.min(maxItems, limit - stage.next());
                limit = Math.min(limit, advance(List.of(stage), to));
            }
            if (badItem != null) {
                return;
            }
        }
    }

    /** All stages up to one height; one commit. */
    private void tip() {
        long limit = target;
        while (lowestNext() < limit && !stop.isRequested()) {
            limit = Math.min(limit, advance(stages, limit));
        }
    }

    // ---- one commit

    /**
     * One try to take each stage of a group up to {@code to} and to commit. A single stage may end
     * its step earlier; several are committed only when all are there.
     *
     * @return a height that no further step is to pass
     */
    private long advance(List<StageRun> group, long to) {
        CommitUnit unit = new CommitUnit(store, progressTable, group.size() > 1);
        boolean kept = false;
        try {
            for (StageRun stage : group) {
                if (unit.isOpen() && stage.next() < to) {
                    forward(unit, stage, to);
                }
            }
            if (unit.isOpen()) {
                commit(unit);
                kept = true;
            }
        } finally {
            unit.end();
            if (!kept) {
                group.forEach(StageRun::stepDropped);
            }
        }
        if (kept) {
            settle(unit);
        }
        return unit.ceiling();
    }

    private void forward(CommitUnit unit, StageRun stage, long to) {
        publish(stage);
        step(unit, stage, to);
        while (unit.isWhole() && unit.isOpen() && unit.progress(stage).next() < to) {
            if (stop.isRequested()) {
                unit.drop();
            } else {
                step(unit, stage, to);
            }
        }
    }

    private void commit(CommitUnit unit) {
        if (unit.moves().isEmpty()) {
            return;
        }
        long start = nanoClock.getAsLong();
        batch.clear();
        parts.environment().committer().commit(store, batch, unit);
        commits++;
        commitNanos += nanoClock.getAsLong() - start;
        failedAttempts = 0;
    }

    private void settle(CommitUnit unit) {
        List<StepEvent> events =
                unit.moves().entrySet().stream()
                        .map(entry -> entry.getKey().committed(entry.getValue()))
                        .toList();
        publish(null);
        events.forEach(parts.listener()::onStep);
    }

    // ---- one step

    private void step(CommitUnit unit, StageRun stage, long to) {
        HeightRange range = new HeightRange(unit.progress(stage).next(), to);
        Budget budget = new Budget(parts.options().limits(), nanoClock, stop::isRequested);
        StepContext context = new StepContext(stage, unit, range, budget, stop);
        long start = nanoClock.getAsLong();
        StepResult result;
        try {
            result = stage.stage().forward(context, range);
        } finally {
            context.end(nanoClock.getAsLong() - start);
        }
        if (result == null) {
            throw broken(stage, "returned null");
        }
        switch (result) {
            case StepResult.Done(long next) -> done(unit, context, next);
            case StepResult.More(long next) -> take(unit, context, next);
            case StepResult.BadItem item -> bad(unit, context, item);
            case StepResult.Retry retry -> backOff(unit, stage, retry);
            case StepResult.NeedSpace(long bytes) ->
                    throw new StorageFullException(
                            "stage " + stage.id() + " needs space for " + bytes + " bytes",
                            "log",
                            StorageException.NO_OFFSET,
                            null);
        }
    }

    private void done(CommitUnit unit, StepContext context, long next) {
        checkNext(context, next);
        if (next == context.range().to()) {
            take(unit, context, next);
            return;
        }
        unit.ceiling(next);
        if (unit.isWhole()) {
            // The stages before this one may have gone further.
            unit.drop();
        } else if (next > context.range().from()) {
            take(unit, context, next);
        }
    }

    private void take(CommitUnit unit, StepContext context, long next) {
        checkNext(context, next);
        StageRun stage = context.stage();
        Progress to = context.progressAt(next);
        if (context.highest() >= next && !to.hasCursor()) {
            throw broken(
                    stage,
                    "wrote at height " + context.highest() + ", has no cursor, and is done up to "
                            + next);
        }
        if (!to.equals(unit.progress(stage))) {
            unit.move(stage, to, context.work());
        } else if (!stop.isRequested()) {
            throw broken(stage, "did nothing of " + context.range() + " and asks for more");
        }
        stage.stepTaken();
    }

    private void bad(CommitUnit unit, StepContext context, StepResult.BadItem item) {
        if (!context.range().contains(item.height())) {
            throw broken(
                    context.stage(),
                    "tells of an item at height " + item.height() + ", outside of "
                            + context.range());
        }
        badStage = context.stage();
        badItem = item;
        unit.ceiling(item.height());
        unit.drop();
    }

    private void backOff(CommitUnit unit, StageRun stage, StepResult.Retry retry) {
        unit.drop();
        failedAttempts++;
        RetryPolicy policy = parts.options().retry();
        if (failedAttempts >= policy.maxAttempts()) {
            throw new RetriesExhaustedException(stage.id(), failedAttempts, retry);
        }
        long waitNanos = policy.waitNanos(failedAttempts);
        parts.listener().onRetry(stage.id(), retry, failedAttempts, waitNanos);
        stop.pause(waitNanos);
    }

    private static void checkNext(StepContext context, long next) {
        HeightRange range = context.range();
        if (next < range.from() || next > range.to()) {
            throw broken(context.stage(), "is done up to " + next + ", outside of " + range);
        }
    }

    private static IllegalStateException broken(StageRun stage, String what) {
        return new IllegalStateException(
                "stage " + stage.id() + " breaks its contract: it " + what);
    }
}
