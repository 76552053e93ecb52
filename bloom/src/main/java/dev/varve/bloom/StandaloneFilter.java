package dev.varve.bloom;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A filter without a ledger beside it: ids are durable when an addition returns, by a small log of
 * hashes that is cut off by checkpoints. It answers "certainly absent" or "maybe", and knows no id.
 *
 * <p>Safe for use by many threads; additions go one by one, questions do not wait. If ids cannot be
 * written or forced, that ends additions with a {@link
 * dev.varve.logstore.io.StoragePoisonedException}; questions go on, and opening again heals. A
 * checkpoint that fails, or an addition for which no file can be begun, changes nothing and may be
 * tried again. Closed by who opened it, together with the storage, which is closed too if opening
 * fails once it is locked. Before, it is left as it is, for another filter may have it: where it
 * cannot be locked, has a filter and none is to be, or has none.
 *
 * <p>It does not grow, for nothing keeps its ids. Beyond {@link BloomFilter#capacity} additions go
 * on, and ever more ids that were never added are "maybe": {@link BloomFilter#estimate} tells how
 * many ids there are and what part of the others is "maybe" now. Whoever needs the planned rate
 * makes a larger filter and adds the ids again.
 *
 * <p>Once it is closed, additions, checkpoints and {@link #filter} are a {@link
 * StorageClosedException}; who keeps the {@link BloomFilter} gets what that throws.
 *
 * <p>A damaged checkpoint costs exactness, never an id: what it held is "maybe" from then on, and
 * {@link #damaged} names it.
 */
public final class StandaloneFilter implements AutoCloseable {

    private static final String LOCK_FILE = "bloom.lock";

    private final Storage storage;
    private final FilterFiles files;
    private final BloomFilter filter;
    private final FilterLog log;
    private final List<ShardLoad> damaged = new ArrayList<>();

    /** Held by the one who writes a checkpoint; taken before this object's own. */
    private final Object checkpoints = new Object();

    private long checkpointed;
    private volatile boolean closed;

    private StandaloneFilter(
            Storage storage, FilterFiles files, BloomFilter filter, FilterLog log) {
        this.storage = storage;
        this.files = files;
        this.filter = filter;
        this.log = log;
    }

    /**
     * A new filter; durable on return.
     *
     * @throws IllegalStateException if there is one
     */
    public static StandaloneFilter create(Storage storage, BloomGeometry geometry, IdHash hash) {
        return opened(
                storage,
                FilterFiles::requireNone,
                files -> {
                    // Before the header: a filter that stands alone has a log at any moment.
                    try (FilterLog log = new FilterLog(storage, hash)) {
                        log.create();
                    }
                    return files.create(geometry, hash);
                },
                ParallelLoad::run);
    }

    /**
     * Opens a filter, loads its checkpoints, and adds what its log holds, in the calling thread.
     *
     * @throws StorageException if there is none, or it has no log of its own, such as that of a
     *     ledger
     */
    public static StandaloneFilter open(Storage storage) {
        return opened(
                storage,
                files -> requireStandAlone(storage, files),
                FilterFiles::open,
                ParallelLoad::run);
    }

    /**
     * {@link #open(Storage)}, with checkpoints loaded by {@code count} threads of that factory,
     * which have ended on return. Four keep a fast disk busy; a hard disk wants one.
     *
     * @throws IllegalArgumentException if {@code count} is not positive
     * @throws IllegalStateException if the factory makes no thread
     */
    public static StandaloneFilter open(Storage storage, ThreadFactory threads, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("one thread or more, not " + count);
        }
        return opened(
                storage,
                files -> requireStandAlone(storage, files),
                FilterFiles::open,
                load -> load.run(threads, count));
    }

    private static void requireStandAlone(Storage storage, FilterFiles files) {
        if (!files.exist() || !files.standAlone()) {
            throw new StorageException(
                    files.exist()
                            ? "the filter belongs to a ledger, or its log is missing"
                            : "there is no filter",
                    storage.location(),
                    StorageException.NO_OFFSET,
                    null);
        }
    }

    /**
     * @param check refuses files that are not as they should be: before the lock, which makes a
     *     file, and behind it, as others may have made a filter meanwhile
     */
    private static StandaloneFilter opened(
            Storage storage,
            Consumer<FilterFiles> check,
            Function<FilterFiles, BloomFilter> opening,
            Function<ParallelLoad, List<ShardLoad>> loading) {
        FilterFiles files = new FilterFiles(storage);
        check.accept(files);
        storage.lock(LOCK_FILE);
        BloomFilter filter = null;
        try {
            check.accept(files);
            filter = opening.apply(files);
            FilterLog log = new FilterLog(storage, filter.hash());
            StandaloneFilter opened = new StandaloneFilter(storage, files, filter, log);
            opened.recover(loading.apply(new ParallelLoad(files, filter)));
            return opened;
        } catch (Throwable t) {
            if (t instanceof StorageException e) {
                e.inStore(storage.location());
            }
            if (filter != null) {
                filter.close();
            }
            try {
                storage.close();
            } catch (StorageException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    private void recover(List<ShardLoad> loads) {
        boolean complete = log.first() == 0;
        long position = 0;
        for (ShardLoad load : loads) {
            position = Math.max(position, load.position());
            // The log holds all ids of a shard only until the first checkpoint cuts it off.
            if (load.state() != ShardLoad.State.LOADED && !complete) {
                filter.fill(load.shard());
            }
            if (load.state() == ShardLoad.State.DAMAGED
                    || load.state() == ShardLoad.State.MISSING && !complete
                    || !load.badChunks().isEmpty()) {
                damaged.add(load);
            }
        }
        log.recover(filter, position);
        checkpointed = log.first();
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            filter.publish(shard);
        }
    }

    /**
     * The filter, for questions; additions to it are not durable.
     *
     * @throws StorageClosedException if this is closed
     */
    public BloomFilter filter() {
        if (closed) {
            throw new StorageClosedException(
                    "the filter is closed", storage.location(), StorageException.NO_OFFSET, null);
        }
        return filter;
    }

    /** Shards whose checkpoints were damaged; some or all of their ids are "maybe" now. */
    public List<ShardLoad> damaged() {
        return List.copyOf(damaged);
    }

    /** Bytes of log that the next opening reads. */
    public synchronized long logLength() {
        return log.end() - checkpointed;
    }

    /**
     * Adds every id of the batch, durably, and answers as {@link BloomFilter#addIfAbsent(IdBatch)}
     * does: true for those that were certainly absent.
     */
    public synchronized void addIfAbsent(IdBatch batch) {
        log.prepare();
        filter.addIfAbsent(batch);
        // Bits of others that are not in the log were logged before, durably: one at a time.
        log.append(batch);
    }

    /**
     * Writes a checkpoint of all shards while ids are added, and cuts off the log before it. Of
     * several callers one waits for the other.
     */
    public void checkpoint(BandwidthBudget budget) {
        synchronized (checkpoints) {
            long position;
            synchronized (this) {
                position = log.roll();
            }
            files.checkpointAll(filter, () -> position, budget);
            synchronized (this) {
                log.discardBelow(position);
                checkpointed = position;
            }
        }
    }

    /**
     * Closes the filter so that {@link FilterFiles#openReadOnly} will do, and the storage. Nobody
     * may be inside of a call but those that ask.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (storage;
                filter;
                log) {
            files.closeInOrder(filter, log.roll());
            log.discardBelow(log.end());
        }
    }
}
