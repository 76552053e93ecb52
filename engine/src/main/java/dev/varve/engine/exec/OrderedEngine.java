package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Executes transactions whose keys are declared: each when all earlier ones that conflict with it
 * are done, and most only once.
 *
 * <p>Assumes: the declarations are exact; the views enforce it.
 *
 * <p>Guarantees: a transaction reads what its predecessors in the plan left, so its outcome is that
 * of a sequential execution. Values that nobody shares are set, and successors start, as soon as it
 * has run; what it adds beside others is added by the committer, in order, and only then do readers
 * of that key start. If its additions could fail in some order of the others, it runs again when
 * all earlier ones are final.
 *
 * <p>Progress: the lowest unfinished transaction never waits for another one. Workers wait in
 * {@link IdleWorkers} only. A worker may leave a few of its transactions for a later commit, but
 * commits what can be before it waits, and as soon as it sees another one waiting.
 *
 * <p>A block that is announced gets its plan while the one before is executed, by the calling
 * thread before it works along. So there are two plans; that of the block in execution is left
 * alone.
 *
 * <p>Memory ordering: cells are handed from a transaction to its successors by {@link
 * OrderedGates}, {@link ReadyRing} and {@link LocalQueues}; results to the committer by the
 * state of the transaction.
 */
final class OrderedEngine implements Engine, CommitFrontier.Settler {

    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int UNFINISHED = 0;
    private static final int DONE = 1;
    private static final int NEEDS_SLOT = 2;

    /** The worker that is the calling thread. */
    private static final int CALLER = 0;

    private final BlockRun run;
    private final WorkerPool pool;
    private final int stripes;
    private OrderedPlan plan;

    /** Null until a block was announced, and after its planning has failed. */
    private @Nullable OrderedPlan otherPlan;

    /** The block that {@link #otherPlan} is of. */
    private @Nullable BlockInput<?> prepared;

    private final BlockTime time = new BlockTime();

    private final OrderedGates gates;
    private final OrderedResults results;
    private final ReadyRing ring = new ReadyRing();
    private final LocalQueues queues;
    private final CommitFrontier frontier = new CommitFrontier(this);
    private final IdleWorkers idle;
    private final Worker[] workers;
    private final OrderedGates.Ready share = this::share;
    private int[] states = {};

