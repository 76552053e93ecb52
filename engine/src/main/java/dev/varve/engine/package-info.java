/**
 * What an embedding node uses: the ledger store facade, exact deduplication and the parallel block
 * executor. The executor is in {@link dev.varve.engine.exec}: a parallel result equals the
 * sequential one byte for byte. Of the rest nothing is built yet; its contract is that an id which
 * was added is never reported absent.
 */
@NullMarked
package dev.varve.engine;

import org.jspecify.annotations.NullMarked;
