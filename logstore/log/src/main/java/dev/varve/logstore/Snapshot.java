package dev.varve.logstore;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The store as of one commit: a position, and nothing held. Taking one costs nothing; it needs no
 * closing and sees the same records for as long as the store is open. Safe for use by many threads.
 *
 * <p>The newest record of a key, or at a height, is the one that was committed last, of one batch
 * the one added last; the heights of a key do not matter for that. A deletion is a record without a
 * value.
 *
 * <p>No record has a height below 0, so whoever asks for one, or as of one, finds nothing: what
 * {@link #lastHeight} returns of an empty table may be asked for.
 *
 * <p>Every lookup throws a {@link dev.varve.logstore.io.StorageClosedException} once the store is
 * closed, and a {@link dev.varve.logstore.io.CorruptionException} that names file and offset if a
 * record does not match its checksum. A table that the store does not have or that is found
 * otherwise is an {@link IllegalArgumentException}, and so is a key of other than 1 to 1,024 bytes.
 */
public final class Snapshot {

    /** What is returned instead of a length where there is no value. */
    public static final long ABSENT = ReadPath.ABSENT;

    private static final long ANY_HEIGHT = Long.MAX_VALUE;

    private final LogStore store;
    private final ReadPath reads;
    private final long position;

    Snapshot(LogStore store, long position) {
        this.store = store;
        this.reads = store.reads();
        this.position = position;
    }

    /** Everything below is seen. */
    public long position() {
        return position;
    }

    /** The newest value of a key of a table found by key, or null if it has none. */
    public byte @Nullable [] get(Table table, byte[] key) {
        return get(table, MemorySegment.ofArray(key));
    }

    /** As {@link #get(Table, byte[])}. */
    public byte @Nullable [] get(Table table, MemorySegment key) {
        return find(table, key, LogRecord::copyOfValue);
    }

    /** The newest value at a height of a table found by height, or null if it has none. */
    public byte @Nullable [] get(Table table, long height) {
        return find(table, height, LogRecord::copyOfValue);
    }

    /**
     * Copies the newest value of a key to the start of {@code destination}. Allocates nothing.
     *
     * @return the value's length in bytes, or {@link #ABSENT}. A length of more than the
     *     destination's means that nothing was copied: ask again with that much room.
     */
    public long get(Table table, MemorySegment key, MemorySegment destination) {
        return reads.get(table, key, position, ANY_HEIGHT, destination);
    }

    /** As {@link #get(Table, MemorySegment, MemorySegment)}, by height. */
    public long get(Table table, long height, MemorySegment destination) {
        return reads.get(table, height, position, destination);
    }

    /**
     * The newest value of each of many keys, in the order of the keys; null for one that has none.
     * Records are read in the order in which they stand in the log, whatever the keys'.
     */
    public List<byte @Nullable []> getAll(Table table, List<MemorySegment> keys) {
        return getAll(table, keys, Runnable::run, 1);
    }

    /**
     * As {@link #getAll(Table, List)}, on several threads: for a disk that serves many reads at a
     * time. The keys must be accessible from every thread.
     *
     * @param threads how many work at a time, the calling one included; the others are asked of
     *     {@code executor}, and not waited for if it does not provide them
     */
    public List<byte @Nullable []> getAll(
            Table table, List<MemorySegment> keys, Executor executor, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ", not 1 or more");
        }
        List<byte @Nullable []> values = Arrays.asList(new byte[keys.size()][]);
        new BatchLookup(reads, table, keys, position)
                .run((record, i) -> values.set(i, record.copyOfValue()), executor, threads);
        return Collections.unmodifiableList(values);
    }

    /**
     * Hands the newest record of each of many keys to {@code visitor}, with the index of its key;
     * nothing for a key that has none. Records come in the order in which they stand in the log,
     * and are valid only inside the call. What was handed over before an error is thrown is right.
     */
    public void findAll(
            Table table, List<MemorySegment> keys, ObjIntConsumer<LogRecord> visitor) {
        if (keys.size() == 1) {
            find(
                    table,
                    keys.getFirst(),
                    record -> {
                        visitor.accept(record, 0);
                        return null;
                    });
        } else {
            new BatchLookup(reads, table, keys, position).run(visitor, Runnable::run, 1);
        }
    }

    /**
     * The value that a key had at a height: that of its newest record of at most that height, or
     * null if there is none or it is a deletion.
     */
    public byte @Nullable [] getAsOf(Table table, MemorySegment key, long height) {
        return findAsOf(table, key, height, LogRecord::copyOfValue);
    }

    /** As {@link #getAsOf(Table, MemorySegment, long)}, copied as {@link #get} does. */
    public long getAsOf(Table table, MemorySegment key, long height, MemorySegment destination) {
        return reads.get(table, key, position, height, destination);
    }

    /**
     * Hands the newest record of a key to {@code reader} and returns what that returns; null if the
     * key has no value. The record is valid only inside the call. Allocates nothing itself, so
     * neither does a reader that is not made for each call.
     */
    public <R> @Nullable R find(
            Table table, MemorySegment key, Function<LogRecord, @Nullable R> reader) {
        return reads.find(table, key, position, ANY_HEIGHT, reader);
    }

    /** As {@link #find(Table, MemorySegment, Function)}, by height. */
    public <R> @Nullable R find(
            Table table, long height, Function<LogRecord, @Nullable R> reader) {
        return reads.find(table, height, position, reader);
    }

    /** As {@link #find(Table, MemorySegment, Function)}, as of a height. */
    public <R> @Nullable R findAsOf(
            Table table, MemorySegment key, long height, Function<LogRecord, @Nullable R> reader) {
        return reads.find(table, key, position, height, reader);
    }

    /**
     * Hands the newest value of each height in {@code [from, to)} to {@code visitor}, in ascending
     * order of height, until it returns {@link ScanStep#STOP}.
     *
     * @param to the height behind the last; {@link Long#MAX_VALUE} for all from {@code from} on,
     *     that height included
     * @return how many records were handed over
     */
    public long scan(Table table, long from, long to, Function<LogRecord, ScanStep> visitor) {
        return store.scan(table, new HeightRange(from, to), position, visitor);
    }

    /**
     * The highest height at which a table found by height has a record, be it a deletion; -1 if it
     * has none.
     */
    public long lastHeight(Table table) {
        return store.lastHeight(table, position);
    }

    /** What a visitor wants next. */
    public enum ScanStep {
        CONTINUE,
        STOP
    }

    /**
     * A range of heights.
     *
     * @param from first height, 0 or more
     * @param to behind the last height; the highest number for no end
     */
    record HeightRange(long from, long to) {
        HeightRange {
            if (from < 0 || to < from) {
                throw new IllegalArgumentException(
                        "no range of heights: [" + from + ", " + to + ")");
            }
        }

        /** The highest height that it may contain. */
        long last() {
            return to == Long.MAX_VALUE ? to : to - 1;
        }

        boolean contains(long height) {
            return height >= from && (height < to || to == Long.MAX_VALUE);
        }
    }
}
