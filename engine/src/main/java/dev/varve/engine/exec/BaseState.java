package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * The state before the block: what a transaction reads where no earlier transaction of the block
 * has written.
 *
 * <p>Called by many threads at once, and never while the executor holds a lock. It must give the
 * same answer for a key during the whole block: a snapshot of a store does. What it throws is not a
 * transaction's outcome: it ends the block and comes out of {@link BlockExecutor#execute} as it is.
 */
@FunctionalInterface
public interface BaseState {

    /**
     * The value of a key, or null if there is none. The key belongs to the executor: it must be
     * neither kept nor changed. The value must not change afterwards.
     */
    byte @Nullable [] get(byte[] key);
}
