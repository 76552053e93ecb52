package dev.varve.logstore;

import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One segment of the log: its open file and the indexes over its records.
 *
 * <p>Threads: changed by the one thread that appends or recovers, read by all. Closed by the store.
 */
final class Segment implements AutoCloseable {

    private static final int BASE_DIGITS = 20;
    private static final String SUFFIX = ".log";

    private final long basePosition;
    private final StorageFile file;
    private final Arena indexArena = Arena.ofShared();
    private final HotIndex hotIndex = new HotIndex(indexArena);
    private final Map<Integer, HeightIndex> heightIndexes = new ConcurrentHashMap<>();
    private final Map<Integer, TableCount> counts = new ConcurrentHashMap<>();

    /** Where the next frame goes; behind the last valid one. */
    private volatile long framesEnd;

    /** The file's length once the segment is sealed, else 0. */
    private volatile long sealedLength;

    Segment(long basePosition, StorageFile file, long framesEnd) {
        this.basePosition = basePosition;
        this.file = file;
        this.framesEnd = framesEnd;
    }

    static String fileName(long basePosition) {
        return String.format(Locale.ROOT, "%0" + BASE_DIGITS + "d" + SUFFIX, basePosition);
    }

    /** The base position that a segment file's name tells, or -1 for the name of another file. */
    static long basePosition(String fileName) {
        if (fileName.length() != BASE_DIGITS + SUFFIX.length() || !fileName.endsWith(SUFFIX)) {
            return -1;
        }
        long base = 0;
        for (int i = 0; i < BASE_DIGITS; i++) {
            int digit = fileName.charAt(i) - '0';
            if (digit < 0 || digit > 9 || base > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            base = 10 * base + digit;
        }
        return base;
    }

    long basePosition() {
        return basePosition;
    }

    StorageFile file() {
        return file;
    }

    HotIndex hotIndex() {
        return hotIndex;
    }

    @Nullable HeightIndex heightIndex(int table) {
        return heightIndexes.get(table);
    }

    Map<Integer, TableCount> counts() {
        return counts;
    }

    long framesEnd() {
        return framesEnd;
    }

    void framesEnd(long offset) {
        framesEnd = offset;
    }

    boolean isSealed() {
        return sealedLength != 0;
    }

    void sealed(long length) {
        sealedLength = length;
    }

    /** Base position of the segment behind this sealed one. */
    long nextBasePosition() {
        assert isSealed();
        return basePosition + sealedLength;
    }

    /** Makes a record findable. Records must come in ascending order of their offsets. */
    void index(RecordView record, long hash, TableSpec.Order order) {
        int table = record.table();
        if (order == TableSpec.Order.HEIGHT) {
            heightIndexes
                    .computeIfAbsent(table, key -> new HeightIndex(indexArena))
                    .add(record.height(), record.offset());
        } else {
            if (record.isPut()) { hotIndex.add(hash, record.offset()); } else { hotIndex.addDeletion(hash, record.offset()); }
        }
        TableCount count = counts.get(table);
        if (count == null) {
            count = new TableCount();
            counts.put(table, count);
        }
        count.add(record.height());
    }

    /** Offsets of all indexed records, in no order. */
    void forEachIndexedOffset(java.util.function.LongConsumer sink) {
        HotIndex.Cursor c = hotIndex.cursor(); while (c.next()) { sink.accept(c.offset()); }
        for (HeightIndex index : heightIndexes.values()) {
            index.forEachOffset(sink);
        }
    }

    long recordCount() {
        return counts.values().stream().mapToLong(c -> c.records).sum();
    }

    long indexMemoryBytes() {
        return hotIndex.memoryBytes()
                + heightIndexes.values().stream().mapToLong(HeightIndex::memoryBytes).sum();
    }

    /** Frees the indexes, too: a reader that is inside one gets an IllegalStateException. */
    @Override
    public void close() {
        if (indexArena.scope().isAlive()) {
            indexArena.close();
        }
        file.close();
    }

    /** What the footer tells of one table. Written by the appending thread only. */
    static final class TableCount {
        private volatile long records;
        private volatile long minHeight = Long.MAX_VALUE;
        private volatile long maxHeight;

        long records() {
            return records;
        }

        long minHeight() {
            return minHeight;
        }

        long maxHeight() {
            return maxHeight;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
        void add(long height) {
            records++;
            minHeight = Math.min(minHeight, height);
            maxHeight = Math.max(maxHeight, height);
        }
    }
}
