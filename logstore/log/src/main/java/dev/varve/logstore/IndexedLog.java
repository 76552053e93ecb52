package dev.varve.logstore;

import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest says of the part of the log that files of the index cover: enough to open the
 * store without reading that part. Immutable.
 *
 * @param position where that part ends
 * @param sequence of the last frame in it
 * @param frameCrc of that frame
 * @param tables all that are registered in it, and the store's own, by ascending id
 * @param runs without a gap from 0 to {@code position}, oldest first
 * @param heights those parts of segments that hold records of tables found by height, oldest first
 */
record IndexedLog(
        long position,
        long sequence,
        int frameCrc,
        List<IndexedTable> tables,
        List<RunRange> runs,
        List<RunRange> heights) {

    static final IndexedLog NOTHING = new IndexedLog(0, 0, 0, List.of(), List.of(), List.of());

    /**
     * What there is of a table below the position.
     *
     * @param table null for the store's own records
     * @param records in all
     * @param bytes of those
     * @param segmentRecords in the segment where the position is, if that is not sealed
     * @param segmentBytes of those
     * @param segmentMinHeight among those
     * @param segmentMaxHeight among those
     */
    record IndexedTable(
            @Nullable Table table,
            long records,
            long bytes,
            long segmentRecords,
            long segmentBytes,
            long segmentMinHeight,
            long segmentMaxHeight) {

        int id() {
            return table == null ? Table.SYSTEM_ID : table.id();
        }
    }

    /** The same part of the log, covered by those of the parts that end in it. */
    IndexedLog with(List<KeyPart> newKeys, List<HeightPart> newHeights) {
        return new IndexedLog(
                position,
                sequence,
                frameCrc,
                tables,
                newKeys.stream()
                        .filter(part -> isIn(part.start(), part.end()))
                        .map(part -> new RunRange(part.start(), part.end()))
                        .toList(),
                newHeights.stream()
                        .filter(part -> isIn(part.start(), part.end()))
                        .map(part -> new RunRange(part.start(), part.end()))
                        .toList());
    }

    /** A part to which nothing was added before the store closed covers nothing. */
    private boolean isIn(long start, long end) {
        return start < end && end <= position;
    }

    /** The log up to the end of {@code part}, which begins where this ends. */
    IndexedLog with(HotPart part) {
        assert part.start() == position;
        Map<Integer, @Nullable Table> known = new TreeMap<>();
        TableCounts all = part.counts().copy();
        for (IndexedTable entry : tables) {
            known.put(entry.id(), entry.table());
            all.add(entry.id(), entry.records(), entry.bytes(), Long.MAX_VALUE, 0);
        }
        for (Table table : part.registered()) {
            known.put(table.id(), table);
        }
        for (int id : all.byTable().keySet()) {
            known.putIfAbsent(id, null);
        }
        TableCounts open = part.segment().isSealed() ? new TableCounts() : part.segmentCounts();
        List<IndexedTable> entries = new ArrayList<>();
        known.forEach(
                (id, table) -> {
                    TableCounts.Count c = open.of(id);
                    entries.add(
                            new IndexedTable(
                                    table,
                                    all.of(id).records(),
                                    all.of(id).bytes(),
                                    c.records(),
                                    c.bytes(),
                                    c.records() == 0 ? 0 : c.minHeight(),
                                    c.maxHeight()));
                });
        return new IndexedLog(
                part.end(),
                part.lastSequence(),
                part.lastFrameCrc(),
                List.copyOf(entries),
                runs,
                heights);
    }

    /** What the segment that is not sealed holds below the position. */
    TableCounts segmentCounts() {
        TableCounts counts = new TableCounts();
        for (IndexedTable entry : tables) {
            counts.add(
                    entry.id(),
                    entry.segmentRecords(),
                    entry.segmentBytes(),
                    entry.segmentMinHeight(),
                    entry.segmentMaxHeight());
        }
        return counts;
    }
}
