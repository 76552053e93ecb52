package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * The result of a block: an outcome per transaction, the writes, and what the execution cost.
 *
 * <p>Read by the thread that called the executor, until it executes the next block or closes: then
 * every call but {@link #stats} throws {@link IllegalStateException}.
 *
 * @param <R> what a transaction returns
 */
public final class BlockOutcome<R> {

    private final Outcomes outcomes;
    private final WriteBatch batch;
    private final ExecutionStats stats;
    private final Lease lease;

    BlockOutcome(Outcomes outcomes, WriteBatch batch, ExecutionStats stats, Lease lease) {
        this.outcomes = outcomes;
        this.batch = batch;
        this.stats = stats;
        this.lease = lease;
    }

    /** Number of transactions. */
    public int size() {
        lease.check();
        return outcomes.size();
    }

    /** Whether a transaction failed; none of its writes are in the batch then. */
    public boolean isFailed(int index) {
        check(index);
        return outcomes.isFailure(index);
    }

    /** What a transaction returned, maybe null; null if it failed. */
    @SuppressWarnings("unchecked") // the outcomes were filled by a TxProgram<R>
    public @Nullable R result(int index) {
        check(index);
        return outcomes.isFailure(index) ? null : (R) outcomes.value(index);
    }

    /** What a transaction threw, or null if it did not fail. */
    public @Nullable Throwable failure(int index) {
        check(index);
        return outcomes.isFailure(index) ? (Throwable) outcomes.value(index) : null;
    }

    /** What the block changed. */
    public WriteBatch batch() {
        lease.check();
        return batch;
    }

    /** What the execution cost; may be kept. */
    public ExecutionStats stats() {
        return stats;
    }

    private void check(int index) {
        lease.check();
        if (index < 0 || index >= outcomes.size()) {
            throw new IndexOutOfBoundsException("transaction " + index + " of " + outcomes.size());
        }
    }
}
