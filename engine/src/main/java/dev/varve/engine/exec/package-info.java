/**
 * The parallel block executor: a block of transactions runs on many threads and leaves the same
 * bytes as if it had run on one.
 *
 * <p>Start at {@link dev.varve.engine.exec.BlockExecutor}; the contract of a transaction is {@link
 * dev.varve.engine.exec.TxView}. Reading order of the inside: {@code BufferedView} (what a
 * transaction sees and how its writes are held back), {@code SequentialEngine} (the reference),
 * {@code OrderedPlan} and {@code OrderedEngine} (declared keys), {@code VersionedCell}, {@code
 * VersionStore} and {@code SpeculativeEngine} (unknown keys), {@code CommitFrontier} (the order in
 * which everything becomes final), {@code CostModel} (the choice between them).
 *
 * <p>No chain is known here: keys and values are bytes, and what a transaction does is a program
 * given by the caller.
 */
@NullMarked
package dev.varve.engine.exec;

import org.jspecify.annotations.NullMarked;
