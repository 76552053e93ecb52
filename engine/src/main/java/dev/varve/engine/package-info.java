/**
 * What an embedding node uses: the ledger store facade, exact deduplication and the parallel block
 * executor. Nothing is built here yet; the contract of what comes is this: a parallel result equals
 * the sequential one byte for byte, and an id that was added is never reported absent.
 */
@NullMarked
package dev.varve.engine;

import org.jspecify.annotations.NullMarked;
