package dev.varve.engine.exec;

import java.util.Objects;

/**
 * One transaction after the other, on the calling thread, where the accesses are declared: all
 * declarations are taken first, as for {@link OrderedEngine}, but need no queues, since the order
 * of the indexes satisfies them. So a declared access costs a comparison and not a look-up, and an
 * undeclared one is found.
 */
final class DeclaredEngine implements Engine {

    private final OrderedPlan plan;
    private final OrderedView view;
    private final AccessLog log = new AccessLog();
    private final WorkerTally tally;

    DeclaredEngine(BlockRun run, KeyClassifier classifier) {
        plan = new OrderedPlan(run.keys(), 1);
        view = new OrderedView(run, plan);
        tally = new WorkerTally(classifier);
    }

    @Override
    public void execute(BlockRun run) {
        tally.clear();
        tally.count(WorkerTally.TOOK_PART);
        plan.buildForOne(Objects.requireNonNull(run.hints(), "hints"), run.count());
        for (int index = 0; index < run.count() && !run.isStopped(); index++) {
            executeOne(run, index);
        }
        log.forget();
    }

    @Override
    public void addTo(WorkerTally total) {
        tally.addTo(total);
    }

    private void executeOne(BlockRun run, int index) {
        long from = run.measuresTime() ? System.nanoTime() : 0;
        view.start(index, log);
        tally.count(WorkerTally.EXECUTIONS);
        BlockRun.Ending ending = run.execute(index, view);
        if (ending != BlockRun.Ending.ABANDONED && !run.isStopped()) {
            long ns = run.measuresTime() ? System.nanoTime() - from : 0;
            run.commitDirectly(index, log, ending, ns);
        }
    }
}
