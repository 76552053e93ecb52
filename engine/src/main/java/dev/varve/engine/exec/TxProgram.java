package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * What the transactions of a block do.
 *
 * <p>Called by many threads, possibly several times for one index. It must be a pure function of
 * the index and of what it reads through the view: what it leaves elsewhere is not undone when an
 * execution is thrown away. While it speculates it may read a mixture of states that no sequential
 * execution shows; whatever it does then, even failing, is thrown away. Only a loop that never
 * touches its view cannot be ended from outside: such a loop calls {@link TxView#checkpoint()}.
 *
 * @param <R> what a transaction returns besides its writes
 */
@FunctionalInterface
public interface TxProgram<R> {

    /**
     * Runs one transaction. Anything thrown is its outcome: the transaction failed and its writes
     * are dropped. Only two things end the block, and are thrown to its caller: a {@link
     * VirtualMachineError} other than {@link StackOverflowError}, and any that arises below a call
     * of the view, even if the program catches it. So a program that calls itself must bound how
     * deep, well before the stack ends.
     */
    @Nullable R execute(int index, TxView view) throws Exception;
}
