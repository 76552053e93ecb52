package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes transactions whose keys are unknown: all of a window at once, each checked when
 * everything before it is final. Multi-version memory and estimates are those of Block-STM (arXiv
 * 2203.06871); that the last check is made at the commit, and that what fails it is redone there at
 * once, is how Monad bounds repetition.
 *
 * <p>Assumes: programs are pure, as {@link TxProgram} says.
 *
 * <p>Guarantees: a transaction commits only with an execution that has read, and added to, what a
 * sequential execution would have: by version, or else by value. It is executed at most {@link
 * #MAX_ATTEMPTS} times in vain, and then once in its slot.
 *
 * <p>Progress: the lowest unfinished transaction is being executed, or is taken by whoever looks
 * after the commits: {@link CommitFrontier} lets no such moment pass. An execution that never ends
 * because of what it has read finds that out in {@link SpeculativeView#look}. Workers wait in
 * {@link IdleWorkers} only, and a little for a transaction that is being redone.
 *
 * <p>Memory ordering: transactions are handed over by {@link TxStates}, values by {@link
 * VersionStore}.
 */
final class SpeculativeEngine implements Engine, CommitFrontier.Settler {

    /** Executions of a transaction that may be thrown away before it waits for its slot. */
    static final int MAX_ATTEMPTS = 2;

    private static final int NONE = CommitFrontier.NONE;
    private static final int NEXT = 0;

    private final BlockRun run;
    private final @Nullable WorkerPool pool;
    private final int window;
    private final VersionStore store;
    private final TxStates states;
    private final TxSlot[] slots;
    private final CommitFrontier frontier = new CommitFrontier(this);
    private final PaddedWords words = new PaddedWords(1);
    private final IdleWorkers idle;
    private final Worker[] workers;
    private final List<VersionStore.Pool> pools = new ArrayList<>();

    /** Of the committer. */
    private final Resolution settling = new Resolution();

    private final WorkerTally settled;
    private int count;

    SpeculativeEngine(BlockRun run, Settings settings, @Nullable WorkerPool pool) {
        this.run = run;
        this.pool = pool;
        window = settings.speculativeWindow();
        store = new VersionStore(settings.speculativeStripes());
        states = new TxStates(window);
        slots = new TxSlot[window];
        for (int i = 0; i < window; i++) {
            slots[i] = new TxSlot();
        }
        idle = new IdleWorkers(settings.threads());
        settled = new WorkerTally(settings.classifier());
        workers = new Worker[settings.threads()];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i, settings.classifier());
            pools.add(workers[i].view.pool());
        }
    }

    @Override
    public void execute(BlockRun sameRun) {
        assert sameRun == run : "an engine serves one executor";
        count = run.count();
        store.begin(pools);
        states.begin();
        settled.clear();
        words.setVolatile(NEXT, 0);
        frontier.begin(count);
        run.onStop(idle::wakeAll);
        for (Worker worker : workers) {
            worker.tally.clear();
        }
        if (pool == null) {
            workers[0].work();
        } else {
            pool.run(worker -> workers[worker].work(), run.next() != null);
        }
        for (TxSlot slot : slots) {
            slot.forget();
        }
        if (!run.isStopped()) {
            fixFinalValues();
        }
    }

    @Override
    public void addTo(WorkerTally total) {
        settled.addTo(total);
        for (Worker worker : workers) {
            worker.tally.addTo(total);
        }
    }

    /** Whether a transaction is being executed by somebody. */
    boolean isExecuting(int transaction) {
        return states.get(transaction) == TxStates.EXECUTING;
    }

    /** Whether a commit is possible and nobody is at it. */
    boolean isNeglected() {
        return frontier.isNeglected();
    }

    @Override
    public boolean isActionable(int index) {
        return switch (states.get(index)) {
            case TxStates.EXECUTED, TxStates.DEFERRED, TxStates.NEEDS_SLOT ->
                    !run.isStopped();
            default -> false;
        };
    }

    @Override
    public CommitFrontier.Settlement settle(int index) {
        int state = states.get(index);
        if (run.isStopped()) {
            return CommitFrontier.Settlement.NOT_YET;
        }
        run.interference().at(Interference.Point.SETTLING, index);
        return switch (state) {
            case TxStates.EXECUTED ->
                    states.change(index, TxStates.EXECUTED, TxStates.CHECKING)
                            ? check(index)
                            : CommitFrontier.Settlement.NOT_YET;
            case TxStates.DEFERRED, TxStates.NEEDS_SLOT ->
                    states.change(index, state, TxStates.EXECUTING)
                            ? redo(index)
                            : CommitFrontier.Settlement.NOT_YET;
            default -> CommitFrontier.Settlement.NOT_YET;
        };
    }

    /** All earlier transactions are final: has this one read what they left? */
    private CommitFrontier.Settlement check(int index) {
        TxSlot slot = slot(index);
        Access wrong = store.firstStale(index, slot.log, settling);
        if (wrong == null) {
            wrong = store.firstForbidden(index, slot.log, settling);
        }
        if (wrong == null) {
            return commit(index);
        }
        settled.countInvalidated(wrong.cell.key());
        store.estimate(index, slot);
        states.set(index, TxStates.EXECUTING);
        return redo(index);
    }

    private CommitFrontier.Settlement redo(int index) {
        slot(index).inSlot = true;
        return CommitFrontier.Settlement.RUN_IN_SLOT;
    }

    private CommitFrontier.Settlement commit(int index) {
        TxSlot slot = slot(index);
        DependencyMeter meter = run.meter();
        if (meter != null) {
            meter.measure(slot.log, slot.succeeded, slot.durationNs);
        }
        for (int i = 0; slot.succeeded && i < slot.log.size(); i++) {
            Access access = slot.log.get(i);
            if (access.write != Access.Write.NONE) {
                run.batch().record(access.cell);
            }
        }
        boolean goesOn = run.commit(index);
        states.set(index, TxStates.COMMITTED);
        return goesOn ? CommitFrontier.Settlement.COMMITTED : CommitFrontier.Settlement.NOT_YET;
    }

    /** The block is over: the cells of the batch get the values that remain. */
    private void fixFinalValues() {
        WriteBatch batch = run.batch();
        for (int i = 0; i < batch.count(); i++) {
            VersionedCell cell = (VersionedCell) batch.cell(i);
            cell.resolve(count, settling);
            assert !settling.isEstimate() && !settling.lacksBase() : "all writers are final";
            cell.setValue(settling.value());
        }
    }

    private TxSlot slot(int transaction) {
        return slots[transaction & (window - 1)];
    }

    private boolean isOver() {
        return frontier.isAtEnd() || run.isStopped();
    }

    private boolean mayClaim() {
        long next = words.get(NEXT);
        return next < count && next < (long) frontier.position() + window;
    }

    /** The lowest transaction that nobody has begun, if it is in the window. */
    private int claim() {
        while (mayClaim()) {
            long next = words.get(NEXT);
            if (next < count
                    && next < (long) frontier.position() + window
                    && words.compareAndSet(NEXT, next, next + 1)) {
                int transaction = (int) next;
                slot(transaction).open(transaction, frontier.position());
                states.set(transaction, TxStates.EXECUTING);
                return transaction;
            }
        }
        return NONE;
    }

    /** One thread's part. */
    private final class Worker {

        /** Later transactions that are checked after one has been executed, per thread. */
        private static final int REACH_PER_THREAD = 2;

        private final int id;
        private final SpeculativeView view =
                new SpeculativeView(SpeculativeEngine.this, run, store);
        private final WorkerTally tally;
        private final IdleWorkers.Condition mayGoOn =
                () -> isOver() || mayClaim() || frontier.canAdvance();

        Worker(int id, KeyClassifier classifier) {
            this.id = id;
            this.tally = new WorkerTally(classifier);
        }

        void work() {
            tally.count(WorkerTally.TOOK_PART);
            try {
                int last = NONE;
                while (!isOver()) {
                    int transaction = next(last);
                    last = transaction;
                    if (transaction == NONE) {
                        idle.await(id, mayGoOn, tally);
                    } else {
                        execute(transaction);
                    }
                }
            } catch (Throwable e) {
                run.stopped = true; // if the stack is too short for the call
                if (e instanceof Error) {
                    store.abandoned = true;
                }
                run.fail(e);
            }
            if (run.isBroken()) {
                store.abandoned = true;
            }
            idle.wakeAll();
        }

        /** The most urgent transaction, now this worker's; {@code last} is what it has just run. */
        private int next(int last) {
            int transaction = advance();
            if (transaction == NONE && last != NONE) {
                transaction = recheckAfter(last);
                if (transaction == NONE) {
                    transaction = advance();
                }
            }
            return transaction != NONE ? transaction : claimNew();
        }

        private int advance() {
            int before = frontier.position();
            int transaction = frontier.advance();
            int moved = frontier.position() - before;
            if (moved > 0) {
                idle.wake(frontier.isAtEnd() ? workers.length : moved);
            }
            return transaction;
        }

        private int claimNew() {
            int transaction = claim();
            AccessHints hints = run.hints();
            if (transaction != NONE && hints != null) {
                view.announce(transaction, slot(transaction), hints);
            }
            return transaction;
        }

        private void execute(int transaction) {
            TxSlot slot = slot(transaction);
            run.interference().at(Interference.Point.CLAIMED, transaction);
            long from = run.measuresTime() ? System.nanoTime() : 0;
            slot.incarnation++;
            tally.count(WorkerTally.EXECUTIONS);
            view.start(transaction, slot);
            BlockRun.Ending ending = run.execute(transaction, view);
            slot.durationNs = run.measuresTime() ? System.nanoTime() - from : 0;
            run.interference().at(Interference.Point.EXECUTED, transaction);
            if (run.isStopped()) {
                return;
            }
            if (ending == BlockRun.Ending.ABANDONED) {
                if (slot.inSlot) {
                    throw new AssertionError("transaction " + transaction + " failed in its slot");
                }
                giveUp(transaction, slot);
                return;
            }
            if (run.interference().rejects(transaction)) {
                giveUp(transaction, slot);
                return;
            }
            slot.succeeded = ending == BlockRun.Ending.SUCCEEDED;
            store.publish(transaction, slot, frontier.position());
            run.interference().at(Interference.Point.PUBLISHED, transaction);
            if (!slot.inSlot) {
                states.set(transaction, TxStates.EXECUTED);
                return;
            }
            tally.count(WorkerTally.IN_SLOT);
            if (commit(transaction) == CommitFrontier.Settlement.COMMITTED) {
                frontier.pass(transaction);
                idle.wake(frontier.isAtEnd() ? workers.length : 1);
            }
        }

        private void giveUp(int transaction, TxSlot slot) {
            tally.count(WorkerTally.ABANDONED);
            slot.attempts++;
            states.set(transaction, retryState(slot));
        }

        private int retryState(TxSlot slot) {
            return slot.attempts >= MAX_ATTEMPTS ? TxStates.NEEDS_SLOT : TxStates.DEFERRED;
        }

        /**
         * What has just been written may be what a later transaction should have read. Those close
         * by are checked now: the earlier that is found, the less is built on it. The others are
         * checked when they commit, so this is a matter of speed only.
         */
        private int recheckAfter(int transaction) {
            long end =
                    Math.min(
                            words.get(NEXT),
                            transaction + 1L + (long) REACH_PER_THREAD * workers.length);
            for (int later = transaction + 1; later < end; later++) {
                int state = states.get(later);
                if (state == TxStates.DEFERRED
                        && states.change(later, state, TxStates.EXECUTING)) {
                    return later;
                }
                if (state == TxStates.EXECUTED
                        && states.change(later, state, TxStates.CHECKING)
                        && !confirms(later)) {
                    return later;
                }
            }
            return NONE;
        }

        /** Whether a transaction stands or waits for its slot; else it is now this worker's. */
        private boolean confirms(int later) {
            run.interference().at(Interference.Point.CHECKING, later);
            TxSlot slot = slot(later);
            Access stale = store.firstStale(later, slot.log, view.resolution());
            if (stale == null) {
                states.set(later, TxStates.EXECUTED);
                return true;
            }
            tally.countInvalidated(stale.cell.key());
            store.estimate(later, slot);
            run.interference().at(Interference.Point.INVALIDATED, later);
            slot.attempts++;
            if (slot.attempts >= MAX_ATTEMPTS) {
                states.set(later, TxStates.NEEDS_SLOT);
                return true;
            }
            states.set(later, TxStates.EXECUTING);
            return false;
        }
    }
}
