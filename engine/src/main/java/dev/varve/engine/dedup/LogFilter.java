package dev.varve.engine.dedup;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.HashColumn;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.ShardLoad;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.AgentThread;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A filter that is kept beside a log and holds the ids of all its deduplicated tables: opened from
 * its files, brought up to date from the log, checkpointed while it is in use.
 *
 * <p><b>Opening.</b> The shards are loaded, then the log is replayed from the lowest position that
 * their files name, then they answer by their bits; until then they answer "maybe", and the gates
 * ask the log. With threads of the embedder this goes on behind {@link #open}. A shard that could
 * not be loaded, or whose position lies behind the end of this log, is filled from the whole log.
 *
 * <p><b>Checkpoints</b> name {@link LogStore#durable()}, noted before the shard is copied. Bits are
 * set before their record is visible, so every id below is in the copy; and the log never ends
 * below it again, so nothing that is written later stands below it.
 *
 * <p>Safe for use by many threads; {@link #checkpoint} and {@link #close} exclude each other.
 * Closed by who opened it, before the log. If loading fails, the filter goes on to answer "maybe",
 * {@link #failure} tells why, and the next opening tries again.
 */
public final class LogFilter implements AutoCloseable {

    /** More than a file takes of the disk besides its length. */
    private static final long FILE_BYTES = 64 << 10;

    private final LogStore log;
    private final FilterFiles files;
    private final BloomFilter filter;

    /** By shard, what its file names, 0 if nothing can be used. */
    private final long[] positions = new long[BloomGeometry.SHARDS];

    private final IdColumns columns;
    private final FilterGrowth growth;
    private final List<DuplicateGate> gates = new CopyOnWriteArrayList<>();

    /** Held by the one who writes columns, rebuilds or scrubs; taken after this object's own. */
    private final Object upkeep = new Object();

    private final AtomicInteger nextShard = new AtomicInteger();
    private final AtomicInteger working = new AtomicInteger();
    private final List<Thread> loaders = new ArrayList<>();
    private final List<ShardLoad> damaged = new ArrayList<>();
    private volatile @Nullable RuntimeException failure;
    private volatile boolean stopped;
    private volatile boolean hurried;
    private volatile boolean ready;
    private volatile long checkpointed;

    /** Where the log ended when the filter was closed in order, if it was. */
    private final long closedPosition;

    private LogFilter(
            LogStore log, FilterFiles files, BloomFilter filter, long closedPosition) {
        this.log = log;
        this.files = files;
        this.filter = filter;
        this.closedPosition = closedPosition;
        columns = new IdColumns(log, files, filter);
        growth = new FilterGrowth(filter, columns, gates, () -> stopped);
    }

    /** Reads the mark of a closed filter, which opening removes. */
    private static LogFilter opened(LogStore log, FilterFiles files) {
        if (files.standAlone()) {
            throw new StorageException(
                    "the filter stands alone, and is none of a ledger",
                    "bloom.header",
                    StorageException.NO_OFFSET,
                    null);
        }
        long closedPosition = files.closedPositionIfAny();
        BloomFilter filter = files.open();
        try {
            // An older copy of the log may have been put back. It will pass the positions beyond
            // its end some day, and soon: so this is found out before anything is added.
            files.discardBeyond(log.visible());
            if (closedPosition > log.visible()) {
                closedPosition = ShardLoad.NO_POSITION;
            }
            return new LogFilter(log, files, filter, closedPosition);
        } catch (Throwable e) {
            filter.close();
            throw e;
        }
    }

    /**
     * A new filter for a log that may hold ids already; they are in it on return.
     *
     * @throws IllegalStateException if there is a filter already
     */
    public static LogFilter create(
            LogStore log, FilterFiles files, BloomGeometry geometry, IdHash hash) {
        BloomFilter filter = files.create(geometry, hash);
        try {
            // Of a filter that was here before, and hashed otherwise.
            files.columns().forEach(HashColumn::delete);
            LogFilter created = new LogFilter(log, files, filter, ShardLoad.NO_POSITION);
            created.replay(0);
            created.ready = true;
            return created;
        } catch (Throwable e) {
            filter.close();
            throw e;
        }
    }

    /** Opens the filter and brings it up to date, all in the calling thread. */
    public static LogFilter open(LogStore log, FilterFiles files) {
        LogFilter opened = opened(log, files);
        opened.working.set(1);
        try {
            opened.work(1);
            RuntimeException failure = opened.failure;
            if (failure != null) {
                throw failure;
            }
            return opened;
        } catch (Throwable e) {
            opened.filter.close();
            throw e;
        }
    }

    /** Opens the filter, which {@code count} threads of the embedder bring up to date. */
    public static LogFilter open(
            LogStore log, FilterFiles files, ThreadFactory threads, int count) {
        LogFilter opened = opened(log, files);
        opened.working.set(count);
        try {
            for (int i = 0; i < count; i++) {
                opened.loaders.add(AgentThread.newThread(threads, () -> opened.work(count)));
            }
            opened.loaders.forEach(Thread::start);
        } catch (Throwable t) {
            try (opened) {
                throw t;
            }
        }
        return opened;
    }

    /** The filter; open as long as this is. */
    public BloomFilter filter() {
        return filter;
    }

    /** Whether that is the log whose ids the filter holds. */
    boolean isBeside(LogStore store) {
        return store == log;
    }

    /** Whether every shard answers by its bits. */
    public boolean isReady() {
        return ready;
    }

    /** Why the filter could not be brought up to date, or null. */
    public @Nullable RuntimeException failure() {
        return failure;
    }

    /**
     * Shards whose files were damaged when the filter was opened. Where chunks were, their ids go
     * on to be "maybe" until {@link #maintain} has rebuilt the shard.
     */
    public List<ShardLoad> damaged() {
        synchronized (damaged) {
            return List.copyOf(damaged);
        }
    }

    /** A gate that adds to the filter, and whose claims are looked at when it grows. */
    void register(DuplicateGate gate) {
        gates.add(gate);
    }

    /** How many bytes of the log the next opening would replay after a crash now. */
    public long replayLength() {
        return log.durable() - checkpointed;
    }

    // ---- bringing up to date

    /** Loads shards until there are no more; whoever ends last replays the log and publishes. */
    private void work(int count) {
        try {
            files.loadEach(filter, count, this::takeShard, this::loaded);
        } catch (RuntimeException e) {
            failure = e;
        } catch (Error e) {
            // Else whoever ends last would take shards for empty that were not loaded.
            failure =
                    new StorageException(
                            "a loader of the filter has ended",
                            files.location(),
                            StorageException.NO_OFFSET,
                            e);
            throw e;
        } finally {
            if (working.decrementAndGet() == 0 && !stopped && failure == null) {
                finish();
            }
        }
    }

    private int takeShard() {
        return stopped || failure != null
                ? BloomGeometry.SHARDS
                : Math.min(nextShard.getAndIncrement(), BloomGeometry.SHARDS);
    }

    private void loaded(ShardLoad load) {
        int shard = load.shard();
        // A shard to which nothing was added was not written again when the filter was closed.
        boolean loaded = load.state() == ShardLoad.State.LOADED;
        positions[shard] = loaded ? Math.max(load.position(), closedPosition) : 0;
        if (load.state() == ShardLoad.State.DAMAGED || !load.badChunks().isEmpty()) {
            synchronized (damaged) {
                damaged.add(load);
            }
        }
        if (!load.badChunks().isEmpty()) {
            growth.noteDamage(shard);
        }
    }

    private void finish() {
        long from = Long.MAX_VALUE;
        for (long position : positions) {
            from = Math.min(from, position);
        }
        try {
            if (!replay(from)) {
                return; // the filter was closed
            }
        } catch (RuntimeException e) {
            failure = e;
            return;
        } catch (Error e) {
            failure =
                    new StorageException(
                            "the log could not be replayed: " + e,
                            "bloom.header",
                            StorageException.NO_OFFSET,
                            e);
            throw e;
        }
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            filter.publish(shard);
        }
        ready = true;
    }

    /**
     * Records that are committed meanwhile come through a gate, which sets their bits itself.
     *
     * @return whether that was done to the end
     */
    private boolean replay(long from) {
        checkpointed = from;
        long fed =
                columns.feed(
                        from,
                        IdColumns.Shards.ALL,
                        batch -> {
                            filter.add(batch);
                            return !stopped;
                        });
        return fed != IdColumns.STOPPED;
    }

    // ---- keeping

    /**
     * Writes a checkpoint of every shard, at most so many bytes per second, while ids are added.
     *
     * @return whether it was written; not, while the filter is not ready
     * @throws StorageFullException if there is no space for the file of a shard beside what commits
     *     were promised, and it is not written over another; it may be tried again
     * @throws StorageClosedException if the filter is closed
     */
    public synchronized boolean checkpoint(long bytesPerSecond) {
        checkOpen();
        if (!ready) {
            return false;
        }
        BandwidthBudget budget = budget(bytesPerSecond);
        long position = log.durable();
        files.checkpointAll(
                filter, log::durable, bytes -> log.requireSpace(bytes + FILE_BYTES), budget);
        checkpointed = position;
        return true;
    }

    /** Nobody who closes the filter waits for it. */
    private BandwidthBudget budget(long bytesPerSecond) {
        return BandwidthBudget.of(bytesPerSecond, () -> hurried || stopped);
    }

    /**
     * Does one piece of the work that keeps the filter what it should be, while it is in use:
     * writes the column of hashes of a sealed segment, rebuilds a damaged shard, or moves some
     * shards to more lines, if the filter is full or {@link #growTo} was called. Whoever calls it
     * in turn, or again and again, has nothing else to do for growth.
     *
     * @param bytesPerSecond at which hashes are written and read
     * @param memoryBytes how much the new lines of the shards that are moved together may take; one
     *     shard is always moved
     * @return whether there may be more to do
     * @throws StorageFullException if there is no space for a column; it may be tried again, and
     *     the filter grows meanwhile
     * @throws StorageClosedException if the filter is closed
     */
    public boolean maintain(long bytesPerSecond, long memoryBytes) {
        BandwidthBudget budget = budget(bytesPerSecond);
        synchronized (upkeep) {
            checkOpen();
            return ready && (writeColumn(memoryBytes, budget) || growth.step(memoryBytes, budget));
        }
    }

    /** Where there is no space for a column, the filter grows all the same: that needs none. */
    private boolean writeColumn(long memoryBytes, BandwidthBudget budget) {
        try {
            return columns.writeNext(budget);
        } catch (StorageFullException e) {
            try {
                growth.step(memoryBytes, budget);
            } catch (RuntimeException | OutOfMemoryError also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    /**
     * Lets {@link #maintain} make the filter large enough for so many ids.
     *
     * @throws IllegalArgumentException if no filter can have so many lines
     */
    public void growTo(long ids) {
        if (ids < 1) {
            throw new IllegalArgumentException("ids are positive, not " + ids);
        }
        growth.growTo(ids);
    }

    /**
     * Compares columns with the log and the filter with both: finds bits that have decayed in
     * memory, which would let an id in twice, and sets them again; and columns that are not what
     * they should be, which {@link #maintain} writes again. Does nothing while the filter is not
     * {@linkplain #isReady ready}.
     *
     * @param bytesPerSecond how much of columns and filter is read, 1 or more
     * @throws StorageClosedException if the filter is closed, or is so before all was compared
     */
    public ScrubReport scrub(long bytesPerSecond) {
        BandwidthBudget budget = budget(bytesPerSecond);
        synchronized (upkeep) {
            checkOpen();
            if (!ready) {
                return new ScrubReport(0, 0, 0);
            }
            Scrub scrub = new Scrub(filter, budget, () -> stopped);
            long badColumns = columns.verify(budget, () -> stopped);
            columns.feed(0, IdColumns.Shards.ALL, scrub);
            checkOpen(); // else what was not looked at would count as sound
            return new ScrubReport(scrub.ids(), scrub.missing(), badColumns);
        }
    }

    private void checkOpen() {
        if (stopped) {
            throw closedException(null);
        }
    }

    /** What a call that was cut short threw, in clear words if it was closing that did it. */
    RuntimeException closedOr(IllegalStateException e) {
        return stopped ? closedException(e) : e;
    }

    private StorageClosedException closedException(@Nullable Throwable cause) {
        return new StorageClosedException(
                "the filter is closed", files.location(), StorageException.NO_OFFSET, cause);
    }

    /** What the upkeep has done and found since the filter was opened. */
    public FilterStats stats() {
        return new FilterStats(
                columns.count(), columns.fileLength(), columns.damagedCount(), growth.passes());
    }

    /** Lets what is under way go on without pauses: the filter is about to be closed. */
    public void hurry() {
        hurried = true;
    }

    /**
     * Closes the filter; one that is ready so that the next opening replays nothing. Nobody may add
     * any more.
     *
     * @throws StorageException if its files could not be brought up to date; the filter is closed
     */
    @Override
    public synchronized void close() {
        if (stopped) {
            return;
        }
        stopped = true;
        // A loader looks at the flag after each shard; it is not interrupted, for it reads files.
        loaders.forEach(AgentThread::join);
        synchronized (upkeep) {
            // Nobody is at work any more, and nobody will be.
        }
        try (filter) {
            if (ready) {
                log.force();
                files.closeInOrder(filter, log.durable());
            }
        }
    }
}
