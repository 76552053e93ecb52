package dev.varve.logstore;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many records of each table there are in a part of the log, how long, and between which
 * heights. Changed
 * by the one thread that appends or recovers, read by all.
 */
final class TableCounts {

    private final Map<Integer, Count> counts = new ConcurrentHashMap<>();

    // Of the thread that adds: the table of the last record is mostly that of the next.
    private int lastTable = -1;
    private @Nullable Count last;

    /**
     * @param bytes of the record with the zeros behind it
     */
    void add(int table, long height, long bytes) {
        Count count = last;
        if (count == null || table != lastTable) {
            count = counts.computeIfAbsent(table, key -> new Count());
            lastTable = table;
            last = count;
        }
        count.add(1, bytes, height, height);
    }

    /** Adds what somebody else has counted. */
    void add(int table, long records, long bytes, long minHeight, long maxHeight) {
        if (records > 0) {
            counts.computeIfAbsent(table, key -> new Count())
                    .add(records, bytes, minHeight, maxHeight);
        }
    }

    void addAll(TableCounts other) {
        other.counts.forEach(
                (table, c) -> add(table, c.records, c.bytes, c.minHeight, c.maxHeight));
    }

    /** The same, to be added to. */
    TableCounts copy() {
        TableCounts copy = new TableCounts();
        copy.addAll(this);
        return copy;
    }

    /** By ascending table. */
    Map<Integer, Count> byTable() {
        return new TreeMap<>(counts);
    }

    long recordCount() {
        return counts.values().stream().mapToLong(c -> c.records).sum();
    }

    /** The count of a table, one of nothing if there are no records of it. */
    Count of(int table) {
        Count count = counts.get(table);
        return count == null ? new Count() : count;
    }

    /** Of one table. */
    static final class Count {
        // Written without the fence of a volatile write, of which a record would pay four.
        private static final VarHandle RECORDS = handle("records");
        private static final VarHandle BYTES = handle("bytes");
        private static final VarHandle MIN_HEIGHT = handle("minHeight");
        private static final VarHandle MAX_HEIGHT = handle("maxHeight");

        private volatile long records;
        private volatile long bytes;
        private volatile long minHeight = Long.MAX_VALUE;
        private volatile long maxHeight;

        private static VarHandle handle(String field) {
            try {
                return MethodHandles.lookup().findVarHandle(Count.class, field, long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        long records() {
            return records;
        }

        long bytes() {
            return bytes;
        }

        long minHeight() {
            return minHeight;
        }

        long maxHeight() {
            return maxHeight;
        }

        /** For one writer. */
        private void add(long more, long moreBytes, long lowest, long highest) {
            RECORDS.setRelease(this, records + more);
            BYTES.setRelease(this, bytes + moreBytes);
            MIN_HEIGHT.setRelease(this, Math.min(minHeight, lowest));
            MAX_HEIGHT.setRelease(this, Math.max(maxHeight, highest));
        }
    }
}
