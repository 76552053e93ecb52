package dev.varve.engine.exec;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The block that an executor is working on, shared by its workers; reused for the next one.
 *
 * <p>{@link #begin} and the getters of the result belong to the calling thread while no worker is
 * inside; {@link #commit} to the committer; the rest may be used by every worker.
 */
final class BlockRun {

    private static final BaseState NO_BASE = key -> null;
    private static final TxProgram<?> NO_PROGRAM = (index, view) -> null;

    private final Keys keys;
    private final Interference interference;
    private final StatisticsLevel level;
    private final Outcomes outcomes = new Outcomes();
    private WriteBatch batch = new WriteBatch();
    private final @Nullable DependencyMeter meter;

    /** Whether workers leave the block; set by one without stack, who then throws. */
    volatile boolean stopped;

    private @Nullable Throwable failure;
    private volatile boolean broken;
    private Runnable onStop = () -> {};
    private BaseState base = NO_BASE;
    private TxProgram<?> program = NO_PROGRAM;
    private @Nullable BlockInput<?> input;
    private @Nullable BlockInput<?> next;
    private @Nullable AccessHints hints;
    private @Nullable CommitListener<?> listener;
    private int count;
    private int failed;

    /** How an execution ended. */
    enum Ending {
        /** With a result: its writes count, if it is valid. */
        SUCCEEDED,
        /** With a failure, which is its outcome, if it is valid. */
        FAILED,
        /** It was given up; nothing of it counts. */
        ABANDONED
    }

    BlockRun(
            Keys keys,
            Interference interference,
            StatisticsLevel level,
            KeyClassifier classifier) {
        this.keys = keys;
        this.interference = interference;
        this.level = level;
        this.meter = level == StatisticsLevel.COUNTERS ? null : new DependencyMeter(classifier);
    }

    void begin(BlockInput<?> newInput, @Nullable BlockInput<?> newNext, Lease lease) {
        batch = new WriteBatch(batch, lease);
        input = newInput;
        next = newNext;
        count = newInput.count();
        base = newInput.base();
        program = newInput.program();
        hints = newInput.hints();
        listener = newInput.listener();
        failed = 0;
        stopped = false;
        broken = false;
        failure = null;
        outcomes.begin(count);
        if (meter != null) {
            meter.clear();
        }
    }

    /** Forgets what belongs to the caller; the outcome stays. */
    void end() {
        base = NO_BASE;
        program = NO_PROGRAM;
        input = null;
        next = null;
        hints = null;
        listener = null;
        failure = null;
        onStop = () -> {};
    }

    /** Forgets the outcome too. */
    void forgetOutcome() {
        batch.forget();
        outcomes.begin(0);
    }

    /** What wakes the workers when the block fails. */
    void onStop(Runnable action) {
        onStop = action;
    }

    int count() {
        return count;
    }

    Keys keys() {
        return keys;
    }

    BaseState base() {
        return base;
    }

    Interference interference() {
        return interference;
    }

    Outcomes outcomes() {
        return outcomes;
    }

    WriteBatch batch() {
        return batch;
    }

    @Nullable DependencyMeter meter() {
        return meter;
    }

    int failed() {
        return failed;
    }

    /** The hints if they are a promise that has to be checked. */
    @Nullable AccessHints exactHints() {
        BlockInput<?> executed = input;
        return executed == null ? null : executed.exactHints();
    }

    /** Whether this is the block, and not an equal one. */
    @SuppressWarnings("ReferenceEquality") // what was prepared is of one object
    boolean isOf(@Nullable BlockInput<?> block) {
        return block != null && block == input;
    }

    /** The block that was announced, or null. */
    @Nullable BlockInput<?> next() {
        return next;
    }

    @Nullable AccessHints hints() {
        return hints;
    }

    long nanoTime() {
        return interference.nanoTime();
    }

    boolean measuresTime() {
        return level == StatisticsLevel.TIMES;
    }

    /** Whether the block has failed; workers leave it then. */
    boolean isStopped() {
        return stopped;
    }

    synchronized @Nullable Throwable failure() {
        return failure;
    }

    /**
     * Whether the block has failed by an error: it may have come from anywhere in the engine, which
     * is of no use any more.
     */
    boolean isBroken() {
        return broken;
    }

    /**
     * Ends the block; the first cause is thrown to the caller, but an error rather than an
     * exception: others may have met what the error left behind, and told so first.
     */
    void fail(Throwable cause) {
        if (cause instanceof Error) {
            broken = true;
        }
        noteFailure(cause);
        stop();
    }

    /** Makes the workers leave the block. */
    void stop() {
        stopped = true;
        onStop.run();
    }

    /** Under a monitor: the first use of an atomic needs memory, of which there may be none. */
    private synchronized void noteFailure(Throwable cause) {
        boolean explains = cause instanceof Error && !(failure instanceof Error);
        if (failure == null || explains) {
            failure = cause;
        }
    }

    /** Runs a transaction and notes its outcome. */
    Ending execute(int index, BufferedView view) {
        Object result = null;
        Throwable thrown = null;
        try {
            result = program.execute(index, view);
        } catch (Throwable e) {
            thrown = e;
        } finally {
            view.end();
        }
        VirtualMachineError machineError = view.machineError;
        if (machineError == null && view.isDoomed()) {
            return Ending.ABANDONED;
        }
        if (machineError == null && thrown instanceof VirtualMachineError own) {
            machineError = own instanceof StackOverflowError ? null : own;
        }
        if (machineError != null) {
            if (!view.isRepeatedInSlot()) {
                fail(machineError);
            }
            return Ending.ABANDONED;
        }
        UndeclaredAccessException undeclared = view.undeclared();
        if (undeclared != null) {
            outcomes.fatal(index, undeclared);
            return Ending.FAILED;
        }
        if (thrown == null) {
            outcomes.result(index, result);
            return Ending.SUCCEEDED;
        }
        outcomes.failure(index, thrown);
        return Ending.FAILED;
    }

    /** For who executes in order: applies the writes of a transaction and makes it final. */
    void commitDirectly(int index, AccessLog log, Ending ending, long ns) {
        boolean succeeded = ending == Ending.SUCCEEDED;
        if (meter != null) {
            meter.measure(log, succeeded, ns);
        }
        for (int i = 0; succeeded && i < log.size(); i++) {
            Access access = log.get(i);
            if (access.write == Access.Write.SET) {
                access.cell.setValue(access.written);
                batch.record(access.cell);
            }
        }
        commit(index);
    }

    /** The outcome of a transaction is final. Called in order; false if the block ends here. */
    boolean commit(int index) {
        if (outcomes.isFatal(index)) {
            fail((Throwable) Objects.requireNonNull(outcomes.value(index)));
            return false;
        }
        boolean isFailure = outcomes.isFailure(index);
        failed += isFailure ? 1 : 0;
        CommitListener<?> told = listener;
        return told == null || tell(told, index, isFailure);
    }

    @SuppressWarnings("unchecked") // listener and program come from one call of one type
    private boolean tell(CommitListener<?> told, int index, boolean isFailure) {
        try {
            Object value = outcomes.value(index);
            ((CommitListener<Object>) told)
                    .onCommit(
                            index,
                            isFailure ? null : value,
                            isFailure ? (Throwable) value : null);
            return true;
        } catch (Throwable e) {
            fail(new CommitListenerException(index, e));
            return false;
        }
    }
}
