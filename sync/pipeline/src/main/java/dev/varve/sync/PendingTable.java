package dev.varve.sync;

import dev.varve.logstore.Batch;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written to one table by the commit in the making, and the newest of it by key. The
 * map is brought up to date when somebody reads, so that a table which nobody reads before it is
 * committed costs no lookups. For one thread.
 */
final class PendingTable {

    private final Table table;
    private final List<Write> writes = new ArrayList<>();
    private final Map<Object, Write> newest = new HashMap<>();
    private int indexed;

    PendingTable(Table table) {
        this.table = table;
    }

    /** Takes the arrays without copying them. */
    void add(Write write) {
        writes.add(write);
    }

    /** The last write for a key, or null if there is none. */
    @Nullable Write find(byte[] key) {
        return newest(ByteBuffer.wrap(key));
    }

    /** The last write for a height of a table found by height, or null if there is none. */
    @Nullable Write find(long height) {
        return newest(height);
    }

    private @Nullable Write newest(Object key) {
        boolean byHeight = table.spec().order() == TableSpec.Order.HEIGHT;
        for (; indexed < writes.size(); indexed++) {
            Write write = writes.get(indexed);
            newest.put(byHeight ? (Object) write.height : ByteBuffer.wrap(write.key), write);
        }
        return newest.get(key);
    }

    /**
     * Adds all writes to a batch, in the order in which they came; but those of a deduplicated
     * table are only to be read here, and are added by their reservations.
     */
    void addTo(Batch batch) {
        if (table.spec().isDeduplicated()) {
            return;
        }
        boolean byHeight = table.spec().order() == TableSpec.Order.HEIGHT;
        for (Write write : writes) {
            if (byHeight) {
                addByHeight(batch, write);
            } else {
                addByKey(batch, write);
            }
        }
    }

    private void addByHeight(Batch batch, Write write) {
        if (write.value == null) {
            batch.delete(table, write.height);
        } else {
            batch.put(table, write.height, write.value);
        }
    }

    private void addByKey(Batch batch, Write write) {
        if (write.value == null) {
            batch.delete(table, write.height, write.key);
        } else {
            batch.put(table, write.height, write.key, write.value);
        }
    }

    /** One put or, without a value, one deletion. */
    static final class Write {

        static final byte[] NO_KEY = {};

        private final long height;
        private final byte[] key;
        private final byte @Nullable [] value;

        /**
         * @param key {@link #NO_KEY} in a table found by height
         */
        Write(long height, byte[] key, byte @Nullable [] value) {
            this.height = height;
            this.key = key;
            this.value = value;
        }

        long height() {
            return height;
        }

        /** Bytes of key and value. */
        long length() {
            return key.length + (value == null ? 0L : value.length);
        }

        /** A copy of the value; null if this is a deletion. */
        byte @Nullable [] value() {
            return value == null ? null : value.clone();
        }
    }
}
