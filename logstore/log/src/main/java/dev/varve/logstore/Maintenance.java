package dev.varve.logstore;

import static dev.varve.logstore.IndexDirectory.Pace.FULL;
import static dev.varve.logstore.IndexDirectory.Pace.LIMITED;

import dev.varve.logstore.IndexDirectory.Pace;
import dev.varve.logstore.event.IndexEvent;
import dev.varve.logstore.event.StallEvent;
import dev.varve.logstore.io.AgentThread;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the index on disk: writes the files of a sealed segment, merges runs, writes damaged ones
 * again, and shows each by way of the {@link Catalog}. Done by whoever calls it: the embedder, the
 * store's own thread, or a committer that meets too many segments without a run.
 *
 * <p>For any thread. Those who write the files of a segment exclude each other, and so do those who
 * merge, but not these those: a long merge keeps nobody from sealing. Lack of space changes nothing
 * and is thrown. A file of the index that cannot be read is written again another time; damage of
 * the log is thrown. Any other failure poisons the store, as it does when the log is written.
 */
final class Maintenance implements AutoCloseable {

    /** More than an entry takes on disk, its share of a filter and of a page's header included. */
    private static final long ENTRY_BYTES = 14;

    /** What a file takes besides. */
    private static final long FILE_BYTES = 64 << 10;

    /** What a merge writes between two looks at the space that is left, and a little more. */
    private static final long MERGE_STEP_BYTES = 2 << 20;

    private final SpaceReserve space;
    private final IndexOptions options;
    private final Catalog catalog;
    private final IndexDirectory directory;
    private final LostPart lostPart;
    private final Poison poison;
    private final ReentrantLock buildLock = new ReentrantLock();
    private final ReentrantLock mergeLock = new ReentrantLock();
    private final DamagedParts damaged = new DamagedParts();
    private final RunNeighbours neighbours;
    private volatile long stalls;
    private volatile long stallNs;
    private volatile long refusedMerges;
    private volatile boolean stopping;
    private @Nullable AgentThread thread;

    // Under both locks.
    private boolean closed;

    Maintenance(
            SpaceReserve space,
            IndexOptions options,
            Catalog catalog,
            IndexDirectory directory,
            LostPart lostPart) {
        this.space = space;
        this.poison = new Poison(space.location());
        this.options = options;
        this.catalog = catalog;
        this.neighbours = new RunNeighbours(catalog.views(), damaged);
        this.directory = directory;
        this.lostPart = lostPart;
    }

    /**
     * Starts the thread, if the options have a factory for one.
     *
     * @param work does a piece of work and tells whether there is more
     */
    void start(BooleanSupplier work) {
        ThreadFactory factory = options.maintenance();
        if (factory != null) {
            thread = new AgentThread(factory, work, AgentThread.UNTIL_SIGNALLED);
            thread.start();
            thread.signal(); // of an unclean end there may be parts to write
        }
    }

    /** Tells that a segment was sealed. */
    void signal() {
        if (thread != null) {
            thread.signal();
        }
    }

    /** Ends the thread, and a merge that is under way: it is begun again another time. */
    void stop() {
        stopping = true;
        directory.hurry();
        if (thread != null) {
            thread.close();
        }
    }

    /** Returns when nobody is at work any more, and nobody will be. */
    @Override
    public void close() {
        buildLock.lock();
        try {
            mergeLock.lock();
            try {
                closed = true;
            } finally {
                mergeLock.unlock();
            }
        } finally {
            buildLock.unlock();
        }
    }

    SpaceReserve space() {
        return space;
    }

    Poison poison() {
        return poison;
    }

    /** What waits for a run, for whom that is work already. */
    enum Eagerness {
        /** All that waits. */
        NOW,
        /** As much as makes a run that need not be merged again soon. */
        WHEN_DUE
    }

    /** Whether {@link #step} would do something. */
    boolean hasWork(Eagerness eagerness) {
        return isMoreLeft(eagerness) || catalog.views().retiredCount() > 0;
    }

    private boolean isMoreLeft(Eagerness eagerness) {
        return isRunWanted(eagerness)
                || isDamaged()
                || !neighbours.due().isEmpty();
    }

    /**
     * Does one piece of work, if there is any.
     *
     * @return whether there is more
     */
    boolean step(Eagerness eagerness) {
        poison.check();
        reap();
        if (!(isRunWanted(eagerness) && build(space::requireOfSpare)) && !repair()) {
            merge(neighbours::due, LIMITED, () -> stopping);
        }
        return isMoreLeft(eagerness);
    }

    /** Whether {@link #mergeAll} would do nothing. */
    boolean isMerged() {
        return waiting().isEmpty()
                && !isDamaged()
                && neighbours.all(Long.MAX_VALUE).isEmpty()
                && catalog.views().retiredCount() == 0;
    }

