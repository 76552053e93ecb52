package dev.varve.logstore;

import static dev.varve.logstore.format.ManifestDescriptor.HEIGHTS_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INDEXED_FRAME_CRC_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INDEXED_POSITION_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INDEXED_SEQUENCE_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.RUN_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.TABLE_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestFileDescriptor.END_OFFSET;
import static dev.varve.logstore.format.ManifestFileDescriptor.START_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.NAME_CAPACITY;
import static dev.varve.logstore.format.ManifestTableDescriptor.NAME_LENGTH_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.NAME_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.RECORD_BYTES_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.RECORD_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.REGISTRATION_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.SEGMENT_MAX_HEIGHT_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.SEGMENT_MIN_HEIGHT_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.SEGMENT_RECORD_BYTES_OFFSET;
import static dev.varve.logstore.format.ManifestTableDescriptor.SEGMENT_RECORD_COUNT_OFFSET;

import dev.varve.logstore.IndexedLog.IndexedTable;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.ManifestDescriptor;
import dev.varve.logstore.format.ManifestFileDescriptor;
import dev.varve.logstore.format.ManifestTableDescriptor;
import dev.varve.logstore.format.RegistryDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.run.RunRange;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries behind a manifest's header: tables, runs, heights files. Static; what it reads has a
 * right checksum, and what no writer writes is still a {@link CorruptionException}.
 */
final class ManifestEntries {

    private ManifestEntries() {}

    /** The length of a manifest with those entries. */
    static long end(IndexedLog log) {
        return end(log.tables().size(), (long) log.runs().size() + log.heights().size());
    }

    /** The length of a manifest of so many tables, the store's records among them, and files. */
    static long end(long tables, long files) {
        return ManifestDescriptor.LENGTH
                + tables * ManifestTableDescriptor.LENGTH
                + files * ManifestFileDescriptor.LENGTH;
    }

    static void encode(IndexedLog log, MemorySegment memory) {
        long at = ManifestDescriptor.LENGTH;
        for (IndexedTable table : log.tables()) {
            encode(table, memory.asSlice(at, ManifestTableDescriptor.LENGTH));
            at += ManifestTableDescriptor.LENGTH;
        }
        at = encode(log.runs(), memory, at);
        encode(log.heights(), memory, at);
    }

    private static void encode(IndexedTable entry, MemorySegment memory) {
        memory.set(LittleEndian.LONG, RECORD_COUNT_OFFSET, entry.records());
        memory.set(LittleEndian.LONG, RECORD_BYTES_OFFSET, entry.bytes());
        memory.set(LittleEndian.LONG, SEGMENT_RECORD_COUNT_OFFSET, entry.segmentRecords());
        memory.set(LittleEndian.LONG, SEGMENT_RECORD_BYTES_OFFSET, entry.segmentBytes());
        memory.set(LittleEndian.LONG, SEGMENT_MIN_HEIGHT_OFFSET, entry.segmentMinHeight());
        memory.set(LittleEndian.LONG, SEGMENT_MAX_HEIGHT_OFFSET, entry.segmentMaxHeight());
        Table table = entry.table();
        if (table != null) {
            byte[] name = table.name().getBytes(StandardCharsets.UTF_8);
            memory.set(LittleEndian.LONG, NAME_LENGTH_OFFSET, name.length);
            copy(name, memory, NAME_OFFSET);
            copy(TableRegistry.encode(table), memory, REGISTRATION_OFFSET);
        }
    }

