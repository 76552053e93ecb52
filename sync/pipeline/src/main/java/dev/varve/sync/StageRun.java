package dev.varve.sync;

import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.sync.PipelineListener.StepEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stage in a pipeline: its tables, and where it stands. Used by the thread that runs the
 * pipeline.
 */
final class StageRun {

    private final Stage stage;
    private final String id;
    private final List<StageRun> inputs;
    private final Map<TableSpec, Table> owned = new HashMap<>();
    private final Map<TableSpec, Table> readable = new HashMap<>();
    private Progress progress;
    private boolean continues;
    private long resumedAt;
    private Work work = Work.NONE;

    /** Registers the stage's tables, and those it reads, with the store. */
    StageRun(Stage stage, List<StageRun> inputs, Set<TableSpec> readable, LogStore store) {
        this.stage = stage;
        this.id = stage.spec().id();
        this.inputs = List.copyOf(inputs);
        for (TableSpec spec : readable) {
            this.readable.put(spec, store.table(spec));
        }
        for (TableSpec spec : stage.spec().tables()) {
            this.owned.put(spec, store.table(spec));
        }
        this.progress = Progress.none(id);
    }

    Stage stage() {
        return stage;
    }

    String id() {
        return id;
    }

    Table owned(TableSpec spec) {
        return require(owned.get(spec), spec, "does not own");
    }

    Table readable(TableSpec spec) {
        return require(readable.get(spec), spec, "neither owns nor gets from its inputs");
    }

    private Table require(@Nullable Table table, TableSpec spec, String what) {
        if (table == null) {
            throw new IllegalArgumentException(
                    "stage " + id + ' ' + what + " table " + spec.name() + " by " + spec.order());
        }
        return table;
    }

    /** The committed progress. */
    Progress progress() {
        return progress;
    }

    long next() {
        return progress.next();
    }

    /** Behind the heights that all inputs have done. */
    long inputsNext() {
        return inputs.stream().mapToLong(StageRun::next).min().orElse(Long.MAX_VALUE);
    }

    /** A run begins, and the store holds this. */
    void resume(Progress stored) {
        // Equal: nobody moved the stage since this object did, so its memory still holds.
        continues &= stored.equals(progress);
        progress = stored;
        resumedAt = stored.next();
        work = Work.NONE;
    }

    /** Whether the stage's last step is in the store, or in the same commit in the making. */
    boolean continues() {
        return continues;
    }

    void stepTaken() {
        continues = true;
    }

    void stepDropped() {
        continues = false;
    }

    /** A commit moved the stage; returns what to tell of it. */
    StepEvent committed(CommitUnit.Move move) {
        HeightRange done = new HeightRange(progress.next(), move.to().next());
        progress = move.to();
        work = work.plus(move.work());
        return new StepEvent(id, done, move.work());
    }

    StageStatus status(long target) {
        return new StageStatus(id, resumedAt, progress.next(), target, work);
    }
}
