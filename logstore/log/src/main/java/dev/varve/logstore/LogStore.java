package dev.varve.logstore;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.event.RecoveryEvent;
import dev.varve.logstore.format.ManifestDescriptor;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.run.CountedMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A store of tables in one append-only segmented log.
 *
 * <p>{@link Batch}es over any tables are committed atomically; {@link Snapshot}s read as of one
 * commit. All methods may be called by many threads at a time; no thread is started but from a
 * factory that the options have. The caller closes the store; a crash at any moment is as safe as
 * closing.
 *
 * <p>Errors of the disk are {@link StorageException}s. Once a write or force has failed, every
 * commit throws a {@link dev.varve.logstore.io.StoragePoisonedException}; reading goes on, and
 * reopening heals. A commit that finds no space throws a {@link
 * dev.varve.logstore.io.StorageFullException} and changes nothing. Once the store is closed, what
 * reads or writes its files throws a {@link dev.varve.logstore.io.StorageClosedException}; known
 * tables, positions and the report of recovery can still be asked for.
 */
public final class LogStore implements AutoCloseable {

    /** Version of the format that this release writes, and the highest that it reads. */
    public static final int FORMAT_VERSION = ManifestDescriptor.VERSION;

    /** A longer batch might pass the 256 MiB that an index entry can address, padding included. */
    static final long MAX_BATCH_BYTES = 192L << 20;

    private static final String LOCK_FILE = "LOCK";

    private final Storage storage;
    private final Appender appender;
    private final TableRegistry registry;
    private final IdHash idHash;
    private final RecoveryReport recoveryReport;
    private final Environment environment;
    private final ReadPath reads;
    private final Catalog catalog;
    private final IndexDirectory directory;
    private final Maintenance maintenance;
    private final CountedMemory batchMemory = new CountedMemory();
    private final Object closeLock = new Object();

    /** Ids of the tables whose {@link SoleWriter} was given out. */
    private final Set<Integer> soleWriters = ConcurrentHashMap.newKeySet();

    // Under the close lock.
    private boolean closed;

    private LogStore(Storage storage, LogOptions options, Environment environment) {
        RecoveryEvent event = RecoveryEvent.begun();
        Recovery.Recovered log = Recovery.run(storage, options, environment);
        RecoveryReport report = log.report();
        event.done(
                report.outcome().name(),
                report.scannedBytes(),
                report.records(),
                report.tornBytes());
        this.storage = storage;
        this.environment = environment;
        this.catalog = log.catalog();
        this.directory = log.directory();
        this.registry = log.registry();
        this.idHash = log.idHash();
        this.recoveryReport = report;
        LostPart lostPart = new LostPart(environment, registry, idHash);
        SpaceReserve space = new SpaceReserve(storage, options.spareBytes());
        this.maintenance =
                new Maintenance(space, options.index(), catalog, directory, lostPart);
        this.reads =
                new ReadPath(
                        catalog.views(),
                        registry,
                        idHash,
                        maintenance::noteDamage,
                        storage.location());
        try {
            this.appender = new Appender(storage, options, environment, log, maintenance);
            maintenance.start(() -> maintain(Maintenance.Eagerness.WHEN_DUE));
        } catch (Throwable t) {
            try (directory;
                    catalog) {
                throw t;
            }
        }
    }

    /**
     * Opens the store in a directory and recovers it. The directory is created if it is absent; the
     * one above it must be there.
     *
     * @throws dev.varve.logstore.io.StorageLockedException if the store is open elsewhere
     * @throws dev.varve.logstore.io.CorruptionException if acknowledged bytes are damaged
     * @throws dev.varve.logstore.io.FormatVersionException if a later release wrote the store
     */
    public static LogStore open(Path directory, LogOptions options) {
        return open(new FileStorage(directory), options);
    }

    /** Whether a directory holds a store, whole or damaged; says nothing about what is in it. */
    public static boolean exists(Path directory) {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (FileStorage storage = new FileStorage(directory)) {
            return storage.list().stream()
                    .anyMatch(
                            name ->
                                    name.equals(Manifest.FILE)
                                            || Segment.basePosition(name) >= 0);
        }
    }

    /**
     * As {@link #open(Path, LogOptions)}; the storage is closed with the store, or on failure. One
     * that cannot be locked is left as it is: another store may have it.
     */
    public static LogStore open(Storage storage, LogOptions options) {
        return open(storage, options, Environment.real());
    }

