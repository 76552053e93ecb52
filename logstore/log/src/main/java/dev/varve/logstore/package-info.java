/**
 * The segmented log of a store, its indexes and its recovery.
 *
 * <p>Start with {@link dev.varve.logstore.LogStore}. A {@link dev.varve.logstore.Batch} over any
 * tables is committed as one frame of the log and becomes visible as a whole; a {@link
 * dev.varve.logstore.Snapshot} is a position and sees whole commits only. The log is the only
 * truth: the indexes are rebuilt from it when a store is opened.
 *
 * <p>Threads: everything public is safe for use by many threads, except a batch while it is filled.
 * No thread is started here. Critical paths: {@code Batch.put}, {@code LogStore.commit}, {@code
 * Snapshot.get}, and recovery.
 *
 * <p>Reading order: {@code docs/FORMAT.md}, {@code Batch}, {@code FrameWriter}, {@code Appender},
 * {@code FrameScanner}, {@code Recovery}, {@code HotIndex}, {@code RecordReader}.
 */
@NullMarked
package dev.varve.logstore;

import org.jspecify.annotations.NullMarked;
