package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.run.EntryCursor;
import dev.varve.logstore.run.HeightCursor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The index, in native memory, of the records of one segment from a position on: of those that no
 * file of the index covers. Grows while its segment is written, and is replaced by files once that
 * is sealed or the store is closed.
 *
 * <p>Threads: one adds, any reads. Closed by whoever takes it out of the view, when nobody reads it
 * any more.
 */
final class HotPart implements KeyPart, HeightPart {

    private final Segment segment;
    private final long base;
    private final long start;
    private final Arena arena = Arena.ofShared();
    private final HotIndex keys = new HotIndex(arena);
    private final Map<Integer, HeightIndex> heights = new ConcurrentHashMap<>();
    private final TableCounts counts = new TableCounts();
    private final TableCounts earlier;
    private final List<Table> registered = new ArrayList<>();

    /** Written last of the three, and read first. */
    private volatile long end = Long.MAX_VALUE;

    /** Takes the records by key while this is filled and nobody looks, else null. */
    private HotIndex.@Nullable Loading loading;

    /** What is only touched is read because this is written. */
    @SuppressWarnings("UnusedVariable")
    private long touched;

    private long lastSequence;
    private int lastFrameCrc;

    /** A part of a segment that has no records in front of it. */
    HotPart(Segment segment, long start) {
        this(segment, start, new TableCounts());
    }

    /**
     * @param earlier what the segment holds in front of {@code start}
     */
    HotPart(Segment segment, long start, TableCounts earlier) {
        this.segment = segment;
        this.base = segment.basePosition();
        this.start = start;
        this.earlier = earlier;
    }

    Segment segment() {
        return segment;
    }

    @Override
    public long start() {
        return start;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public @Nullable String fileName() {
        return null;
    }

    @Override
    public @Nullable StorageException cutOff(Throwable cause) {
        return null;
    }

    boolean isFinished() {
        return end != Long.MAX_VALUE;
    }

    /** From now on many records come, and nobody looks for any before {@link #loaded}. */
    void load() {
        loading = keys.loading();
    }

    /** All records that were to be loaded are added, and can be found from now on. */
    void loaded() {
        HotIndex.Loading all = loading;
        if (all != null) {
            all.finish();
            loading = null;
        }
    }

    /** Nothing will be added any more; tells the last frame in front of {@code end}. */
    void finish(long endPosition, long sequence, int frameCrc) {
        assert endPosition >= start && loading == null;
        lastSequence = sequence;
        lastFrameCrc = frameCrc;
        end = endPosition;
    }

    long lastSequence() {
        return lastSequence;
    }

    int lastFrameCrc() {
        return lastFrameCrc;
    }

    /** Makes a record findable. Records must come in ascending order of their offsets. */
    void index(RecordView record, long hash, TableSpec.Order order) {
        if (order == TableSpec.Order.HEIGHT) {
            indexByHeight(record);
        } else {
            indexByKey(record, hash);
        }
        counts.add(record.table(), record.height(), record.length());
        if (record.table() == Table.SYSTEM_ID) {
            registered.add(TableRegistry.decode(record, segment.name()));
        }
    }

    /** Records with these hashes come next: brings near where they go. */
    void expect(Batch batch, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += keys.touch(batch.hash(i));
        }
        touched = sum;
    }

    private void indexByHeight(RecordView record) {
        HeightIndex index = heights.get(record.table());
        if (index == null) {
            index = new HeightIndex(arena);
            heights.put(record.table(), index);
        }
        index.add(record.height(), record.offset());
    }

    private void indexByKey(RecordView record, long hash) {
        HotIndex.Loading all = loading;
        if (all != null) {
            if (record.isDelete()) {
                all.addDeletion(hash, record.offset());
            } else {
                all.add(hash, record.offset());
            }
        } else if (record.isDelete()) {
            keys.addDeletion(hash, record.offset());
        } else {
            keys.add(hash, record.offset());
        }
    }

