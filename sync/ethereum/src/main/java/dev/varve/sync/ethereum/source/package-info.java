/**
 * Where blocks come from: files of the chain's history (era1), files of plain RLP blocks, and the
 * seam behind which they and generated chains are alike.
 */
@NullMarked
package dev.varve.sync.ethereum.source;

import org.jspecify.annotations.NullMarked;
