/**
 * What an embedder opens: {@link dev.varve.engine.LedgerStore}, a log with exact deduplication and
 * the settings that suit its disk.
 */
@NullMarked
package dev.varve.engine;

import org.jspecify.annotations.NullMarked;
