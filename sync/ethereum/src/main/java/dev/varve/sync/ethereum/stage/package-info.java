/**
 * The stages of an Ethereum import, in their order: headers, block hashes, bodies, execution, state
 * root, finish. {@link dev.varve.sync.ethereum.stage.EthereumStages} makes them all.
 *
 * <p>Stages are used by the thread that runs their pipeline. A block that breaks a rule is a {@link
 * dev.varve.sync.StepResult.BadItem}; bytes that are no block are a {@link
 * dev.varve.sync.ethereum.source.SourceException}; a block that only an EVM could execute is an
 * {@link dev.varve.sync.ethereum.stage.UnsupportedBlockException}.
 */
@NullMarked
package dev.varve.sync.ethereum.stage;

import org.jspecify.annotations.NullMarked;
