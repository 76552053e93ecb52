package dev.varve.engine;

import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FalsePositiveRate;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.Batch;
import dev.varve.logstore.CommitTicket;
import dev.varve.logstore.Durability;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.AgentThread;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StorageLockedException;
import dev.varve.logstore.io.StoragePoisonedException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in one directory: a log of tables, and for its deduplicated tables a filter and a gate.
 *
 * <p>Opened with {@link #at}, closed by who opened it. Safe for use by many threads; starts none
 * but from a factory it was given. A crash at any moment is as safe as closing, which only buys a
 * faster start. Errors are those of {@link LogStore}, also once it is closed.
 *
 * <p>The filter wants upkeep, by {@link Builder#upkeep} or by calls of {@link #checkpoint} and
 * {@link #maintain}. Without, answers stay exact, but with more ids than were expected ever more
 * new ones are looked up in the log, and after a crash more of the log is replayed.
 */
public final class LedgerStore implements AutoCloseable {

    /** How often the thread that keeps the filter looks whether there is something to do. */
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LogStore log;
    private final FilterFiles files;
    private final Builder options;

    /** For messages. */
    private final String location;

    /** By table: however it is handled, its ids are claimed in one place. */
    private final Map<String, DuplicateGate> gates = new HashMap<>();

    /** There from the first deduplicated table on. */
    private @Nullable LogFilter filter;

    /** There if the ledger was given a factory for it. */
    private final @Nullable AgentThread upkeep;

    /** When a checkpoint was last written, or the ledger opened; for who keeps the filter. */
    private long checkpointedNs;

    private boolean closed;

    private LedgerStore(Builder options, LogStore log, Storage storage) {
        this.options = options;
        this.log = log;
        location = storage.location();
        files = new FilterFiles(storage);
        checkpointedNs = options.clock.getAsLong();
        if (files.exist()) {
            filter = openFilter();
        }
        ThreadFactory keepers = options.keepers;
        try {
            upkeep = keepers == null ? null : new AgentThread(keepers, this::keepFilter, IDLE_NS);
            if (upkeep != null) {
                upkeep.start();
            }
        } catch (Throwable t) {
            LogFilter opened = filter;
            try (opened) {
                throw t;
            }
        }
    }

    /**
     * Options for the ledger in a directory, which opening creates if it is absent; the one above
     * it must be there.
     */
    public static Builder at(Path directory) {
        Objects.requireNonNull(directory, "directory");
        return new Builder(() -> new FileStorage(directory));
    }

    /** Options for the ledger in a storage, which is closed with the ledger: to be opened once. */
    public static Builder over(Storage storage) {
        Objects.requireNonNull(storage, "storage");
        return new Builder(() -> storage);
    }

    private LogFilter openFilter() {
        ThreadFactory threads = options.threads;
        return threads == null
                ? LogFilter.open(log, files)
                : LogFilter.open(log, files, threads, options.profile.loaders());
    }

    /** The log, for what this class has no shorter way to. */
    public LogStore log() {
        return log;
    }

    /** The table of that name, registered now if it is new. */
    public Table table(TableSpec spec) {
        return log.table(spec);
    }

    /**
     * An empty batch over any tables; the caller closes it. Records come into a deduplicated table
     * only through its gate, by {@link DuplicateGate#reserve}: the batch refuses others.
     */
    public Batch newBatch() {
        return log.newBatch();
    }

    /** {@link LogStore#commit}. */
    public CommitTicket commit(Batch batch) {
        return log.commit(batch);
    }

    /** The ledger as of the last commit that is visible. */
    public Snapshot snapshot() {
        return log.snapshot();
    }

    /**
     * The one gate of a deduplicated table, which is registered now if it is new. The first call
     * ever makes the filter. A spec that handles the table otherwise has the same gate.
     *
     * @throws IllegalArgumentException if the table is not declared as deduplicated, or is
     *     registered otherwise
     */
    public synchronized DuplicateGate gate(TableSpec spec) {
        if (!spec.isDeduplicated()) {
            throw new IllegalArgumentException(
                    "table " + spec.name() + " is not declared as deduplicated");
        }
        Table table = log.table(spec);
        return gates.computeIfAbsent(
                table.name(), name -> DuplicateGate.over(log, table, filterNow()));
    }

    private LogFilter filterNow() {
        LogFilter now = filter;
        if (now == null) {
            try {
                // One whose creation failed halfway is opened, as it would be by the next process.
                now = files.exist() ? openFilter() : createFilter();
            } catch (StorageException e) {
                throw e.inStore(location);
            }
            filter = now;
        }
        return now;
    }

    private LogFilter createFilter() {
        IdHash hash =
                IdHash.create(
                        options.hash, options.secrets.getAsLong(), options.secrets.getAsLong());
        return LogFilter.create(log, files, options.geometry(), hash);
    }

    /** The filter of the deduplicated tables; null if there are none. */
    public synchronized @Nullable LogFilter filter() {
        return filter;
    }

    /**
     * Writes a checkpoint of the filter, at the pace of the profile, while ids are added; does
     * nothing without a filter, or while that is being loaded. Bounds what the next opening has to
     * replay after a crash. The first one since the ledger was opened makes files, which at the
     * pace of a profile takes a dozen seconds ({@link StorageProfile#SSD}) or some 100 ({@link
     * StorageProfile#HDD}), however small the filter is.
     *
     * @throws StorageFullException if there is no space for it beside what commits were promised;
     *     it may be tried again
     */
    public void checkpoint() {
        LogFilter now = filterUnlessClosed();
        if (now != null) {
            now.checkpoint(options.filterBytesPerSecond());
        }
    }

    private synchronized @Nullable LogFilter filterUnlessClosed() {
        if (closed) {
            throw new StorageClosedException(
                    "the ledger is closed", location, StorageException.NO_OFFSET, null);
        }
        return filter;
    }

    /**
     * Does one piece of the work that keeps index and filter what they should be; see {@link
     * LogStore#maintain} and {@link LogFilter#maintain}. For an embedder that schedules it; any
     * thread may call it, at any time.
     *
     * @return whether there may be more to do
     */
    public boolean maintain() {
        boolean more = log.maintain();
        LogFilter now = filter();
        return now != null && maintain(now) || more;
    }

    private boolean maintain(LogFilter now) {
        return now.maintain(options.filterBytesPerSecond(), options.growthBytes);
    }

    /** What the thread does that keeps the filter, if there is one. */
    boolean keepFilter() {
        LogFilter now = filter();
        if (now == null) {
            return false;
        }
        boolean written;
        try {
            written = checkpointIfDue(now);
        } catch (StorageFullException e) {
            // Else the filter would not even grow, until there is space again.
            try {
                maintain(now);
            } catch (RuntimeException | OutOfMemoryError also) {
                e.addSuppressed(also);
            }
            throw e;
        }
        return maintain(now) || written;
    }

    private boolean checkpointIfDue(LogFilter now) {
        if (!isCheckpointDue(now)) {
            return false;
        }
        boolean written = now.checkpoint(options.filterBytesPerSecond());
        checkpointedNs = options.clock.getAsLong();
        return written;
    }

    private boolean isCheckpointDue(LogFilter now) {
        long behind = now.replayLength();
        long sinceNs = options.clock.getAsLong() - checkpointedNs;
        return behind >= options.logPerCheckpoint(now.filter().length())
                || behind > 0 && sinceNs >= options.checkpointIntervalNs;
    }

    /** How often the thread that keeps the filter has failed, and begun again. */
    public long upkeepFailures() {
        return upkeep == null ? 0 : upkeep.failures();
    }

    /**
     * Closes filter and log. Nobody may be inside of a call but those that read.
     *
     * @throws StoragePoisonedException if not all that is visible could be made durable
     * @throws IllegalStateException if it is called by a function that a record was handed to;
     *     nothing is closed then
     */
    @Override
    public void close() {
        log.checkClosable();
        LogFilter now = filter();
        if (now != null) {
            now.hurry();
        }
        if (upkeep != null) {
            upkeep.close();
        }
        closeFiles();
    }

    private synchronized void closeFiles() {
        closed = true;
        boolean known = log.isPoisoned();
        try (log) {
            closeFilter();
        } catch (StoragePoisonedException e) {
            // The next opening replays what the filter lacks; what the log lacks is told.
            if (!known || log.durable() < log.visible()) {
                throw e;
            }
        }
    }

    private void closeFilter() {
        try {
            if (filter != null) {
                filter.close();
            }
        } catch (StorageFullException e) {
            // As with the index: the log has it all, and the next opening replays that.
        }
    }

    /** How a ledger is opened. For one thread; every setting has a default. */
    public static final class Builder {

        private static final long DEFAULT_EXPECTED_IDS = 10_000_000;
        private static final long DEFAULT_GROWTH_BYTES = 64L << 20;
        private static final long MIN_CHECKPOINT_BYTES = 256L << 20;
        private static final long LOG_PER_CHECKPOINT = 4;

        private final Supplier<Storage> place;
        private StorageProfile profile = StorageProfile.SSD;
        private LogOptions log = LogOptions.defaults();
        private long expectedIds = DEFAULT_EXPECTED_IDS;
        private double falsePositiveRate;
        private IdHashAlgorithm hash = IdHashAlgorithm.FOLDED;
        private LongSupplier secrets = new SecureRandom()::nextLong;
        private @Nullable ThreadFactory threads;
        private @Nullable ThreadFactory keepers;
        private long checkpointBytes;
        private long checkpointIntervalNs = Long.MAX_VALUE;
        private LongSupplier clock = System::nanoTime;
        private long filterBytesPerSecond;
        private long growthBytes = DEFAULT_GROWTH_BYTES;

        private Builder(Supplier<Storage> place) {
            this.place = place;
        }

        /** The kind of disk; {@link StorageProfile#SSD} if not set. */
        public Builder profile(StorageProfile disk) {
            profile = Objects.requireNonNull(disk, "profile");
            return this;
        }

        /**
         * How the log is opened, its index and the thread that keeps that among it; {@link
         * LogOptions#defaults()} if not set. Takes the place of what {@link #durability}, {@link
         * #segmentBytes} and {@link #spareBytes} have set before.
         */
        public Builder log(LogOptions options) {
            log = Objects.requireNonNull(options, "log options");
            return this;
        }

        /** What a commit waits for; {@link Durability#GROUP} if not set. */
        public Builder durability(Durability durability) {
            log = log.withDurability(durability);
            return this;
        }

        /** Length of a segment of the log, 64 KiB to 256 MiB, which it is if not set. */
        public Builder segmentBytes(long bytes) {
            log = log.withSegmentBytes(bytes);
            return this;
        }

        /** Bytes of the disk that commits leave free; 64 MiB if not set. */
        public Builder spareBytes(long bytes) {
            log = log.withSpareBytes(bytes);
            return this;
        }

        /**
         * For how many ids a new filter is made, 1 or more; 10 million if not set. Where it is kept
         * it grows once it has a twentieth more. An existing filter stays as it is.
         */
        public Builder expectedIds(long ids) {
            if (ids < 1) {
                throw new IllegalArgumentException("expected ids are positive, not " + ids);
            }
            expectedIds = ids;
            return this;
        }

        /**
         * The false positive rate of a new filter with as many ids as are expected, {@link
         * FalsePositiveRate#MIN} to {@link FalsePositiveRate#MAX}; that of the profile if not set.
         */
        public Builder falsePositiveRate(double rate) {
            FalsePositiveRate.check(rate);
            falsePositiveRate = rate;
            return this;
        }

        /** How a new filter hashes ids; {@link IdHashAlgorithm#FOLDED} if not set. */
        public Builder hash(IdHashAlgorithm algorithm) {
            hash = Objects.requireNonNull(algorithm, "hash");
            return this;
        }

        /**
         * Lets threads of that factory load the filter while the ledger is in use. Without, opening
         * does that.
         */
        public Builder threads(ThreadFactory factory) {
            threads = factory;
            return this;
        }

        /**
         * Lets a thread of that factory keep the filter: write checkpoints, grow it and mend it.
         * Without, the embedder calls {@link #checkpoint} and {@link #maintain}. The index of the
         * log has a thread of its own, see {@link LogOptions#withMaintenance}.
         */
        public Builder upkeep(ThreadFactory factory) {
            keepers = factory;
            return this;
        }

        /**
         * How many bytes of log the thread that keeps the filter lets come before it writes a
         * checkpoint; four times the filter's length, and at least 256 MiB, if not set. So a
         * checkpoint adds a quarter to what the log writes.
         */
        public Builder checkpointBytes(long bytes) {
            checkpointBytes = requirePositive("checkpoint bytes", bytes);
            return this;
        }

        /**
         * After how long the thread that keeps the filter writes a checkpoint though fewer bytes of
         * log have come, if any have; never, if not set. Bounds what is replayed of a log that
         * grows slowly.
         */
        public Builder checkpointInterval(Duration interval) {
            checkpointIntervalNs =
                    requirePositive(
                            "nanoseconds of an interval",
                            TimeUnit.NANOSECONDS.convert(interval)); // saturates
            return this;
        }

        /** Bytes per second that checkpoints and growth take; those of the profile if not set. */
        public Builder filterBytesPerSecond(long bytes) {
            filterBytesPerSecond = requirePositive("bytes per second", bytes);
            return this;
        }

        /**
         * How much memory growth takes at a time besides that of the filter; 64 MiB if not set. One
         * shard, which is a 256th of the filter, is always moved.
         */
        public Builder growthBytes(long bytes) {
            growthBytes = requirePositive("growth bytes", bytes);
            return this;
        }

        private static long requirePositive(String what, long value) {
            if (value < 1) {
                throw new IllegalArgumentException(what + " are positive, not " + value);
            }
            return value;
        }

        private long logPerCheckpoint(long filterLength) {
            return checkpointBytes > 0
                    ? checkpointBytes
                    : Math.max(MIN_CHECKPOINT_BYTES, LOG_PER_CHECKPOINT * filterLength);
        }

        private long filterBytesPerSecond() {
            return filterBytesPerSecond > 0
                    ? filterBytesPerSecond
                    : profile.checkpointBytesPerSecond();
        }

        /** For tests: where the secret of a new filter comes from. */
        Builder secrets(LongSupplier source) {
            secrets = source;
            return this;
        }

        /** For tests: nanoseconds since anything. */
        Builder clock(LongSupplier source) {
            clock = source;
            return this;
        }

        private BloomGeometry geometry() {
            return falsePositiveRate == 0
                    ? profile.geometry(expectedIds)
                    : BloomGeometry.forExpected(expectedIds, falsePositiveRate);
        }

        /**
         * Opens the ledger, creating it if there is none, and recovers it.
         *
         * @throws StorageLockedException if it is open, here or in another process
         * @throws StorageException if a filter stands alone there; nothing is begun beside it
         */
        public LedgerStore open() {
            Storage storage = place.get();
            if (new FilterFiles(storage).standAlone()) {
                // Opening the log would leave one beside the filter before the filter is refused.
                throw new StorageException(
                        "the filter stands alone, and is none of a ledger",
                        storage.location(),
                        StorageException.NO_OFFSET,
                        null);
            }
            LogStore opened = LogStore.open(storage, log);
            try {
                return new LedgerStore(this, opened, storage);
            } catch (Throwable t) {
                if (t instanceof StorageException e) {
                    e.inStore(storage.location());
                }
                try (opened) {
                    throw t;
                }
            }
        }
    }
}