    /** Writes runs for all that is sealed, and makes one run of them all, at full speed. */
    void mergeAll() {
        poison.check();
        reap();
        long end = sealedEnd();
        boolean more = true;
        while (more) {
            more =
                    isAnyWaiting(end) && build(space::requireOfSpare)
                            || repair()
                            || merge(() -> neighbours.all(end), FULL, () -> stopping);
        }
        reap();
        signal(); // of what somebody reads still, the thread lets go later
    }

    /**
     * Called before a segment is sealed: writes a run if too many wait for it, and merges if nobody
     * else does.
     *
     * @param frameBytes what must be left for the frame that comes then
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the write lock
    void relieve(long frameBytes) {
        List<HotPart> waiting = waiting();
        if (waiting.size() < Math.max(1, options.maxUnindexedSegments())
                && memoryBytes(waiting) < options.maxUnindexedBytes()) {
            return;
        }
        stalls++;
        StallEvent event = StallEvent.begun();
        long started = System.nanoTime();
        try {
            build(bytes -> space.require(bytes + frameBytes));
            if (options.maintenance() == null && mergeLock.tryLock()) {
                try {
                    mergeIfThereIsSpace(frameBytes);
                } finally {
                    mergeLock.unlock();
                }
            }
        } finally {
            stallNs += System.nanoTime() - started;
            event.done(waiting.size());
        }
    }

    /** Without space lookups ask more runs, and commits go on. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the write lock
    private void mergeIfThereIsSpace(long frameBytes) {
        try {
            space.require(bytesFor(RunNeighbours.entries(neighbours.due())) + frameBytes);
            merge(neighbours::due, FULL, () -> stopping);
        } catch (StorageFullException e) {
            refusedMerges++;
        }
    }

    /**
     * When the store closes: all that is in memory goes to files, unless there is no space. Then
     * the log has it, and the next open reads that part of it.
     *
     * @return whether there was space
     */
    boolean publishAll() {
        try {
            while (build(space::requireAtLast)) {
                // one run after the other
            }
            while (merge(neighbours::dueAtLast, FULL, () -> false)) {
                // until no more small runs are neighbours
            }
            return true;
        } catch (StorageFullException e) {
            return false;
        }
    }

    // ---- the pieces of work; each false if there is nothing to do

    /** Writes one run for the oldest parts in memory that are whole, and their heights. */
    private boolean build(LongConsumer requireSpace) {
        return locked(
                buildLock,
                () -> {
                    List<HotPart> parts = oldestParts();
                    if (!parts.isEmpty()) {
                        long entries =
                                parts.stream().mapToLong(p -> p.counts().recordCount()).sum();
                        requireSpace.accept(bytesFor(entries) + FILE_BYTES * parts.size());
                        build(parts);
                    }
                    return !parts.isEmpty();
                });
    }

    private void build(List<HotPart> parts) {
        IndexView view = catalog.views().current();
        List<HeightPart> read = new ArrayList<>();
        IndexEvent event = IndexEvent.begun();
        try (Written written = new Written()) {
            if (view.keys().contains(parts.getFirst())) {
                written.run = directory.writeRun(parts);
            }
            List<Catalog.Indexed> indexed = new ArrayList<>();
            for (HotPart part : parts) {
                List<HeightPart> heights = heightsWith(view, part);
                read.addAll(heights);
                HeightsPart file = part.hasHeights() ? directory.writeHeights(heights) : null;
                written.add(file);
                indexed.add(new Catalog.Indexed(part, heights, file));
            }
            poison.check();
            catalog.publish(indexed, written.run);
            written.published = true;
            event.done("BUILD", written.run == null ? 0 : written.run.run().fileLength());
        } catch (StorageException e) {
            noteDamage(read, e);
            build(parts); // without the damaged file
        }
        catalog.reap();
    }

    /**
     * The part, and files of the same segment in front of it, with which it becomes one file: those
     * between which nothing is in memory still, or damaged, for a file covers all of its range.
     */
    private List<HeightPart> heightsWith(IndexView view, HotPart part) {
        List<HeightPart> parts = new ArrayList<>();
        if (!view.heights().contains(part)) {
            return parts;
        }
        if (part.hasHeights() && view.keys().contains(part)) {
            for (HeightPart older : view.heights()) {
                if (older.start() >= part.segment().basePosition()
                        && older.end() <= part.start()) {
                    if (older instanceof HeightsPart && damaged.isSound(older)) {
                        parts.add(older);
                    } else {
                        parts.clear();
                    }
                }
            }
        }
        parts.add(part);
        return parts;
    }

