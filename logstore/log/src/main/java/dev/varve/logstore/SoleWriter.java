package dev.varve.logstore;

import java.lang.foreign.MemorySegment;

/**
 * The only way for records into a deduplicated table: {@link LogStore#soleWriter} gives it out
 * once, to the gate that lets every key in once. So nobody passes by the gate by accident, and no
 * table has two.
 *
 * <p>Safe for use by many threads, each with a {@link Batch} of its own; valid as long as the store
 * is open.
 */
public final class SoleWriter {

    private final TableRegistry registry;
    private final Table table;

    SoleWriter(TableRegistry registry, Table table) {
        this.registry = registry;
        this.table = table;
    }

    /** The table whose records this puts. */
    public Table table() {
        return table;
    }

    /**
     * Adds a value for a key that was never put before, which the caller sees to.
     *
     * @throws IllegalArgumentException if another store made the batch, or it would be too long, or
     *     height or key are out of bounds; then nothing was added
     */
    public void put(Batch batch, long height, MemorySegment key, MemorySegment value) {
        batch.checkMadeFor(registry);
        batch.putSole(table, height, key, value);
    }
}
