/**
 * Keyed hashing of ids, and on top of it the sharded off-heap Bloom filter: 64-byte lines, one bit
 * in each of k words, 256 shards, readers without locks.
 *
 * <p>Contract of this package: an id that was added is never reported absent; an error is an error
 * or a "maybe".
 */
@NullMarked
package dev.varve.bloom;

import org.jspecify.annotations.NullMarked;
