package dev.varve.sync;

import static java.util.Objects.requireNonNull;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Takes a chain through stages into a log store, and goes on where it was stopped, by whatever.
 *
 * <p>{@link #run} works in the calling thread; the pipeline starts none and interrupts none. It
 * alone commits, each time the records of one step together with where its stage then stands. One
 * thread at a time runs it; {@link #requestStop}, {@link #status} and {@link #close} are for any
 * thread. A store has at most one pipeline at a time for the same stages. The store is closed by
 * its owner, after the pipeline.
 *
 * <pre>{@code
 * try (LogStore store = LogStore.open(directory, LogOptions.bulk());
 *         Pipeline pipeline =
 *                 Pipeline.over(store).stage(new Bodies(peers)).stage(new Balances()).build()) {
 *     Runtime.getRuntime().addShutdownHook(new Thread(pipeline::close));
 *     CycleReport report = pipeline.run(peers); // a SyncTarget
 * }
 *
 * final class Bodies implements Stage {
 *     static final TableSpec BODIES = TableSpec.byHeight("bodies");
 *     // ...
 *     public StageSpec spec() {
 *         return StageSpec.named("bodies").owns(BODIES).build();
 *     }
 *
 *     public StepResult forward(StepContext context, HeightRange range) {
 *         long next = range.from();
 *         while (next < range.to() && !context.budget().exhausted()) {
 *             context.put(BODIES, next, peers.body(next));
 *             next++;
 *         }
 *         return next == range.to() ? new StepResult.Done(next) : new StepResult.More(next);
 *     }
 * }
 * }</pre>
 */
public final class Pipeline implements AutoCloseable {

    private final Parts parts;
    private final StopSignal stop;
    private volatile PipelineStatus status;

    private Pipeline(Parts parts) {
        this.parts = parts;
        this.stop = new StopSignal(parts.environment().sleeper());
        this.status = statusOf(parts);
    }

    private static PipelineStatus statusOf(Parts parts) {
        ProgressTable progress = new ProgressTable(parts.store());
        Snapshot snapshot = parts.store().snapshot();
        List<StageStatus> stages = new ArrayList<>();
        for (StageRun stage : parts.stages()) {
            long next = progress.read(snapshot, stage.id()).next();
            stages.add(new StageStatus(stage.id(), next, next, -1, Work.NONE));
        }
        return new PipelineStatus(null, stages);
    }

    /** Starts a pipeline over a store, which stays the caller's. */
    public static Builder over(LogStore store) {
        return new Builder(store);
    }

    /**
     * Takes all stages to the target's head, or as far as they come, starting where the store says
     * that they stand. What was committed is durable when this returns, and may not yet be when it
     * throws; every way of ending leaves the store ready for the next run.
     *
     * @throws BadItemException if an item breaks the chain's rules; those before it are committed
     * @throws RetriesExhaustedException if a step could not be done in as many tries as allowed
     * @throws LineageException if a stage stands on another chain than the target
     * @throws dev.varve.logstore.io.StorageFullException if there is no space; the last step is
     *     dropped, and a run goes on from there once there is space
     * @throws dev.varve.logstore.io.StorageException if the store fails
     * @throws IllegalStateException if the pipeline runs already, or a stage breaks its contract
     */
    public CycleReport run(SyncTarget target) {
        stop.enter();
        try (Batch batch = parts.store().newBatch()) {
            return new Cycle(parts, stop, batch, changed -> status = changed).run(target);
        } finally {
            status = new PipelineStatus(null, status.stages());
            stop.leave();
        }
    }

    /**
     * Asks the run in progress to end at the next point between two steps; returns at once. A stop
     * is for good: later runs end before their first step.
     */
    public void requestStop() {
        stop.request();
    }

    /** Where the stages stand; before the first run as the store had it when this was built. */
    public PipelineStatus status() {
        return status;
    }

    /**
     * Requests a stop and waits for the run to end, as long as {@link #close()} would but at most
     * {@code limit}. Giving up harms nothing: what is not committed is not in the store.
     *
     * @return whether no run is in progress
     */
    public boolean stopWithin(Duration limit) throws InterruptedException {
        stop.request();
        return stop.awaitIdle(TimeUnit.NANOSECONDS.convert(limit)); // saturates
    }

    /**
     * Requests a stop and waits until the run in progress has ended, which takes no longer than one
     * step and one commit. Idempotent. Called from inside a run it does not wait.
     */
    @Override
    public void close() {
        stop.request();
        stop.awaitIdle();
    }

    /** What a pipeline is made of. */
    record Parts(
            LogStore store,
            List<StageRun> stages,
            PipelineOptions options,
            PipelineListener listener,
            Environment environment) {}

    /** Collects what a pipeline is made of; for one thread. */
    public static final class Builder {

        private final LogStore store;
        private final List<Stage> stages = new ArrayList<>();
        private PipelineOptions options = PipelineOptions.defaults();
        private PipelineListener listener = event -> {};
        private Environment environment = Environment.real();

        private Builder(LogStore store) {
            this.store = store;
        }

        /**
         * Adds a stage. Where the specs leave the order open, stages run in the order of adding.
         */
        public Builder stage(Stage stage) {
            stages.add(stage);
            return this;
        }

        /** Adds stages. */
        public Builder stages(Iterable<? extends Stage> more) {
            more.forEach(this::stage);
            return this;
        }

        public Builder options(PipelineOptions chosen) {
            options = chosen;
            return this;
        }

        public Builder listener(PipelineListener told) {
            listener = told;
            return this;
        }

        Builder environment(Environment replaced) {
            environment = replaced;
            return this;
        }

        /**
         * Orders the stages and registers their tables with the store.
         *
         * @throws IllegalArgumentException for an id given twice, a dependency on an unknown stage,
         *     a table with two owners, and a cycle; it names them
         */
        public Pipeline build() {
            StageGraph graph = new StageGraph(stages);
            Map<String, StageRun> runs = new HashMap<>();
            List<StageRun> ordered = new ArrayList<>();
            for (Stage stage : graph.forwardOrder()) {
                StageSpec spec = stage.spec();
                List<StageRun> inputs =
                        spec.inputs().stream().map(id -> requireNonNull(runs.get(id))).toList();
                StageRun run = new StageRun(stage, inputs, graph.readableBy(spec.id()), store);
                runs.put(spec.id(), run);
                ordered.add(run);
            }
            return new Pipeline(
                    new Parts(store, List.copyOf(ordered), options, listener, environment));
        }
    }
}
