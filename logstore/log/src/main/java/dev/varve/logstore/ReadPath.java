package dev.varve.logstore;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The lookups of all snapshots of a store. Safe for use by many threads; takes no lock, and
 * allocates nothing but what it returns.
 */
final class ReadPath {

    static final long ABSENT = -1;

    private final Views views;
    private final TableRegistry registry;
    private final IdHash idHash;
    private final BiConsumer<IndexView, StorageException> failures;
    private final String location;
    private volatile boolean closed;

    /**
     * @param failures takes what a read of a view ended with, before the reader is told: for
     *     whoever writes damaged files again
     * @param location where the store is, for messages
     */
    ReadPath(
            Views views,
            TableRegistry registry,
            IdHash idHash,
            BiConsumer<IndexView, StorageException> failures,
            String location) {
        this.views = views;
        this.failures = failures;
        this.registry = registry;
        this.idHash = idHash;
        this.location = location;
    }

    /**
     * Copies the newest value of a key, of records below {@code limit} and not above a height.
     *
     * @return its length, or {@link #ABSENT}; nothing is copied if the destination is shorter
     */
    long get(
            Table table, MemorySegment key, long limit, long maxHeight, MemorySegment destination) {
        long hash = hash(table, key);
        Views.Slot slot = slot(table, TableSpec.Order.KEY);
        slot.reader().of(table, limit).asOf(maxHeight).seek(key, hash);
        return get(slot, destination);
    }

    /** As the other, of a table found by height. */
    long get(Table table, long height, long limit, MemorySegment destination) {
        Views.Slot slot = slot(table, TableSpec.Order.HEIGHT);
        slot.reader().of(table, limit).seek(height);
        return get(slot, destination);
    }

    /** Shows the newest record of a key, of those below {@code limit} and not above a height. */
    <R> @Nullable R find(
            Table table,
            MemorySegment key,
            long limit,
            long maxHeight,
            Function<LogRecord, @Nullable R> then) {
        long hash = hash(table, key);
        Views.Slot slot = slot(table, TableSpec.Order.KEY);
        slot.reader().of(table, limit).asOf(maxHeight).seek(key, hash);
        return find(slot, then);
    }

    /** As the other, of a table found by height. */
    <R> @Nullable R find(
            Table table, long height, long limit, Function<LogRecord, @Nullable R> then) {
        Views.Slot slot = slot(table, TableSpec.Order.HEIGHT);
        slot.reader().of(table, limit).seek(height);
        return find(slot, then);
    }

    /** Shows the newest record at the next height of a scan, unless it is a deletion. */
    <R> @Nullable R find(Table table, HeightScan scan, Function<LogRecord, @Nullable R> then) {
        Views.Slot slot = slot(table, TableSpec.Order.HEIGHT);
        slot.reader().of(table, scan.limit()).seek(scan);
        return find(slot, then);
    }

