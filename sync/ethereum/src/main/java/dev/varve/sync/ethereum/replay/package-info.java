/**
 * Blocks for the block executor that need no EVM: real ones, replayed from a record of what each
 * transaction read and wrote, and made-up transfers.
 *
 * <p>{@link dev.varve.sync.ethereum.replay.RecordedBlocks} reads the record, {@link
 * dev.varve.sync.ethereum.replay.RecordedReplay} executes a block of it, {@link
 * dev.varve.sync.ethereum.replay.SyntheticTransfers} makes blocks up. All of them are programs in
 * the sense of {@link dev.varve.engine.exec.TxProgram}.
 */
@NullMarked
package dev.varve.sync.ethereum.replay;

import org.jspecify.annotations.NullMarked;
