/**
 * Era1 files: the history of the chain before its merge, as blocks in snappy frames with an index.
 */
@NullMarked
package dev.varve.sync.ethereum.era;

import org.jspecify.annotations.NullMarked;
