package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static dev.varve.logstore.format.RunHeaderDescriptor.ENTRIES_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.ENTRY_PAGES_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.ENTRY_WIDTH_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.FENCE_CRC_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.FILTER_LINES_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.MAGIC;
import static dev.varve.logstore.format.RunHeaderDescriptor.SEGMENTS_CRC_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.SEGMENT_COUNT_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.TOMBSTONES_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.VERSION;

import dev.varve.logstore.format.FilterPageDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;

/**
 * The header of a run. One that was parsed fits its file: the numbers in it may be trusted with
 * allocations and loops.
 */
record RunHeader(
        IndexFileIdentity identity,
        RunGeometry geometry,
        long entries,
        long tombstones,
        int segmentsCrc,
        int fenceCrc) {

    MemorySegment encode() {
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE_LENGTH]);
        page.set(LittleEndian.LONG, ENTRIES_OFFSET, entries);
        page.set(LittleEndian.LONG, TOMBSTONES_OFFSET, tombstones);
        page.set(LittleEndian.LONG, ENTRY_PAGES_OFFSET, geometry.entryPages());
        page.set(LittleEndian.LONG, FILTER_LINES_OFFSET, geometry.filterLines());
        page.set(LittleEndian.INT, ENTRY_WIDTH_OFFSET, geometry.entryWidth());
        page.set(LittleEndian.INT, SEGMENT_COUNT_OFFSET, geometry.segmentCount());
        page.set(LittleEndian.INT, SEGMENTS_CRC_OFFSET, segmentsCrc);
        page.set(LittleEndian.INT, FENCE_CRC_OFFSET, fenceCrc);
        identity.seal(page, MAGIC, VERSION);
        return page;
    }

    /** Reads the header of a file that must be the run of that identity. */
    static RunHeader read(StorageFile file, IndexFileIdentity identity) {
        MemorySegment page = identity.readHeader(file, MAGIC, VERSION);
        RunHeader header =
                new RunHeader(
                        identity,
                        new RunGeometry(
                                page.get(LittleEndian.INT, SEGMENT_COUNT_OFFSET),
                                page.get(LittleEndian.LONG, FILTER_LINES_OFFSET),
                                page.get(LittleEndian.LONG, ENTRY_PAGES_OFFSET),
                                page.get(LittleEndian.INT, ENTRY_WIDTH_OFFSET)),
                        page.get(LittleEndian.LONG, ENTRIES_OFFSET),
                        page.get(LittleEndian.LONG, TOMBSTONES_OFFSET),
                        page.get(LittleEndian.INT, SEGMENTS_CRC_OFFSET),
                        page.get(LittleEndian.INT, FENCE_CRC_OFFSET));
        header.requireFits(file);
        return header;
    }

    /** Each number is first bounded by the file's length, so that no sum of them overflows. */
    private void requireFits(StorageFile file) {
        long pages = file.length() / PAGE_LENGTH;
        int segments = geometry.segmentCount();
        long lines = geometry.filterLines();
        int width = geometry.entryWidth();
        require(
                segments >= 1 && segments <= RunGeometry.MAX_SEGMENTS,
                "number of segments",
                segments,
                SEGMENT_COUNT_OFFSET);
        require(
                width >= EntryLayout.MIN_WIDTH && width <= EntryLayout.MAX_WIDTH,
                "length of an entry",
                width,
                ENTRY_WIDTH_OFFSET);
        require(
                lines >= 0 && lines / FilterPageDescriptor.LINES <= pages,
                "number of lines",
                lines,
                FILTER_LINES_OFFSET);
        require(
                geometry.entryPages() >= 0 && geometry.entryPages() <= pages,
                "number of pages",
                geometry.entryPages(),
                ENTRY_PAGES_OFFSET);
        require(
                entries >= geometry.entryPages()
                        && entries <= geometry.entryPages() * new EntryLayout(width).capacity(),
                "number of entries",
                entries,
                ENTRIES_OFFSET);
        require(
                tombstones >= 0 && tombstones <= entries,
                "number of tombstones",
                tombstones,
                TOMBSTONES_OFFSET);
        identity.requireLength(file, geometry.fileLength());
    }

    private void require(boolean condition, String what, long value, int offset) {
        if (!condition) {
            throw new CorruptionException(
                    "impossible " + what + ": " + value,
                    identity.name(),
                    offset,
                    null);
        }
    }
}
