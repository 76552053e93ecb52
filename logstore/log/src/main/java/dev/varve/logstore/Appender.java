package dev.varve.logstore;

import dev.varve.logstore.event.CommitEvent;
import dev.varve.logstore.event.ForceEvent;
import dev.varve.logstore.event.SealEvent;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StoragePoisonedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The write side of a log: group commit, sealing and rolling of segments, and the two watermarks.
 *
 * <p>Committers queue their encoded batches; whoever gets the write lock lays out and writes all
 * that are queued, publishes them, and the others find their work done. Forces are shared the same
 * way under a lock of their own, so that the next group is written while this one is forced. The
 * write lock is taken before the force lock, never the other way round. Nobody who waits for a lock
 * is interrupted out of it, and whoever holds one releases it on every path.
 *
 * <p>The first write or force that fails poisons the appender: nothing is acknowledged from then
 * on.
 */
final class Appender implements AutoCloseable {

    /** What a commit may take besides its records: BEGIN and COMMIT, a header page, a footer. */
    private static final long ROLL_BYTES = 16 << 10;

    /** Bytes of batches that one leader takes from the queue at a time. */
    private static final long MAX_ROUND_BYTES = 4 << 20;

    private final Storage storage;
    private final LogOptions options;
    private final Environment environment;
    private final Catalog catalog;
    private final Maintenance maintenance;
    private final TableRegistry registry;
    private final SpaceReserve space;
    private final Poison poison;
    private final long incarnation;
    private final FrameWriter writer;
    private final AppendCounters counters = new AppendCounters();
    private final Queue<Pending> queue = new ConcurrentLinkedQueue<>();
    private final CombiningLock writeLock = new CombiningLock();
    private final CombiningLock forceLock = new CombiningLock();

    // Under the write lock.
    private @Nullable TornTail tornTail;

    /** Empty between rounds, unless one ended in an error that could not even be told. */
    private final List<Pending> round = new ArrayList<>();

    private boolean started;
    private long sequence;
    private int frameCrc;

    /** Under the force lock: set between forces only if the last one did not succeed. */
    private boolean inForce;

    private volatile Tail tail;
    private volatile long visible;
    private volatile long durable;
    private volatile boolean closed;
    private volatile long forces;
    private volatile long lastForceNanos;

    Appender(
            Storage storage,
            LogOptions options,
            Environment environment,
            Recovery.Recovered log,
            Maintenance maintenance) {
        this.storage = storage;
        this.options = options;
        this.environment = environment;
        this.lastForceNanos = environment.nanoClock().getAsLong();
        this.catalog = log.catalog();
        this.maintenance = maintenance;
        this.poison = maintenance.poison();
        this.registry = log.registry();
        this.space = maintenance.space();
        this.incarnation = environment.random().getAsLong();
        this.tornTail = log.end().tornTail();
        this.sequence = log.end().sequence();
        this.frameCrc = log.end().frameCrc();
        this.visible = log.report().endPosition();
        this.durable = visible;
        this.tail = tailOf(catalog.views().current());
        this.writer = new FrameWriter(environment.frameChecksums().get());
        space.ofLog(this::unsettledBytes, this::settle);
    }

    private Tail tailOf(IndexView view) {
        int last = view.segmentCount() - 1;
        Segment segment = last < 0 ? null : view.segment(last);
        List<HotPart> hot = view.hotParts();
        HotPart part = hot.isEmpty() ? null : hot.getLast();
        boolean grows = part != null && !part.isFinished();
        return new Tail(segment, grows ? part : null, visible, sequence);
    }

    /** Everything below is visible to snapshots taken from now on. */
    long visible() {
        return visible;
    }

    /**
     * Everything below survives any crash. Ahead of {@link #visible()} while a round goes on that
     * has rolled.
     */
    long durable() {
        return durable;
    }

    /**
     * What was done since the store was opened.
     *
     * @param manifestBytes bytes of manifests written
     */
    LogStats.Activity activity(long manifestBytes) {
        return counters.activity(writer.writtenBytes(), manifestBytes, forces);
    }

    /** Native memory of what is staged. */
    long stagingBytes() {
        return writer.memoryBytes();
    }

    /** Sequence of the last visible commit. */
    long lastSequence() {
        return tail.sequence;
    }

