package dev.varve.engine.exec;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A block to be executed: what its transactions do, and to what state. Immutable; an announced
 * block is known again by being the same object.
 *
 * @param base the state before the block; asked only while the block is executed
 * @param count number of transactions
 * @param hints which keys the transactions touch, or null if that is unknown
 * @param listener is told each transaction in order, or null
 * @param <R> what a transaction returns
 */
public record BlockInput<R>(
        BaseState base,
        int count,
        TxProgram<R> program,
        @Nullable AccessHints hints,
        @Nullable CommitListener<R> listener) {

    /** Checks what can be checked. */
    public BlockInput {
        Objects.requireNonNull(base, "base");
        Objects.requireNonNull(program, "program");
        if (count < 0) {
            throw new IllegalArgumentException("a block of " + count + " transactions");
        }
    }

    /** The hints if they are a promise that has to be checked. */
    @Nullable AccessHints exactHints() {
        AccessHints given = hints;
        return given != null && given.precision() == AccessHints.Precision.EXACT ? given : null;
    }
}
