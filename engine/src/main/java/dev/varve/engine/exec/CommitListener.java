package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * Is told every transaction of a block in order, while later ones still run.
 *
 * <p>Called by one thread at a time, though not always by the same one; a call sees everything that
 * earlier calls did. It must not call the executor. If it throws, the block ends with a {@link
 * CommitListenerException}; the transactions already told are then not undone by anyone else.
 *
 * @param <R> what a transaction returns
 */
@FunctionalInterface
public interface CommitListener<R> {

    /** The outcome of a transaction is final: a result (maybe null), or a failure if not null. */
    void onCommit(int index, @Nullable R result, @Nullable Throwable failure);
}
