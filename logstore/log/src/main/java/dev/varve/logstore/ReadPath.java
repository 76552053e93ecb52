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

    private final Segments segments;
    private final TableRegistry registry;
    private final IdHash idHash;
    private final ReaderPool readers;
    private final String location;
    private volatile boolean closed;

    /**
     * @param location where the store is, for messages
     */
    ReadPath(
            Segments segments,
            TableRegistry registry,
            IdHash idHash,
            ReaderPool readers,
            String location) {
        this.segments = segments;
        this.registry = registry;
        this.idHash = idHash;
        this.readers = readers;
        this.location = location;
    }

    /**
     * Copies the newest value of a key, of records below {@code limit} and not above a height.
     *
     * @return its length, or {@link #ABSENT}; nothing is copied if the destination is shorter
     */
    long get(
            Table table, MemorySegment key, long limit, long maxHeight, MemorySegment destination) {
        RecordReader reader = reader(table, TableSpec.Order.KEY, limit).asOf(maxHeight);
        try {
            boolean found = reader.find(segments.all(), key, hash(table, key), limit);
            return found ? reader.record().copyValueTo(destination) : ABSENT;
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            reader.giveBack();
        }
    }

    /** As the other, of a table found by height. */
    long get(Table table, long height, long limit, MemorySegment destination) {
        RecordReader reader = reader(table, TableSpec.Order.HEIGHT, limit);
        try {
            boolean found = reader.find(segments.all(), height);
            return found ? reader.record().copyValueTo(destination) : ABSENT;
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            reader.giveBack();
        }
    }

    /** Shows the newest record of a key, of those below {@code limit} and not above a height. */
    <R> @Nullable R find(
            Table table,
            MemorySegment key,
            long limit,
            long maxHeight,
            Function<LogRecord, @Nullable R> then) {
        RecordReader reader = reader(table, TableSpec.Order.KEY, limit).asOf(maxHeight);
        try {
            boolean found = reader.find(segments.all(), key, hash(table, key), limit);
            return found ? then.apply(reader.record()) : null;
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            reader.giveBack();
        }
    }

    /** As the other, of a table found by height. */
    <R> @Nullable R find(
            Table table, long height, long limit, Function<LogRecord, @Nullable R> then) {
        RecordReader reader = reader(table, TableSpec.Order.HEIGHT, limit);
        try {
            boolean found = reader.find(segments.all(), height);
            return found ? then.apply(reader.record()) : null;
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            reader.giveBack();
        }
    }

    private RecordReader reader(Table table, TableSpec.Order order, long limit) {
        checkOpen();
        registry.check(table, order);
        return readers.take().of(table, limit);
    }

    /** Lends a reader for records of a table found by key, below {@code limit}, to some work. */
    void use(Table table, long limit, BiConsumer<RecordReader, Segment[]> work) {
        RecordReader reader = reader(table, TableSpec.Order.KEY, limit);
        try {
            work.accept(reader, segments.all());
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            reader.giveBack();
        }
    }

    long hash(Table table, MemorySegment key) {
        return KeyHash.of(idHash, table.id(), key, 0, key.byteSize());
    }

    /** Native memory that readers keep for the next read. */
    long readerMemoryBytes() {
        return readers.all().mapToLong(RecordReader::memoryBytes).sum();
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

    /** From now on no read begins; those under way may end in {@link #closedOr}. */
    void close() {
        closed = true;
    }

    private StorageClosedException closedException(@Nullable Throwable cause) {
        return new StorageClosedException(
                "the store is closed", location, StorageException.NO_OFFSET, cause);
    }
}