    OrderedEngine(BlockRun run, Settings settings, WorkerPool pool) {
        this.run = run;
        this.pool = pool;
        stripes = settings.orderedStripes();
        plan = new OrderedPlan(run.keys(), stripes);
        gates = new OrderedGates(plan);
        results = new OrderedResults(plan);
        idle = new IdleWorkers(settings.threads());
        queues = new LocalQueues(settings.threads());
        workers = new Worker[settings.threads()];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i, settings.classifier());
        }
    }

    @Override
    public void execute(BlockRun sameRun) {
        assert sameRun == run : "an engine serves one executor";
        int count = run.count();
        time.begin(run.nanoTime(), run.isOf(prepared));
        takePlan();
        for (Worker worker : workers) {
            worker.begin();
        }
        results.begin(plan);
        if (states.length < count) {
            states = new int[Math.max(count, states.length * 2)];
        } else {
            Arrays.fill(states, 0, count, UNFINISHED);
        }
        frontier.begin(count);
        ring.begin(count, plan.free(), plan.freeCount());
        queues.begin();
        gates.begin(plan);
        run.onStop(idle::wakeAll);
        pool.run(this::work, run.next() != null);
        for (Worker worker : workers) {
            worker.log.forget();
        }
    }

    @Override
    public void dropPrepared() {
        prepared = null;
        OrderedPlan dropped = otherPlan;
        if (dropped != null) {
            dropped.clear();
        }
    }

    @Override
    public long ownNs(long wallNs) {
        int threads = 0;
        for (Worker worker : workers) {
            if (worker.tally.get(WorkerTally.TOOK_PART) != 0) {
                time.left(worker.leftAtNs);
                threads++;
            }
        }
        return time.ownNs(threads);
    }

    @Override
    public void addTo(WorkerTally total) {
        for (Worker worker : workers) {
            worker.tally.addTo(total);
        }
    }

    private void takePlan() {
        OrderedPlan ready = run.isOf(prepared) ? otherPlan : null;
        if (ready != null) {
            otherPlan = plan;
            plan = ready;
        }
        prepared = null;
        if (ready == null || run.next() == null) {
            dropPrepared(); // else by who plans the next block, while others execute this one
        }
        if (ready == null) {
            plan.build(Objects.requireNonNull(run.hints(), "hints"), run.count());
        }
    }

    private void work(int worker) {
        if (worker == CALLER) {
            prepareNext();
        }
        workers[worker].work();
    }

    private void prepareNext() {
        BlockInput<?> next = run.next();
        if (next == null) {
            return;
        }
        long from = run.nanoTime();
        try {
            AccessHints hints = next.exactHints();
            if (hints == null) {
                dropPrepared();
            } else {
                OrderedPlan last = otherPlan;
                otherPlan = null; // a plan that fails half-way is of no use any more
                OrderedPlan built = last == null ? new OrderedPlan(run.keys(), stripes) : last;
                built.build(hints, next.count());
                otherPlan = built;
                prepared = next;
            }
        } catch (Throwable e) {
            // Not of this block: thrown when that one is executed and its hints are asked again.
            prepared = null;
        }
        time.addPreparation(run.nanoTime() - from);
    }

    @Override
    public boolean isActionable(int index) {
        return (int) STATE.getVolatile(states, index) != UNFINISHED && !run.isStopped();
    }

    @Override
    public CommitFrontier.Settlement settle(int index) {
        int state = (int) STATE.getVolatile(states, index);
        if (state == UNFINISHED || run.isStopped()) {
            return CommitFrontier.Settlement.NOT_YET;
        }
        run.interference().at(Interference.Point.SETTLING, index);
        if (state == NEEDS_SLOT) {
            STATE.setVolatile(states, index, UNFINISHED);
            return CommitFrontier.Settlement.RUN_IN_SLOT;
        }
        return commit(index)
                ? CommitFrontier.Settlement.COMMITTED
                : CommitFrontier.Settlement.NOT_YET;
    }

    /** Makes a transaction final; false if the block ends here. */
    private boolean commit(int index) {
        results.commit(index, run);
        if (!run.commit(index)) {
            return false;
        }
        int end = plan.firstLink(index + 1);
        for (int link = plan.firstLink(index); link < end; link++) {
            if (isAdding(link)) {
                gates.pass(link, share);
            }
        }
        return true;
    }

    private boolean isAdding(int link) {
        Links links = plan.links();
        return links.successor(link) == Links.IN_GROUPS
                && plan.groups().isAdding(links.group(link));
    }

    /** Offers a transaction to all workers. */
    private void share(int transaction) {
        ring.add(transaction);
        idle.wake(1);
    }

    private boolean isOver() {
        return frontier.isAtEnd() || run.isStopped();
    }

    /** Whether a pending addition is within its bounds, whatever the others add before it. */
    private boolean isSafe(Access access) {
        byte[] value = Objects.requireNonNull(access.cell.value(), "loaded before the addition");
        if (!Counters.isCounter(value)) {
            return false;
        }
        long now = Counters.decode(value);
        long lowestSum = plan.lowestSum(access.cell);
        long highestSum = plan.highestSum(access.cell);
        if (lowestSum == Long.MIN_VALUE || highestSum == Long.MAX_VALUE) {
            return false; // held at the end of the range: the true sum may be far beyond
        }
        return Counters.plusSaturated(now, lowestSum) >= access.low
                && Counters.plusSaturated(now, highestSum) <= access.high;
    }

    private boolean areAdditionsSafe(AccessLog log) {
        for (int i = 0; i < log.size(); i++) {
            Access access = log.get(i);
            if (access.pending && !isSafe(access)) {
                return false;
            }
        }
        return true;
    }

    /** One thread's part. */
    private final class Worker {

        /** Enough that commits share the cost of the frontier; the more, the later they are. */
        private static final int COMMIT_INTERVAL = 16;

        private final int id;
        private final OrderedView view = new OrderedView(run, plan);
        private final AccessLog log = new AccessLog();
        private final WorkerTally tally;
        private final OrderedGates.Ready follow = this::follow;
        private final IdleWorkers.Condition mayGoOn =
                new IdleWorkers.Condition() {
                    @Override
                    public boolean holds() {
                        return !ring.isEmpty() || !queues.isEmpty() || isOver();
                    }

                    @Override
                    public boolean seemsToHold(int look) {
                        return !ring.isEmpty() || !queues.isOtherEmpty(id, look) || isOver();
                    }
                };

        /** Freed by this worker and still its own, so that it meets warm caches. */
        private int next;

        /** To be run in its slot by this worker. */
        private int inSlot;

        /** Transactions that this worker has executed since it last looked at the frontier. */
        private int uncommitted;

        /** When this worker found that the block was over. */
        private long leftAtNs;

        Worker(int id, KeyClassifier classifier) {
            this.id = id;
            this.tally = new WorkerTally(classifier);
        }

        void begin() {
            view.use(plan);
            tally.clear();
            next = OrderedPlan.NONE;
            inSlot = CommitFrontier.NONE;
            uncommitted = 0;
        }

        void work() {
            tally.count(WorkerTally.TOOK_PART);
            try {
                while (!isOver()) {
                    step();
                }
            } catch (Throwable e) {
                run.stopped = true; // if the stack is too short for the call
                run.fail(e);
            }
            leftAtNs = run.nanoTime();
            idle.wakeAll();
        }

        private void step() {
            if (inSlot != CommitFrontier.NONE) {
                int transaction = inSlot;
                inSlot = CommitFrontier.NONE;
                executeInSlot(transaction);
                return;
            }
            int transaction = ready();
            if (transaction == OrderedPlan.NONE) {
                advance();
                if (inSlot == CommitFrontier.NONE) {
                    idle.await(id, mayGoOn, tally);
                }
            } else {
                execute(transaction);
            }
        }

        /** What this worker has freed, else what anybody has. */
        private int ready() {
            int transaction = next != OrderedPlan.NONE ? next : queues.poll(id);
            next = OrderedPlan.NONE;
            if (transaction == OrderedPlan.NONE) {
                transaction = ring.poll();
            }
            return transaction != OrderedPlan.NONE ? transaction : queues.steal(id);
        }

        private void execute(int transaction) {
            long from = run.measuresTime() ? System.nanoTime() : 0;
            view.start(transaction, log);
            BlockRun.Ending ending = executeProgram(transaction);
            if (run.isStopped()) {
                return;
            }
            boolean isFinal =
                    switch (ending) {
                        case SUCCEEDED -> areAdditionsSafe(log);
                        case FAILED ->
                                !run.outcomes().isFatal(transaction) && areAdditionsSafe(log);
                        case ABANDONED -> false;
                    };
            if (isFinal) {
                finish(transaction, ending, from);
            } else {
                tally.count(WorkerTally.ABANDONED);
                conclude(transaction, NEEDS_SLOT);
            }
        }

        private void executeInSlot(int transaction) {
            long from = run.measuresTime() ? System.nanoTime() : 0;
            view.startInSlot(transaction, log);
            tally.count(WorkerTally.IN_SLOT);
            BlockRun.Ending ending = executeProgram(transaction);
            if (run.isStopped()) {
                return;
            }
            if (ending == BlockRun.Ending.ABANDONED) {
                throw new AssertionError("transaction " + transaction + " failed in its slot");
            }
            finish(transaction, ending, from);
        }

        private BlockRun.Ending executeProgram(int transaction) {
            tally.count(WorkerTally.EXECUTIONS);
            run.interference().at(Interference.Point.CLAIMED, transaction);
            BlockRun.Ending ending = run.execute(transaction, view);
            run.interference().at(Interference.Point.EXECUTED, transaction);
            return ending;
        }

        private void finish(int transaction, BlockRun.Ending ending, long from) {
            long ns = run.measuresTime() ? System.nanoTime() - from : 0;
            boolean succeeded = ending == BlockRun.Ending.SUCCEEDED;
            results.keep(transaction, log, succeeded, ns);
            releaseUnshared(transaction);
            run.interference().at(Interference.Point.RELEASING, transaction);
            if (mayCommitLater()) {
                STATE.setVolatile(states, transaction, DONE);
            } else if (!frontier.isAt(transaction)) {
                conclude(transaction, DONE);
            } else if (commit(transaction)) {
                frontier.pass(transaction);
                advance();
            }
        }

        private void releaseUnshared(int transaction) {
            int end = plan.firstLink(transaction + 1);
            for (int link = plan.firstLink(transaction); link < end; link++) {
                if (!isAdding(link)) {
                    gates.pass(link, follow);
                }
            }
        }

        private void conclude(int transaction, int state) {
            STATE.setVolatile(states, transaction, state);
            advance();
        }

        /**
         * Whether the commit can be left to a later look at the frontier, of any worker: several
         * commits at once cost less than one at a time, since each moves the lines of the frontier
         * from core to core. Not when somebody waits, maybe for this one; and a worker looks before
         * it waits itself.
         */
        private boolean mayCommitLater() {
            return ++uncommitted < COMMIT_INTERVAL && !idle.hasWaiting();
        }

        private void advance() {
            uncommitted = 0;
            inSlot = frontier.advance();
            if (inSlot != CommitFrontier.NONE && next != OrderedPlan.NONE) {
                share(next);
                next = OrderedPlan.NONE;
            }
        }

        /** Goes on with the lowest of the transactions that this worker has freed. */
        private void follow(int transaction) {
            if (next == OrderedPlan.NONE) {
                next = transaction;
            } else {
                int higher = Math.max(next, transaction);
                next = Math.min(next, transaction);
                if (!queues.add(id, higher)) {
                    share(higher);
                } else if (idle.hasWaiting()) {
                    idle.wake(1);
                }
            }
        }
    }
}
