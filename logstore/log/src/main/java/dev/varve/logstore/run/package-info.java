/**
 * Runs: the index of durable positions of a log, in immutable files.
 *
 * <p>{@link dev.varve.logstore.run.RunFiles} writes, opens and merges {@link
 * dev.varve.logstore.run.Run runs}, in which records are found by the hash of their key; {@link
 * dev.varve.logstore.run.HeightsFile} finds them by height. The package knows nothing of the log's
 * records and never reads them: it maps hashes, or heights, to positions. The layouts are in {@code
 * docs/FORMAT-index.md}.
 *
 * <p>Damage is never taken for absence: every byte that an answer depends on has a checksum, and a
 * wrong one is a {@link dev.varve.logstore.io.CorruptionException} with file and offset.
 */
@NullMarked
package dev.varve.logstore.run;

import org.jspecify.annotations.NullMarked;
