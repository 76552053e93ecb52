/**
 * Exact deduplication of ids: a Bloom filter that says "certainly absent" without I/O, and the log,
 * which decides the rest.
 */
@NullMarked
package dev.varve.engine.dedup;

import org.jspecify.annotations.NullMarked;
