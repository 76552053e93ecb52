package dev.varve.sync.ethereum.replay;

import dev.varve.engine.exec.AccessHints;
import dev.varve.engine.exec.BaseState;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.BlockInput;
import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.TxProgram;

/**
 * A whole block, ready to be executed: its program, the state before it, and the keys of its
 * transactions. Immutable once made, and so for all threads.
 *
 * @param <R> what a transaction returns
 */
public interface BlockProgram<R> extends TxProgram<R>, BaseState, AccessHints {

    /** Number of transactions. */
    int count();

    /** The block for an executor; each time another one, as far as announcing it goes. */
    default BlockInput<R> input() {
        return new BlockInput<>(this, count(), this, this, null);
    }

    /** Executes the block. */
    default BlockOutcome<R> executeOn(BlockExecutor executor) {
        return executor.execute(input(), null);
    }
}
