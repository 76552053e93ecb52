package dev.varve.logstore;

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
        private volatile long records;
        private volatile long bytes;
        private volatile long minHeight = Long.MAX_VALUE;
        private volatile long maxHeight;

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

        @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
        private void add(long more, long moreBytes, long lowest, long highest) {
            records += more;
            bytes += moreBytes;
            minHeight = Math.min(minHeight, lowest);
            maxHeight = Math.max(maxHeight, highest);
        }
    }
}