    CommitTicket commit(Batch batch) {
        checkUsable();
        CommitEvent event = CommitEvent.begun();
        Pending pending = new Pending(batch);
        queue.add(pending);
        writeLock.await(() -> pending.done, this::writeRound);
        if (pending.failure != null) {
            throw pending.failure;
        }
        CommitTicket ticket = new CommitTicket(this, pending.endPosition, pending.sequence);
        switch (options.durability()) {
            case NONE -> {}
            case INTERVAL -> forceIfDue();
            case GROUP -> ticket.awaitDurable();
        }
        event.done(ticket.sequence(), batch.count(), batch.length());
        return ticket;
    }

    /** Forces what is visible if the interval is over and nobody else is at it. */
    boolean forceIfDue() {
        if (!isForceDue() || !forceLock.tryLock()) {
            return false;
        }
        try {
            if (!isForceDue()) {
                return false;
            }
            forceAndNote();
            return true;
        } finally {
            forceLock.unlock();
        }
    }

    private boolean isForceDue() {
        return durable < visible
                && environment.nanoClock().getAsLong() - lastForceNanos
                        >= TimeUnit.NANOSECONDS.convert(options.forceInterval()); // saturates
    }

    /** Writes the batches that are queued, up to a bound, and publishes them together. */
    private void writeRound() {
        if (!round.isEmpty()) {
            writer.discard();
            failed(poison.by(brokenOff()));
        }
        long bytes = 0;
        while (bytes < MAX_ROUND_BYTES) {
            Pending pending = queue.poll();
            if (pending == null) {
                break;
            }
            round.add(pending);
            bytes += pending.batch.length();
        }
        try {
            checkUsable();
            start();
        } catch (StorageFullException | StorageClosedException | StoragePoisonedException e) {
            // Nothing of the log was touched.
            failed(e);
            return;
        } catch (StorageException e) {
            failed(poison.by(e));
            return;
        } catch (RuntimeException | Error e) {
            failed(poison.by(unexpected(e)));
            throw e;
        }
        write();
    }

    private void write() {
        try {
            for (Pending pending : round) {
                place(pending);
            }
            writer.flush(allocation());
            space.settled();
            poison.check();
            publish();
        } catch (StorageException e) {
            writer.discard();
            failed(poison.by(e));
        } catch (RuntimeException | Error e) {
            // What is staged or indexed is unknown: the same as a failed write.
            writer.discard();
            failed(poison.by(unexpected(e)));
            if (e instanceof Error error) {
                throw error;
            }
        }
    }

    /**
     * How far the file may be filled with zeros ahead of its frames. A force that finds the file's
     * blocks written before has no metadata to record; that pays where every commit is forced, and
     * doubles the bytes written.
     */
    private long allocation() {
        return options.durability() == Durability.GROUP ? options.segmentBytes() : 0;
    }

    private StorageException unexpected(Throwable t) {
        return new StorageException(
                "appending failed: " + t, storage.location(), StorageException.NO_OFFSET, t);
    }

    /** What is known of an error whose handling failed too: the stack or the heap were full. */
    private StorageException brokenOff() {
        return new StorageException(
                "a write or force broke off", storage.location(), StorageException.NO_OFFSET, null);
    }

    private void failed(StorageException failure) {
        for (Pending pending : round) {
            if (!pending.done) {
                pending.failure = failure;
                pending.done = true;
            }
        }
        round.clear();
    }

    /** Stages one batch, or lets it fail for lack of space and leaves everything as it was. */
    private void place(Pending pending) {
        HotPart part = tail.part;
        boolean rolls = part == null || !hasRoom(part.segment(), pending.batch);
        try {
            // A little more than the frame takes: padding depends on where it will stand.
            long length =
                    pending.batch.length()
                            + pending.batch.length() / 4
                            + ROLL_BYTES
                            + (rolls ? tablesBytes() : 0)
                            + (allocation() > 0 ? FrameWriter.FILL_BYTES : 0);
            if (rolls) {
                maintenance.relieve(length + writer.stagedBytes());
            }
            space.take(length, writer.stagedBytes());
        } catch (StorageFullException e) {
            refuse(pending, e);
            return;
        }
        if (part == null || rolls) {
            writer.flush(0);
            sealLast();
            try {
                part = begin();
            } catch (StorageFullException e) {
                // No room for a name: as if the store was opened behind a sealed segment.
                refuse(pending, e);
                return;
            }
        }
        stage(pending, part);
    }

    private void refuse(Pending pending, StorageFullException why) {
        counters.refused();
        pending.failure = why;
        pending.done = true;
    }

    /** What a roll writes of each table, in the footer and in the manifest. */
    private long tablesBytes() {
        return SegmentFooter.maxLength(registry.all().size()) + catalog.nextManifestLength();
    }

