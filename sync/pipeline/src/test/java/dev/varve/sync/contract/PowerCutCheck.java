package dev.varve.sync.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Durability;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import dev.varve.sync.ItemId;
import dev.varve.sync.Pipeline;
import dev.varve.sync.Progress;
import dev.varve.sync.Stage;
import dev.varve.sync.SyncTarget;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Cuts the power at every call by which a pipeline can change the disk, and reopens. Each stage's
 * tables must then hold exactly what its progress says, and finishing must give what an undisturbed
 * run gives.
 *
 * <p>The run that is cut has two lives: half of the chain, a clean close, and the rest.
 */
public final class PowerCutCheck {

    private static final long SEGMENT_BYTES = 64 << 10;

    private final StageWorkload workload;
    private final Function<LogStore, Pipeline> pipelines;
    private final ReferenceTables reference;
    private Durability durability = Durability.NONE;
    private Consumer<List<Progress>> alsoHolds = progress -> {};

    /** A check of pipelines with the stages of a workload, each over a given store. */
    public PowerCutCheck(StageWorkload workload, Function<LogStore, Pipeline> pipelines) {
        this.workload = workload;
        this.pipelines = pipelines;
        this.reference = new ReferenceTables(workload);
    }

    /** What the store's commits wait for; {@link Durability#NONE} if not set. */
    public PowerCutCheck durability(Durability chosen) {
        durability = chosen;
        return this;
    }

    /** Adds an assertion on what is found after each power cut. */
    public PowerCutCheck alsoHolds(Consumer<List<Progress>> assertion) {
        alsoHolds = assertion;
        return this;
    }

    /**
     * Cuts the power at every call.
     *
     * @return how many power cuts there were
     * @throws AssertionError if what is found is wrong; tells how to see it again
     */
    public long run(CrashModel model, long seed) {
        SimDisk undisturbed = new SimDisk();
        assertTrue(livesThrough(undisturbed), "the workload ends");
        long calls = undisturbed.calls();
        for (long call = 1; call <= calls; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            boolean lived = livesThrough(disk);
            try {
                assertTrue(!lived, "the power was cut");
                inspect(disk.crash(model, seed + call));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "power cut at call " + call + " of " + calls + ", " + model + ", "
                                + durability + ", seed " + seed + ": " + e.getMessage(),
                        e);
            }
        }
        return calls;
    }

    /** Whether the power stayed on. */
    private boolean livesThrough(SimDisk disk) {
        try {
            runTo(disk, workload.items() / 2);
            runTo(disk, workload.items());
            return true;
        } catch (SimPowerCut expected) {
            return false;
        }
    }

    private void runTo(SimDisk disk, int items) {
        try (LogStore store = open(disk);
                Pipeline pipeline = pipelines.apply(store)) {
            pipeline.run(workload.target(items));
        }
    }

    private LogStore open(SimDisk disk) {
        LogOptions options =
                LogOptions.defaults().withSegmentBytes(SEGMENT_BYTES).withDurability(durability);
        return LogStore.open(new OneLife(disk), options);
    }

    private void inspect(SimDisk found) {
        try (LogStore store = open(found)) {
            List<Progress> all = Progress.readAll(store);
            compareWithProgress(store, all);
            alsoHolds.accept(all);
            try (Pipeline pipeline = pipelines.apply(store)) {
                pipeline.run(workload.target(workload.items()));
            }
            assertEquals(reference.last(), TableDumps.all(store, workload), "after finishing");
            assertEquals(List.of(), store.verify().problems());
        }
    }

    private void compareWithProgress(LogStore store, List<Progress> all) {
        Map<String, Progress> byStage =
                all.stream().collect(Collectors.toMap(Progress::stage, progress -> progress));
        SyncTarget chain = workload.target(workload.items());
        for (Stage stage : workload.stages()) {
            String id = stage.spec().id();
            Progress progress = byStage.get(id);
            long next = progress == null ? 0 : progress.next();
            assertEquals(
                    reference.at(id, next),
                    TableDumps.ofStage(store, workload, stage),
                    () -> "tables of stage " + id + ", whose progress is " + next);
            ItemId lineage = progress == null ? null : progress.lineage();
            if (lineage != null) {
                assertEquals(chain.idAt(next - 1), lineage, () -> "lineage of stage " + id);
            }
        }
    }

    /**
     * A disk that outlives the stores on it: closing a store leaves it open, with its call numbers.
     */
    private static final class OneLife extends ForwardingStorage {
        OneLife(Storage disk) {
            super(disk);
        }

        @Override
        public void lock(String name) {}

        @Override
        public void close() {}
    }
}