    /** Makes one run of several. One that is damaged is written again before that, another time. */
    private boolean merge(
            Supplier<List<RunPart>> picked, Pace pace, BooleanSupplier stopped) {
        return locked(
                mergeLock,
                () -> {
                    List<RunPart> parts = picked.get();
                    if (parts.isEmpty()) {
                        return false;
                    }
                    space.requireOfSpare(bytesFor(RunNeighbours.entries(parts)));
                    IndexEvent event = IndexEvent.begun();
                    try (Written written = new Written()) {
                        written.run = directory.merge(parts, pace, () -> mustStop(stopped));
                        poison.check();
                        catalog.publish(parts, List.of(written.run));
                        written.published = true;
                        event.done("MERGE", written.run.run().fileLength());
                    } catch (StorageException e) {
                        noteDamage(parts, e);
                    }
                    catalog.reap();
                    return true;
                });
    }

    /** Asked while a merge goes on; refuses to go on where frames would be left without space. */
    private boolean mustStop(BooleanSupplier stopped) {
        space.requireOfSpare(MERGE_STEP_BYTES);
        return stopped.getAsBoolean();
    }

    /** Of files that were read when {@code e} was thrown; throws it if it is of none of them. */
    private void noteDamage(List<? extends AutoCloseable> parts, StorageException e) {
        if (tellsNothing(e)) {
            throw e;
        }
        List<? extends AutoCloseable> culprits =
                parts.stream().filter(part -> isFileOf(part, e.file())).toList();
        if (culprits.isEmpty()) {
            throw e;
        }
        culprits.forEach(damaged::add);
    }

    /** Whether the file that it names may be sound: closed, or not opened, as too many are. */
    static boolean tellsNothing(StorageException e) {
        return e instanceof StorageClosedException || e instanceof StorageFullException;
    }

    /** Of a storage's own errors the file is a path, of ours its name. */
    private static boolean isFileOf(AutoCloseable part, String file) {
        String name = Catalog.fileName(part);
        return name != null && file.endsWith(name);
    }

    /** Whoever verifies has found that a part is damaged: if it is a file, it is written again. */
    void noteDamage(AutoCloseable part) {
        if (Catalog.fileName(part) != null && damaged.addAgain(part)) {
            signal();
        }
    }

    /** A reader of a view failed: if a file of the index was why, it is written again. */
    void noteDamage(IndexView view, StorageException e) {
        if (!tellsNothing(e)) {
            Stream.concat(view.keys().stream(), view.heights().stream())
                    .filter(part -> isFileOf(part, e.file()) && damaged.add(part))
                    .forEach(part -> signal());
        }
    }

    /** Writes a damaged file again: runs one for each segment that they cover. */
    private boolean repair() {
        return repair(buildLock, HeightsPart.class, this::repair)
                || repair(mergeLock, RunPart.class, this::repair);
    }

    private <P extends AutoCloseable> boolean repair(
            ReentrantLock lock, Class<P> kind, Consumer<P> work) {
        return locked(
                lock,
                () -> {
                    P part = damagedPart(kind);
                    if (part != null) {
                        try {
                            work.accept(part);
                        } catch (CorruptionException e) {
                            if (!(e.getCause() instanceof StorageException)) {
                                damaged.giveUp(part);
                            } // else the log cannot be read now, and perhaps another time
                            throw e;
                        }
                        damaged.repaired(part);
                        catalog.reap();
                    }
                    return part != null;
                });
    }

    private void repair(HeightsPart part) {
        List<Segment> segments = catalog.views().current().segments();
        IndexEvent event = IndexEvent.begun();
        try (Written written = new Written();
                HotPart hot = readAgain(segments, part.range(), TableSpec.Order.HEIGHT)) {
            space.requireOfSpare(bytesFor(hot.counts().recordCount()));
            HeightsPart again = directory.writeHeights(List.of(hot));
            written.add(again);
            poison.check();
            catalog.publish(part, again);
            written.published = true;
            event.done("REPAIR", again.file().fileLength());
        }
    }

    /** A log that cannot be read is damage too: nothing was written that could have failed. */
    private HotPart readAgain(List<Segment> segments, RunRange range, TableSpec.Order order) {
        try {
            return lostPart.read(segments, range, order);
        } catch (StorageClosedException | StorageFullException | CorruptionException e) {
            throw e;
        } catch (StorageException e) {
            throw new CorruptionException(
                    "cannot be read: " + e.getMessage(), e.file(), e.offset(), e);
        }
    }

    private void repair(RunPart part) {
        List<Segment> segments = catalog.views().current().segments();
        List<RunPart> again = new ArrayList<>();
        boolean published = false;
        IndexEvent event = IndexEvent.begun();
        try {
            for (RunRange range : LostPart.pieces(segments, part.range())) {
                try (HotPart hot = readAgain(segments, range, TableSpec.Order.KEY)) {
                    space.requireOfSpare(bytesFor(hot.keyCount()));
                    again.add(directory.writeRun(List.of(hot)));
                }
            }
            poison.check();
            catalog.publish(List.of(part), again);
            published = true;
            event.done("REPAIR", again.stream().mapToLong(run -> run.run().fileLength()).sum());
        } finally {
            if (!published) {
                again.forEach(RunPart::close);
            }
        }
    }

