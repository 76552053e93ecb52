/**
 * The segmented log of a store, its indexes and its recovery.
 *
 * <p>Start with {@link dev.varve.logstore.LogStore}. A {@link dev.varve.logstore.Batch} over any
 * tables is committed as one frame of the log and becomes visible as a whole; a {@link
 * dev.varve.logstore.Snapshot} is a position and sees whole commits only. The log is the only
 * truth: the index of what is not in runs yet is built from it when a store is opened, and so is
 * any file of the index that is lost or damaged.
 *
 * <p>Threads: a store, its tables and snapshots are for any thread; a {@link
 * dev.varve.logstore.Batch}, a {@link dev.varve.logstore.LogRecord} and an {@link
 * dev.varve.logstore.Inspector} for one at a time. No thread is started but from the factory of
 * {@link dev.varve.logstore.IndexOptions#maintenance}. Critical paths: {@code Batch.put}, {@code
 * LogStore.commit}, {@code Snapshot.get}, and recovery. ARCHITECTURE.md has the reading order.
 */
@NullMarked
package dev.varve.logstore;

import org.jspecify.annotations.NullMarked;