    static LogStore open(Storage storage, LogOptions options, Environment environment) {
        Objects.requireNonNull(options, "options");
        storage.lock(LOCK_FILE);
        try {
            return new LogStore(storage, options, environment);
        } catch (Throwable t) {
            if (t instanceof StorageException e) {
                e.inStore(storage.location());
            }
            try {
                storage.close();
            } catch (StorageException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    /** What opening found. */
    public RecoveryReport recoveryReport() {
        return recoveryReport;
    }

    /**
     * The table of that name, registered now if it is new; the registration is durable on return.
     *
     * @throws IllegalArgumentException if it is registered otherwise
     */
    public Table table(TableSpec spec) {
        synchronized (registry) {
            Table known = registry.find(spec.name());
            if (known == null) {
                return register(spec);
            }
            if (!known.spec().isRegisteredLike(spec)) {
                throw new IllegalArgumentException(
                        "table " + spec.name() + " is registered as " + known.spec() + ", not as "
                                + spec);
            }
            if (!known.spec().equals(spec)) {
                known = new Table(known.id(), spec);
                registry.add(known);
            }
            return known;
        }
    }

    /** The registered table of that name, or null. */
    public @Nullable Table findTable(String name) {
        return registry.find(name);
    }

    /** All registered tables, by ascending id. */
    public List<Table> tables() {
        return registry.all();
    }

    /**
     * The only way to put records into a deduplicated table, for who keeps the promise that every
     * key is put once. Given out once as long as the store is open.
     *
     * @throws IllegalArgumentException if the table is not declared as deduplicated, or not of this
     *     store
     * @throws IllegalStateException if somebody has it already
     */
    public SoleWriter soleWriter(Table table) {
        registry.check(table, TableSpec.Order.KEY);
        if (!table.spec().isDeduplicated()) {
            throw new IllegalArgumentException(
                    "table " + table.name() + " is not declared as deduplicated");
        }
        if (!soleWriters.add(table.id())) {
            throw new IllegalStateException(
                    "the records of table " + table.name() + " have a writer already: two would put"
                            + " a key twice");
        }
        return new SoleWriter(registry, table);
    }

    private Table register(TableSpec spec) {
        Table table = new Table(registry.nextId(), spec);
        try (Batch batch = newBatch()) {
            batch.register(spec.name(), MemorySegment.ofArray(TableRegistry.encode(table)));
            appender.commit(batch).awaitDurable();
        }
        registry.add(table);
        return table;
    }

    /** An empty batch; the caller closes it. It holds up to 192 MiB of records. */
    public Batch newBatch() {
        return new Batch(idHash, registry, MAX_BATCH_BYTES, batchMemory);
    }

    /**
     * Makes all records of a batch visible together, or none of them. Returns once the commit is
     * visible ({@link Durability#NONE}, {@link Durability#INTERVAL}) or durable ({@link
     * Durability#GROUP}). The batch is left as it is, and must be cleared before it is committed
     * again. An empty batch commits too.
     *
     * @throws IllegalArgumentException if another store made the batch
     * @throws IllegalStateException if its records were committed before
     * @throws dev.varve.logstore.io.StorageFullException if the disk is at its low-space mark, see
     *     {@link LogOptions#spareBytes()}, or has no room for the name of another segment; nothing
     *     has changed then
     */
    public CommitTicket commit(Batch batch) {
        batch.checkOpen();
        batch.checkMadeFor(registry);
        batch.checkNotCommitted();
        CommitTicket ticket = appender.commit(batch);
        batch.committed(ticket);
        return ticket;
    }

    /** The store as of the last commit that is visible. */
    public Snapshot snapshot() {
        return new Snapshot(this, appender.visible());
    }

    /** Makes everything visible durable. */
    public void force() {
        appender.forceUpTo(appender.visible());
    }

    /**
     * Makes everything visible durable if something is not and the last force was longer ago than
     * the options' interval: the clock of {@link Durability#INTERVAL} while nobody commits.
     *
     * @return whether it forced
     */
    public boolean forceIfDue() {
        return appender.forceIfDue();
    }

    /**
     * Whether a write or force has failed since the store was opened: nothing is acknowledged any
     * more, and only reopening heals.
     */
    public boolean isPoisoned() {
        return maintenance.poison().isPresent();
    }

    /** Position below which everything is visible. */
    public long visible() {
        return appender.visible();
    }

    /** Position below which everything is visible and survives a crash. */
    public long durable() {
        // In this order: what is visible only grows.
        long durable = appender.durable();
        return Math.min(durable, appender.visible());
    }

    /** What the store holds and did; each number is right at some moment of the call. */
    public LogStats stats() {
        return reads.inView(
                view ->
                        new LogStats(
                                view.segmentCount(),
                                tableRecords(),
                                positions(),
                                view.diskBytes(),
                                memory(view),
                                appender.activity(catalog.manifestBytes()),
                                maintenance.stats(view)));
    }

    private List<LogStats.TableRecords> tableRecords() {
        List<LogStats.TableRecords> tables = new ArrayList<>();
        catalog.recordCounts()
                .byTable()
                .forEach(
                        (id, count) -> {
                            Table table = registry.find(id);
                            String name = table == null ? "" : table.name();
                            tables.add(
                                    new LogStats.TableRecords(
                                            id, name, count.records(), count.bytes()));
                        });
        return List.copyOf(tables);
    }

    private LogStats.Positions positions() {
        long durable = durable(); // before what is visible
        return new LogStats.Positions(
                appender.visible(),
                durable,
                catalog.indexed().position(),
                appender.lastSequence());
    }

    private MemoryStats memory(IndexView view) {
        Set<Object> held = new HashSet<>(catalog.views().retired());
        held.addAll(view.keys());
        held.addAll(view.heights());
        long hot = 0;
        long pinned = 0;
        for (Object part : held) {
            hot += part instanceof HotPart memory ? memory.memoryBytes() : 0;
            hot += part instanceof HeightsPart file ? file.memoryBytes() : 0;
            pinned += part instanceof RunPart run ? run.run().memoryBytes() : 0;
        }
        return new MemoryStats(
                hot,
                pinned,
                directory.cacheBytes(),
                reads.readerMemoryBytes(),
                appender.stagingBytes(),
                directory.workBytes() + environment.memory().bytes(),
                batchMemory.bytes());
    }

    /**
     * Does one piece of the work that keeps the index on disk: writes a run of the sealed segments
     * that have none, or merges runs. For an embedder that schedules this work itself; any thread
     * may call it, at any time. The more segments wait, the less is merged later.
     *
     * @return whether there is more to do
     * @throws dev.varve.logstore.io.StorageFullException if there is no space for it; nothing has
     *     changed then
     */
    public boolean maintain() {
        return maintain(Maintenance.Eagerness.NOW);
    }

    /**
     * Makes one run of the whole index, as far as segments are sealed: for a store that is read
     * much and hardly written any more, as behind an import. A lookup then waits for one place of
     * the index in memory, instead of one for each run. Writes 9 to 12 bytes for each record, at
     * full speed whatever {@link IndexOptions#mergeBytesPerSecond} says, and returns when it is
     * done; any thread may call it, and commits and lookups go on meanwhile. Waits for a merge that
     * is under way, and others wait for this. What is sealed meanwhile is left to {@link
     * #maintain()}, and so is what somebody reads still of the old runs.
     *
     * @throws dev.varve.logstore.io.StorageFullException if there is no space for it, which is as
     *     much again as the index takes; what was merged before stays so
     */
    public void mergeIndex() {
        reads.checkOpen();
        if (!maintenance.isMerged()) {
            appender.startMaintenance();
            maintenance.mergeAll();
        }
    }

    private boolean maintain(Maintenance.Eagerness eagerness) {
        reads.checkOpen();
        if (!maintenance.hasWork(eagerness)) {
            return false;
        }
        appender.startMaintenance();
        return maintenance.step(eagerness);
    }

    /**
     * Reads the whole log again and compares: every checksum, the chain of frames, every record
     * with the indexes and every index entry with the log. Commits may go on; what they add
     * meanwhile is not looked at.
     */
    public VerifyReport verify() {
        return reads.inView(
                view ->
                        new Verifier(
                                        view,
                                        catalog.storeId(),
                                        environment,
                                        registry,
                                        idHash)
                                .tellingOfDamage(maintenance::noteDamage)
                                .checking(reads::checkOpen)
                                .run(appender.visible()));
    }

    /**
     * Hands every record at or behind a position that is visible now to {@code visitor}, in the
     * order of the commits: for what is kept beside the log and built from it. Commits may go on;
     * what they add is not handed over. A record is valid only inside the call.
     *
     * @return the position behind what was handed over
     * @throws dev.varve.logstore.io.CorruptionException if a frame is damaged
     */
    public long replay(long from, Consumer<LogRecord> visitor) {
        return replay(from, appender.visible(), visitor);
    }

    /**
     * As {@link #replay(long, Consumer)}, but only to the position {@code to}, which is visible and
     * where a frame or a segment ends.
     */
    public long replay(long from, long to, Consumer<LogRecord> visitor) {
        Consumer<LogRecord> whileOpen =
                record -> {
                    reads.checkOpen();
                    visitor.accept(record);
                };
        return reads.inView(
                view -> {
                    new LogReplay(environment, from, to, whileOpen).run(view);
                    return to;
                });
    }

    /**
     * The position behind the sealed segment in which {@code position} lies; the same position if
     * it lies in none. For what is kept beside the log segment by segment.
     */
    public long sealedEnd(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("a position is 0 or more, not " + position);
        }
        return reads.inView(
                view -> {
                    if (view.segmentCount() == 0) {
                        return position;
                    }
                    Segment segment = view.segmentAt(position);
                    return segment.isSealed() ? segment.nextBasePosition() : position;
                });
    }

    /**
     * Returns if a file of so many bytes may be written beside the log: it leaves what commits were
     * promised, and the last of what they leave free. On a disk that is nearly full it may force
     * the log first.
     *
     * @throws dev.varve.logstore.io.StorageFullException if it may not
     */
    public void requireSpace(long bytes) {
        maintenance.space().requireOfSpare(bytes);
    }

    ReadPath reads() {
        return reads;
    }

    long scan(
            Table table,
            Snapshot.HeightRange range,
            long limit,
            Function<LogRecord, Snapshot.ScanStep> visitor) {
        registry.check(table, TableSpec.Order.HEIGHT);
        HeightScan scan = new HeightScan(table, range, limit);
        long handed = 0;
        while (!scan.hasEnded()) {
            Snapshot.ScanStep step = reads.find(table, scan, visitor);
            if (step != null) {
                handed++;
                if (step == Snapshot.ScanStep.STOP) {
                    break;
                }
            }
            scan.pass();
        }
        return handed;
    }

    long lastHeight(Table table, long limit) {
        registry.check(table, TableSpec.Order.HEIGHT);
        return reads.inView(
                view -> {
                    HeightRanges ranges = view.heightRanges(table.id());
                    long highest = HeightPart.NONE;
                    // The newest is asked first: of those that hold lower heights no other is.
                    for (int i = view.heightPartCount() - 1; i >= 0; i--) {
                        HeightPart part = view.heights(i);
                        if (part.start() < limit
                                && ranges.mayHold(i, highest + 1, Long.MAX_VALUE)) {
                            highest = Math.max(highest, part.lastHeight(table.id(), limit));
                            ranges.learn(i, part);
                        }
                    }
                    return highest;
                });
    }

    /**
     * Does nothing where {@link #close} may be called; for who closes something else before.
     *
     * @throws IllegalStateException if it is called by a function that a record was handed to
     */
    public void checkClosable() {
        reads.checkOutside();
    }

    /**
     * Makes everything visible durable, notes a clean end and releases the directory; idempotent. A
     * commit that is under way completes first. So does a read, whose memory stays until then: a
     * function that a record was handed to is waited for. What takes many reads, as scanning,
     * {@link #verify} and {@link #replay}, ends in a {@link
     * dev.varve.logstore.io.StorageClosedException} at the next one. A disk that is full does not
     * fail it: what the index lacks then is read from the log by the next opening.
     *
     * @throws dev.varve.logstore.io.StoragePoisonedException if something visible could not be made
     *     durable, now or earlier; the directory is released all the same
     * @throws IllegalStateException if it is called by a function that a record was handed to; or,
     *     with all else released, if somebody has kept a record's memory behind his call, and it is
     *     being copied or summed now
     */
    @Override
    public void close() {
        reads.close();
        synchronized (closeLock) {
            if (!closed) {
                closed = true;
                closeAll();
            }
        }
    }

    private void closeAll() {
        try (storage;
                directory;
                catalog;
                maintenance) {
            maintenance.stop();
            appender.close();
        }
    }
}