    private long get(Views.Slot slot, MemorySegment destination) {
        try {
            return getAndGiveBack(slot, destination);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private long getAndGiveBack(Views.Slot slot, MemorySegment destination) {
        try {
            try {
                return copy(slot, destination);
            } catch (InternalError e) {
                slot.reader().byPosition(slot.view());
                return copy(slot, destination);
            }
        } catch (IllegalStateException | StorageException | InternalError e) {
            throw told(slot, e);
        } finally {
            giveBack(slot);
        }
    }

    private static long copy(Views.Slot slot, MemorySegment destination) {
        RecordReader reader = slot.reader();
        if (!reader.find(slot.view())) {
            return ABSENT;
        }
        long length = reader.record().copyValueTo(destination);
        reader.settle();
        return length;
    }

    private <R> @Nullable R find(Views.Slot slot, Function<LogRecord, @Nullable R> then) {
        try {
            return findAndGiveBack(slot, then);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private <R> @Nullable R findAndGiveBack(
            Views.Slot slot, Function<LogRecord, @Nullable R> then) {
        try {
            // What the function throws tells nothing of the files that were read before.
            if (!isFound(slot)) {
                return null;
            }
            @Nullable R shown = then.apply(slot.reader().record());
            slot.reader().settle();
            return shown;
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            giveBack(slot);
        }
    }

    private boolean isFound(Views.Slot slot) {
        RecordReader reader = slot.reader();
        try {
            try {
                return reader.find(slot.view());
            } catch (InternalError e) {
                reader.byPosition(slot.view());
                return reader.find(slot.view());
            }
        } catch (StorageException | InternalError e) {
            throw told(slot, e);
        }
    }

    private Views.Slot slot(Table table, TableSpec.Order order) {
        checkOpen();
        registry.check(table, order);
        return slot();
    }

    /** Looks behind the borrowing: closing waits for slots that were borrowed in front of it. */
    private Views.Slot slot() {
        Views.Slot slot = views.borrow();
        if (closed) {
            views.giveBack(slot);
            throw closedException(null);
        }
        return slot;
    }

    /**
     * What a read ended with, as its caller is told. An InternalError is what the JVM makes of a
     * mapped page that the disk cannot give. It comes some time after the access, in compiled code
     * perhaps a few calls later, so that whoever touched the page cannot catch all of them: not
     * even before the slot is given back, for which {@link #unreadable} is.
     */
    private RuntimeException told(Views.Slot slot, Throwable e) {
        if (e instanceof IllegalStateException illegal) {
            return closedOr(illegal);
        }
        StorageException failure =
                e instanceof StorageException known
                        ? known
                        : slot.reader().unreadable(slot.view(), location, e);
        failures.accept(slot.view(), failure);
        return failure.inStore(location);
    }

    private StorageException unreadable(InternalError e) {
        Views.Slot slot = slot();
        try {
            StorageException cutOff = slot.view().cutOff(e);
            if (cutOff != null) {
                failures.accept(slot.view(), cutOff);
                return cutOff.inStore(location);
            }
        } finally {
            views.giveBack(slot);
        }
        return new StorageException(
                "a page that is mapped cannot be read", location, StorageException.NO_OFFSET, e);
    }

    private void giveBack(Views.Slot slot) {
        try {
            slot.reader().trim();
        } finally {
            views.giveBack(slot);
        }
    }

    /** Lends the current view to something else than a lookup. */
    <R> R inView(Function<IndexView, R> read) {
        try {
            return inViewAndGiveBack(read);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private <R> R inViewAndGiveBack(Function<IndexView, R> read) {
        Views.Slot slot = slot();
        try {
            R answer = read.apply(slot.view());
            slot.reader().settle();
            return answer;
        } catch (IllegalStateException | StorageException | InternalError e) {
            throw told(slot, e);
        } finally {
            giveBack(slot);
        }
    }

    /** Lends a reader for records of a table found by key, below {@code limit}, to some work. */
    void use(Table table, long limit, BiConsumer<RecordReader, IndexView> work) {
        try {
            useAndGiveBack(table, limit, work);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private void useAndGiveBack(
            Table table, long limit, BiConsumer<RecordReader, IndexView> work) {
        Views.Slot slot = slot(table, TableSpec.Order.KEY);
        try {
            work.accept(slot.reader().of(table, limit), slot.view());
            slot.reader().settle();
        } catch (IllegalStateException | StorageException | InternalError e) {
            throw told(slot, e);
        } finally {
            giveBack(slot);
        }
    }

    long hash(Table table, MemorySegment key) {
        return KeyHash.of(idHash, table.id(), key, 0, key.byteSize());
    }

    /** Native memory that readers keep for the next read. */
    long readerMemoryBytes() {
        return views.readerMemoryBytes();
    }

    void checkOpen() {
        if (closed) {
            throw closedException(null);
        }
    }

    /** What a read that was cut short threw, in clear words if it was closing that did it. */
    RuntimeException closedOr(IllegalStateException e) {
        return closed ? closedException(e) : e;
    }

    /**
     * From now on no read begins, and those that look whether the store is open end.
     *
     * @throws IllegalStateException if the thread is inside of a read, which it would wait for
     */
    void close() {
        checkOutside();
        closed = true;
    }

    /** Throws what {@link #close} does inside of a read. */
    void checkOutside() {
        if (views.isInside()) {
            throw new IllegalStateException(
                    "a store cannot be closed by a function that reads from it");
        }
    }

    private StorageClosedException closedException(@Nullable Throwable cause) {
        return new StorageClosedException(
                "the store is closed", location, StorageException.NO_OFFSET, cause);
    }
}