    /** What was added, by table. */
    TableCounts counts() {
        return counts;
    }

    /** What the segment holds up to the end of this part, by table. */
    TableCounts segmentCounts() {
        TableCounts all = new TableCounts();
        all.addAll(earlier);
        all.addAll(counts);
        return all;
    }

    /** The tables that records of this part register. */
    List<Table> registered() {
        return registered;
    }

    // ---- finding

    @Override
    public long findBelow(long hash, long bound) {
        long offset = keys.findBelow(hash, offsetBound(bound));
        return offset == HotIndex.NONE ? KeyPart.NONE : base + offset;
    }

    @Override
    public long touch(long hash) {
        return keys.touch(hash);
    }

    /** Every offset is lower than the highest of these bounds. */
    private long offsetBound(long bound) {
        return Math.min(bound - base, LogOptions.MAX_SEGMENT_BYTES);
    }

    @Override
    public long findBelow(int table, long height, long bound) {
        HeightIndex index = heights.get(table);
        long offset =
                index == null ? HeightIndex.NONE : index.findBelow(height, offsetBound(bound));
        return offset == HeightIndex.NONE ? HeightPart.NONE : base + offset;
    }

    @Override
    public long nextHeight(int table, long from, long bound) {
        HeightIndex index = heights.get(table);
        return index == null ? HeightPart.NONE : index.nextHeight(from, offsetBound(bound));
    }

    @Override
    public long lastHeight(int table, long bound) {
        HeightIndex index = heights.get(table);
        return index == null ? HeightPart.NONE : index.lastHeight(offsetBound(bound));
    }

    // ---- what a file is made of

    /** How many records are found by key. */
    long keyCount() {
        return keys.count();
    }

    /** How many entries lead to records below a position. */
    long countBelow(long bound) {
        long offsets = offsetBound(bound);
        long count = keys.countBelow(offsets);
        for (HeightIndex index : heights.values()) {
            count += index.countBelow(offsets);
        }
        return count;
    }

    /** The records found by key, in the order of a run. */
    EntryCursor keys() {
        return new Keys(keys.cursor(), base);
    }

    /** Whether there are records found by height. */
    boolean hasHeights() {
        return !heights.isEmpty();
    }

    @Override
    public HeightCursor cursor() {
        return new Heights(new TreeMap<>(heights), base);
    }

    /** Bytes of native memory held. */
    long memoryBytes() {
        return keys.memoryBytes()
                + heights.values().stream().mapToLong(HeightIndex::memoryBytes).sum();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    /** Offsets as positions. */
    private record Keys(HotIndex.Cursor cursor, long base) implements EntryCursor {

        @Override
        public boolean next() {
            return cursor.next();
        }

        @Override
        public long hash() {
            return cursor.hash();
        }

        @Override
        public boolean tombstone() {
            return cursor.isDeletion();
        }

        @Override
        public long position() {
            return base + cursor.offset();
        }
    }

    /** One table behind the other. */
    private static final class Heights implements HeightCursor {
        private final Iterator<Map.Entry<Integer, HeightIndex>> tables;
        private final long base;
        private int table;
        private HeightIndex.@Nullable Cursor cursor;

        Heights(Map<Integer, HeightIndex> tables, long base) {
            this.tables = tables.entrySet().iterator();
            this.base = base;
        }

        @Override
        public boolean next() {
            while (cursor == null || !cursor.next()) {
                if (!tables.hasNext()) {
                    return false;
                }
                Map.Entry<Integer, HeightIndex> entry = tables.next();
                table = entry.getKey();
                cursor = entry.getValue().cursor();
            }
            return true;
        }

        @Override
        public int table() {
            return table;
        }

        @Override
        public long height() {
            return current().height();
        }

        @Override
        public long position() {
            return base + current().offset();
        }

        private HeightIndex.Cursor current() {
            HeightIndex.Cursor c = cursor;
            if (c == null) {
                throw new IllegalStateException("in front of the first entry");
            }
            return c;
        }
    }
}
