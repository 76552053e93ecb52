package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a block changed: each written key once, with its last value. The order is that of a
 * sequential execution: by the first transaction that wrote the key, then by the order in which
 * that transaction first touched its keys. To be written to the log as one commit:
 *
 * <pre>{@code
 * outcome.batch().forEach((key, value) -> {
 *     if (value == null) {
 *         records.delete(table, height, key);
 *     } else {
 *         records.put(table, height, key, value);
 *     }
 * });
 * store.commit(records);
 * }</pre>
 *
 * <p>Read by the thread that called the executor, until it executes the next block or closes: then
 * every call throws {@link IllegalStateException}. Keys must be copied by who keeps them; values
 * may be kept, and not changed.
 */
public final class WriteBatch {

    private static final Cell[] NOTHING = {};

    private final Lease lease;
    private Cell[] cells;
    private int size;

    /** The batch before the first block. */
    WriteBatch() {
        lease = Lease.ENDED;
        cells = NOTHING;
    }

    /** An empty batch in the memory of one whose lease has ended. */
    WriteBatch(WriteBatch before, Lease lease) {
        this.lease = lease;
        cells = before.cells;
    }

    /** Receives the entries of a batch. */
    @FunctionalInterface
    public interface Sink {

        /** A key and its new value, or null if it was deleted. */
        void accept(byte[] key, byte @Nullable [] value);
    }

    /** Number of keys written. */
    public int size() {
        lease.check();
        return size;
    }

    /** Key of an entry; to be copied by who keeps it. */
    public byte[] key(int i) {
        return entry(i).key();
    }

    /** New value of an entry, or null if its key was deleted. */
    public byte @Nullable [] value(int i) {
        byte[] value = entry(i).value();
        return value == null || Cell.isAbsent(value) ? null : value;
    }

    /** Hands out all entries in order. */
    public void forEach(Sink sink) {
        for (int i = 0, n = size(); i < n; i++) {
            sink.accept(key(i), value(i));
        }
    }

    /** The committer wrote to a cell. */
    void record(Cell cell) {
        if (cell.batchSlot >= 0) {
            return;
        }
        if (size == cells.length) {
            cells = Arrays.copyOf(cells, Math.max(64, size * 2));
        }
        cell.batchSlot = size;
        cells[size++] = cell;
    }

    /** Drops the references to what was written; nobody may look at it any more. */
    void forget() {
        size = 0;
        cells = NOTHING;
    }

    Cell cell(int i) {
        return cells[i];
    }

    int count() {
        return size;
    }

    private Cell entry(int i) {
        lease.check();
        if (i < 0 || i >= size) {
            throw new IndexOutOfBoundsException("entry " + i + " of " + size);
        }
        return cells[i];
    }
}