    private boolean hasRoom(Segment segment, Batch batch) {
        long offset = segment.framesEnd();
        return !segment.isSealed()
                && (offset == SegmentHeaderDescriptor.FRAMES_OFFSET
                        || offset + writer.frameLength(batch, offset) <= options.segmentBytes());
    }

    private void stage(Pending pending, HotPart part) {
        Segment segment = part.segment();
        long offset = segment.framesEnd();
        long length = writer.frameLength(pending.batch, offset);
        long position = segment.basePosition() + offset;
        FrameWriter.FrameFields fields =
                new FrameWriter.FrameFields(
                        position, sequence + 1, incarnation, durable, length, frameCrc);
        frameCrc = writer.stage(pending.batch, fields, part, registry);
        sequence++;
        segment.framesEnd(offset + length);
        pending.endPosition = position + length;
        pending.sequence = sequence;
    }

    private void publish() {
        for (Pending pending : round) {
            if (!pending.done) {
                tail = tail.upTo(pending.endPosition, pending.sequence);
                visible = pending.endPosition;
                counters.committed(pending.batch);
                pending.done = true;
            }
        }
        round.clear();
    }

    /**
     * Takes the store in use for the sake of its index, if it is not.
     *
     * @throws StoragePoisonedException if that fails, or something has failed before
     */
    void startMaintenance() {
        writeLock.lock();
        try {
            checkUsable();
            start();
        } catch (StorageFullException | StorageClosedException e) {
            throw e;
        } catch (StorageException e) {
            throw poison.by(e);
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Before the first write of this open: sets aside what a crash left, and takes the store in
     * use.
     */
    private void start() {
        if (started) {
            return;
        }
        TornTail torn = tornTail;
        if (torn != null) {
            if (!torn.whole()) {
                space.take(torn.length(), 0);
            }
            torn.setAside(storage);
            tornTail = null;
        }
        catalog.deleteOrphans();
        note(Manifest.State.IN_USE);
        Segment last = tail.segment;
        if (last != null && !last.isSealed()) {
            writer.moveTo(last.file(), last.framesEnd());
        }
        started = true;
    }

    private void note(Manifest.State state) {
        catalog.note(durable, sequence, incarnation, state);
    }

    /** Seals the last segment, if it is not; durable on return. */
    private void sealLast() {
        HotPart part = tail.part;
        if (part != null) {
            seal(part);
            tail = new Tail(part.segment(), null, tail.end, tail.sequence);
        }
    }

    /** Where the segment behind the last one, which is sealed, begins. */
    private long nextBase() {
        Segment last = tail.segment;
        return last == null ? 0 : last.nextBasePosition();
    }

    /** Creates the segment that is written from now on; none is left if there is no space. */
    private HotPart begin() {
        String name = Segment.fileName(nextBase());
        StorageFile file = storage.create(name);
        try {
            return begin(file);
        } catch (StorageFullException e) {
            storage.delete(name);
            throw e;
        }
    }

    /** Makes a file that was just created the segment that is written; durable on return. */
    private HotPart begin(StorageFile file) {
        long base = nextBase();
        Segment next = new Segment(base, storage, file, SegmentHeaderDescriptor.FRAMES_OFFSET);
        HotPart part = new HotPart(next, base);
        try {
            new SegmentHeader(catalog.storeId(), base, sequence + 1, frameCrc).write(file);
            file.force();
            storage.forceDirectory();
            counters.began(next.framesEnd());
            note(Manifest.State.IN_USE);
        } catch (Throwable t) {
            part.close();
            next.close();
            throw t;
        }
        catalog.add(part);
        maintenance.signal();
        writer.moveTo(file, next.framesEnd());
        tail = new Tail(next, part, base + next.framesEnd(), tail.sequence);
        return part;
    }

    private void seal(HotPart part) {
        SealEvent event = SealEvent.begun();
        Segment segment = part.segment();
        long length = SegmentFooter.write(part, sequence, frameCrc);
        forceLock.run(
                () -> {
                    poison.check();
                    force(segment);
                    segment.sealed(length);
                    durable = segment.nextBasePosition();
                    part.finish(durable, sequence, frameCrc);
                });
        counters.sealed(length - segment.framesEnd());
        event.done(segment.basePosition(), length, part.counts().recordCount());
    }

    /** Returns once everything below {@code position} is durable. */
    void forceUpTo(long position) {
        forceLock.await(() -> durable >= position || poison.isPresent(), this::forceAndNote);
        if (durable < position) {
            poison.check();
        }
    }

    /** Bytes of frames that recovery may write again, and would not after {@link #settle}. */
    private long unsettledBytes() {
        long end = tail.end;
        long unnoted = end - catalog.notedPosition();
        return Math.max(0, unnoted < Environment.SETTLED_BYTES ? end - durable : unnoted);
    }

    /** Lets recovery write little again. */
    private void settle() {
        forceLock.run(
                () -> noteForced(force(), catalog.notedPosition(), Environment.SETTLED_BYTES));
    }

    private void forceAndNote() {
        long before = durable;
        noteForced(force(), before, environment.notedBytes());
    }

    /**
     * The next frame names what this made durable; but perhaps there is none, and recovery would
     * write it again: so it is noted, if it is so much behind {@code from}.
     */
    private void noteForced(Tail target, long from, long notedBytes) {
        if (target.end - from >= notedBytes) {
            try {
                space.requireNow(catalog.nextManifestLength());
                catalog.noteForced(target.end, target.sequence);
            } catch (StorageFullException e) {
                // A slower recovery, and no harm.
            } catch (StorageException e) {
                throw poison.by(e);
            }
        }
    }

    /** Forces what is visible, and returns what that was. */
    private Tail force() {
        checkUsable();
        // All segments before the tail's are durable since they were sealed.
        Tail target = tail;
        if (target.segment != null) {
            force(target.segment);
            durable = Math.max(durable, target.end);
        }
        return target;
    }

    /** A failure poisons while the lock is held: nobody who waits for it may force once more. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the force lock
    private void force(Segment segment) {
        assert forceLock.isHeldByCurrentThread();
        if (inForce) {
            throw poison.by(brokenOff());
        }
        inForce = true;
        ForceEvent event = ForceEvent.begun();
        try {
            segment.file().force();
            event.done(segment.basePosition());
        } catch (StorageException e) {
            throw poison.by(e);
        } catch (RuntimeException | Error e) {
            poison.by(unexpected(e));
            throw e;
        }
        inForce = false;
        forces++;
        lastForceNanos = environment.nanoClock().getAsLong();
    }

    private void checkUsable() {
        if (closed) {
            throw new StorageClosedException(
                    "the store is closed", storage.location(), StorageException.NO_OFFSET, null);
        }
        poison.check();
    }

    /**
     * Forces what was written and notes a clean end, unless poisoned; closes the segments.
     *
     * @throws StoragePoisonedException if something visible could not be made durable
     */
    @Override
    public void close() {
        writeLock.lock();
        try {
            if (closed) {
                return;
            }
            try {
                if (!poison.isPresent() && round.isEmpty() && started) {
                    forceWithoutFilling();
                    finishTail();
                    maintenance.publishAll();
                    noteCleanEnd();
                }
                if (durable < visible) {
                    poison.check(); // perhaps whoever was told is a thread that nobody listens to
                }
            } finally {
                forceLock.run(() -> closed = true); // a force that goes on needs open files
                writer.close();
            }
        } finally {
            writeLock.unlock();
        }
    }

    /** Without space the next opening reads the log again, which is all that is lost. */
    private void noteCleanEnd() {
        try {
            note(Manifest.State.CLEAN);
        } catch (StorageFullException e) {
            // What is visible is durable, and a disk that is full does not fail closing.
        }
    }

    /** Nothing will be added to the part of the index that is in memory. */
    private void finishTail() {
        HotPart part = tail.part;
        if (part != null && !part.isFinished()) {
            part.finish(tail.end, sequence, frameCrc);
        }
    }

    private void forceWithoutFilling() {
        Segment last = tail.segment;
        forceLock.lock();
        try {
            poison.check();
            if (last != null && !last.isSealed() && last.file().length() > last.framesEnd()) {
                last.file().truncate(last.framesEnd());
                force();
            } else if (durable < visible) {
                force();
            }
        } catch (StorageException e) {
            throw poison.by(e);
        } finally {
            forceLock.unlock();
        }
    }

    /** The segment that is written, where the visible frames end, and the last one's number. */
    private record Tail(
            @Nullable Segment segment, @Nullable HotPart part, long end, long sequence) {

        Tail upTo(long newEnd, long newSequence) {
            return new Tail(segment, part, newEnd, newSequence);
        }
    }

    /** A committer's batch on its way through the queue; handed over by the write lock. */
    private static final class Pending {
        private final Batch batch;
        private long endPosition;
        private long sequence;
        private volatile boolean done;
        private @Nullable StorageException failure;

        Pending(Batch batch) {
            this.batch = batch;
        }
    }
}