    private static void copy(byte[] bytes, MemorySegment memory, long offset) {
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, offset, bytes.length);
    }

    private static long encode(List<RunRange> files, MemorySegment memory, long start) {
        long at = start;
        for (RunRange range : files) {
            memory.set(LittleEndian.LONG, at + START_OFFSET, range.start());
            memory.set(LittleEndian.LONG, at + END_OFFSET, range.end());
            at += ManifestFileDescriptor.LENGTH;
        }
        return at;
    }

    static IndexedLog decode(MemorySegment manifest) {
        long tables = count(manifest, TABLE_COUNT_OFFSET);
        long runs = count(manifest, RUN_COUNT_OFFSET);
        long heights = count(manifest, HEIGHTS_COUNT_OFFSET);
        if (end(tables, runs + heights) != manifest.byteSize()) {
            throw corruption(
                    tables + " tables and " + (runs + heights) + " files do not fit into "
                            + manifest.byteSize() + " bytes",
                    TABLE_COUNT_OFFSET);
        }
        List<IndexedTable> tableEntries = new ArrayList<>();
        for (long i = 0; i < tables; i++) {
            tableEntries.add(decodeTable(manifest, end(i, 0)));
        }
        IndexedLog log =
                new IndexedLog(
                        manifest.get(LittleEndian.LONG, INDEXED_POSITION_OFFSET),
                        manifest.get(LittleEndian.LONG, INDEXED_SEQUENCE_OFFSET),
                        manifest.get(LittleEndian.INT, INDEXED_FRAME_CRC_OFFSET),
                        List.copyOf(tableEntries),
                        decodeFiles(manifest, end(tables, 0), runs),
                        decodeFiles(manifest, end(tables, runs), heights));
        check(log, tables);
        return log;
    }

    private static long count(MemorySegment manifest, int offset) {
        return Integer.toUnsignedLong(manifest.get(LittleEndian.INT, offset));
    }

    private static IndexedTable decodeTable(MemorySegment manifest, long at) {
        long nameLength = manifest.get(LittleEndian.LONG, at + NAME_LENGTH_OFFSET);
        if (nameLength < 0 || nameLength > NAME_CAPACITY) {
            throw corruption("a name of " + nameLength + " bytes", at + NAME_LENGTH_OFFSET);
        }
        @Nullable Table table = null;
        if (nameLength > 0) {
            table =
                    TableRegistry.decode(
                            manifest.asSlice(at + NAME_OFFSET, nameLength),
                            manifest.asSlice(at + REGISTRATION_OFFSET, RegistryDescriptor.LENGTH),
                            new TableRegistry.Place(Manifest.FILE, at));
        }
        IndexedTable entry =
                new IndexedTable(
                        table,
                        manifest.get(LittleEndian.LONG, at + RECORD_COUNT_OFFSET),
                        manifest.get(LittleEndian.LONG, at + RECORD_BYTES_OFFSET),
                        manifest.get(LittleEndian.LONG, at + SEGMENT_RECORD_COUNT_OFFSET),
                        manifest.get(LittleEndian.LONG, at + SEGMENT_RECORD_BYTES_OFFSET),
                        manifest.get(LittleEndian.LONG, at + SEGMENT_MIN_HEIGHT_OFFSET),
                        manifest.get(LittleEndian.LONG, at + SEGMENT_MAX_HEIGHT_OFFSET));
        if (entry.records() < entry.segmentRecords() || entry.segmentRecords() < 0) {
            throw corruption(
                    entry.segmentRecords() + " of " + entry.records() + " records in one segment",
                    at + RECORD_COUNT_OFFSET);
        }
        return entry;
    }

    private static List<RunRange> decodeFiles(MemorySegment manifest, long start, long count) {
        List<RunRange> files = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long at = start + i * ManifestFileDescriptor.LENGTH;
            long from = manifest.get(LittleEndian.LONG, at + START_OFFSET);
            long to = manifest.get(LittleEndian.LONG, at + END_OFFSET);
            if (from < 0 || from >= to) {
                throw corruption("no range of positions: " + from + " to " + to, at);
            }
            files.add(new RunRange(from, to));
        }
        return List.copyOf(files);
    }

    /** Runs without a gap up to the position, heights files in order, tables in order. */
    private static void check(IndexedLog log, long tables) {
        long end = 0;
        for (RunRange run : log.runs()) {
            if (run.start() != end) {
                throw corruption("a gap in the index at position " + end, end(tables, 0));
            }
            end = run.end();
        }
        if (end != log.position()) {
            throw corruption(
                    "runs up to position " + end + ", but indexed up to " + log.position(),
                    INDEXED_POSITION_OFFSET);
        }
        long behind = 0;
        for (RunRange heights : log.heights()) {
            if (heights.start() < behind || heights.end() > end) {
                throw corruption("heights file " + heights + " out of place", end(tables, 0));
            }
            behind = heights.end();
        }
        int last = -1;
        for (IndexedTable table : log.tables()) {
            if (table.id() <= last) {
                throw corruption("table " + table.id() + " is out of order", end(0, 0));
            }
            last = table.id();
        }
    }

    private static CorruptionException corruption(String what, long offset) {
        return new CorruptionException(what, Manifest.FILE, offset, null);
    }
}