    // ---- what there is to do

    private boolean isRunWanted(Eagerness eagerness) {
        List<HotPart> waiting = waiting();
        return !waiting.isEmpty()
                && (eagerness == Eagerness.NOW
                        || waiting.size() >= options.maxUnindexedSegments() / 2
                        || memoryBytes(waiting) >= options.maxUnindexedBytes() / 2);
    }

    private List<HotPart> waiting() {
        IndexView view = catalog.views().current();
        return Stream.concat(view.keys().stream(), view.heights().stream())
                .filter(Maintenance::isWhole)
                .map(HotPart.class::cast)
                .distinct()
                .toList();
    }

    private static boolean isWhole(Object part) {
        return part instanceof HotPart hot && hot.isFinished() && hot.end() > hot.start();
    }

    private static long memoryBytes(List<HotPart> parts) {
        return parts.stream().mapToLong(HotPart::memoryBytes).sum();
    }

    /**
     * Neighbours that are in memory and whole, those in front of all others; or one of which only
     * the heights are in no file; or none.
     */
    private List<HotPart> oldestParts() {
        IndexView view = catalog.views().current();
        List<HotPart> parts = new ArrayList<>();
        for (KeyPart part : view.keys()) {
            if (isWhole(part)) {
                parts.add((HotPart) part);
            } else if (!parts.isEmpty()) {
                return parts;
            }
        }
        if (parts.isEmpty()) {
            view.heights().stream()
                    .filter(Maintenance::isWhole)
                    .findFirst()
                    .ifPresent(part -> parts.add((HotPart) part));
        }
        return parts;
    }

    private <P extends AutoCloseable> @Nullable P damagedPart(Class<P> kind) {
        IndexView view = catalog.views().current();
        for (HeightPart part : view.heights()) {
            if (part instanceof HeightsPart file && file.isDamaged()) {
                boolean ignored = damaged.add(file);
            }
        }
        return damaged.next(kind, view);
    }

    private boolean isDamaged() {
        return damagedPart(AutoCloseable.class) != null;
    }

    /** The position behind all parts that nothing is added to. */
    private long sealedEnd() {
        KeyPart last = catalog.views().current().keys().getLast();
        return last instanceof HotPart hot && !hot.isFinished() ? hot.start() : last.end();
    }

    /** Whether a part in memory in front of a position waits for a file. */
    private boolean isAnyWaiting(long end) {
        return waiting().stream().anyMatch(part -> part.start() < end);
    }

    /** More than the file of so many entries takes, and the manifest that names it. */
    private long bytesFor(long entries) {
        return entries * ENTRY_BYTES + FILE_BYTES + catalog.nextManifestLength();
    }

    private void reap() {
        try {
            catalog.reap();
        } catch (StorageException e) {
            throw poison.by(e);
        }
    }

    private boolean locked(ReentrantLock lock, BooleanSupplier work) {
        lock.lock();
        try {
            if (closed) {
                throw new StorageClosedException(
                        "the store is closed",
                        space.location(),
                        StorageException.NO_OFFSET,
                        null);
            }
            return work.getAsBoolean();
        } catch (StorageFullException | StorageClosedException | CorruptionException e) {
            throw e.inStore(space.location());
        } catch (StorageException e) {
            throw poison.by(e);
        } finally {
            lock.unlock();
        }
    }

    /** The files of that view, and what was done to them. */
    IndexStats stats(IndexView view) {
        return new IndexStats(
                (int) view.keys().stream().filter(RunPart.class::isInstance).count(),
                (int) view.heights().stream().filter(HeightsPart.class::isInstance).count(),
                (int) view.hotParts().stream().filter(HotPart::isFinished).count(),
                new IndexStats.Activity(
                        stalls,
                        stallNs,
                        refusedMerges,
                        thread == null ? 0 : thread.failures(),
                        directory.builds(),
                        directory.merges(),
                        directory.runBytes(),
                        directory.mergeBytes()));
    }

    /** Files that are open, and closed again unless they become part of a view. */
    private static final class Written implements AutoCloseable {
        private final List<HeightsPart> heights = new ArrayList<>();
        private @Nullable RunPart run;
        private boolean published;

        void add(@Nullable HeightsPart file) {
            if (file != null) {
                heights.add(file);
            }
        }

        @Override
        public void close() {
            if (published) {
                return;
            }
            if (run != null) {
                run.close();
            }
            heights.forEach(HeightsPart::close);
        }
    }
}
