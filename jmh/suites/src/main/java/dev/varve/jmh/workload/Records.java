package dev.varve.jmh.workload;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import java.lang.foreign.MemorySegment;

/**
 * The records of every store workload: keys of 32 bytes that look like hashes, values of 100 bytes.
 * One key and one value at a time, in the same memory; confined to one thread.
 */
public final class Records {

    public static final int KEY_LENGTH = 32;
    public static final int VALUE_LENGTH = 100;

    /** Records of one commit where the commit is not what is measured. */
    public static final int BATCH = 1_000;

    static final TableSpec BY_KEY = TableSpec.byKey("records");
    static final TableSpec BY_HEIGHT = TableSpec.byHeight("heights");

    private static final int SEALING_BYTES = 64 << 10;
    private static final long ABSENT = 0x5DEE_CE66DL;

    private final long seed;
    private final MemorySegment key = MemorySegment.ofArray(new byte[KEY_LENGTH]);
    private final MemorySegment value = MemorySegment.ofArray(new byte[VALUE_LENGTH]);

    public Records(long seed) {
        this.seed = seed;
    }

    /** The key of the {@code index}-th record; valid until the next key is asked for. */
    public MemorySegment key(long index) {
        Mix.fill(key, seed, index);
        return key;
    }

    /** A key that no record has; valid until the next key is asked for. */
    public MemorySegment absentKey(long index) {
        Mix.fill(key, seed ^ ABSENT, index);
        return key;
    }

    /** The value of the {@code index}-th record; valid until the next value is asked for. */
    public MemorySegment value(long index) {
        Mix.fill(value, seed + 1, index);
        return value;
    }

    /** Commits the records from 0 to below {@code count}, by key. */
    void loadByKey(LogStore store, long count) {
        Table table = store.table(BY_KEY);
        try (Batch batch = store.newBatch()) {
            for (long i = 0; i < count; i++) {
                batch.put(table, i, key(i), value(i));
                commitIfFull(store, batch);
            }
            store.commit(batch).awaitDurable();
        }
    }

    /** Commits the records from 0 to below {@code count}, by height. */
    void loadByHeight(LogStore store, long count) {
        Table table = store.table(BY_HEIGHT);
        try (Batch batch = store.newBatch()) {
            for (long i = 0; i < count; i++) {
                batch.put(table, i, value(i));
                commitIfFull(store, batch);
            }
            store.commit(batch).awaitDurable();
        }
    }

    /** Commits other records until the segment is sealed that holds the last ones. */
    void seal(LogStore store) {
        Table other = store.table(TableSpec.byHeight("other"));
        int segments = store.stats().segments();
        try (Batch batch = store.newBatch()) {
            for (long i = 0; store.stats().segments() == segments; i++) {
                store.commit(batch.clear().put(other, i, new byte[SEALING_BYTES]));
            }
        }
    }

    private static void commitIfFull(LogStore store, Batch batch) {
        if (batch.count() == BATCH) {
            store.commit(batch);
            batch.clear();
        }
    }
}
