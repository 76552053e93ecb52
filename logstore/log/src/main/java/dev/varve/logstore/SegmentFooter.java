package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;
import static dev.varve.logstore.format.SegmentFooterDescriptor.BASE_POSITION_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.FRAMES_END_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.LAST_FRAME_CRC_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.LAST_SEQUENCE_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.LENGTH;
import static dev.varve.logstore.format.SegmentFooterDescriptor.MAGIC;
import static dev.varve.logstore.format.SegmentFooterDescriptor.MAGIC_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.RECORD_COUNT_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.TABLE_COUNT_OFFSET;
import static dev.varve.logstore.format.SegmentFooterDescriptor.VERSION;
import static dev.varve.logstore.format.SegmentFooterDescriptor.VERSION_OFFSET;

import dev.varve.logstore.format.FooterTableDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What ends the file of a sealed segment. */
record SegmentFooter(
        long basePosition,
        long framesEnd,
        long lastSequence,
        int lastFrameCrc,
        long recordCount,
        int tableCount) {

    /** The most that a footer can add to a segment's file, padding to the page included. */
    static final long MAX_LENGTH = maxLength(Table.MAX_ID);

    /** As {@link #MAX_LENGTH}, in a store of that many tables beside its own records. */
    static long maxLength(int tables) {
        return LENGTH + (tables + 1L) * FooterTableDescriptor.LENGTH + PAGE_LENGTH;
    }

    /**
     * Writes zeros behind the segment's frames and the footer behind them, and cuts off what a
     * crash left there; the caller forces.
     *
     * @param part the last one of the segment
     * @return the file's length
     */
    static long write(HotPart part, long lastSequence, int lastFrameCrc) {
        Segment segment = part.segment();
        TableCounts segmentCounts = part.segmentCounts();
        Map<Integer, TableCounts.Count> counts = segmentCounts.byTable();
        long framesEnd = segment.framesEnd();
        long footerLength = LENGTH + (long) counts.size() * FooterTableDescriptor.LENGTH;
        long fileLength = (framesEnd + footerLength + PAGE_LENGTH - 1) & -PAGE_LENGTH;
        MemorySegment tail = MemorySegment.ofArray(new byte[(int) (fileLength - framesEnd)]);
        long entry = tail.byteSize() - footerLength;
        for (Map.Entry<Integer, TableCounts.Count> e : counts.entrySet()) {
            writeEntry(tail.asSlice(entry, FooterTableDescriptor.LENGTH), e);
            entry += FooterTableDescriptor.LENGTH;
        }
        MemorySegment footer = tail.asSlice(entry, LENGTH);
        footer.set(LittleEndian.LONG, MAGIC_OFFSET, MAGIC);
        footer.set(LittleEndian.INT, VERSION_OFFSET, VERSION);
        footer.set(LittleEndian.LONG, BASE_POSITION_OFFSET, segment.basePosition());
        footer.set(LittleEndian.LONG, FRAMES_END_OFFSET, framesEnd);
        footer.set(LittleEndian.LONG, LAST_SEQUENCE_OFFSET, lastSequence);
        footer.set(LittleEndian.INT, LAST_FRAME_CRC_OFFSET, lastFrameCrc);
        footer.set(LittleEndian.INT, TABLE_COUNT_OFFSET, counts.size());
        footer.set(LittleEndian.LONG, RECORD_COUNT_OFFSET, segmentCounts.recordCount());
        footer.set(
                LittleEndian.INT,
                CRC_OFFSET,
                crc(tail));
        segment.file().write(tail, framesEnd);
        if (segment.file().length() > fileLength) {
            segment.file().truncate(fileLength);
        }
        return fileLength;
    }

    private static void writeEntry(
            MemorySegment entry, Map.Entry<Integer, TableCounts.Count> tableCount) {
        TableCounts.Count count = tableCount.getValue();
        entry.set(LittleEndian.INT, FooterTableDescriptor.TABLE_OFFSET, tableCount.getKey());
        entry.set(
                LittleEndian.LONG, FooterTableDescriptor.RECORD_COUNT_OFFSET, count.records());
        entry.set(LittleEndian.LONG, FooterTableDescriptor.RECORD_BYTES_OFFSET, count.bytes());
        entry.set(LittleEndian.LONG, FooterTableDescriptor.MIN_HEIGHT_OFFSET, count.minHeight());
        entry.set(LittleEndian.LONG, FooterTableDescriptor.MAX_HEIGHT_OFFSET, count.maxHeight());
    }

    /** CRC of everything behind the frames: zeros, entries and the footer, its field as zero. */
    private static int crc(MemorySegment tail) {
        long length = tail.byteSize();
        return Crc.of(tail, 0, length, (int) (length - LENGTH) + CRC_OFFSET);
    }

    /** The footer of a segment file, or null if there is no whole one at its end. */
    static @Nullable SegmentFooter read(StorageFile file, long basePosition) {
        long length = file.length();
        if (length % PAGE_LENGTH != 0 || length < LENGTH) {
            return null;
        }
        MemorySegment footer = MemorySegment.ofArray(new byte[LENGTH]);
        if (file.read(footer, length - LENGTH) < LENGTH
                || footer.get(LittleEndian.LONG, MAGIC_OFFSET) != MAGIC
                || footer.get(LittleEndian.LONG, BASE_POSITION_OFFSET) != basePosition) {
            return null;
        }
        long framesEnd = footer.get(LittleEndian.LONG, FRAMES_END_OFFSET);
        long whole = length - framesEnd;
        if (framesEnd < SegmentHeaderDescriptor.FRAMES_OFFSET
                || whole < LENGTH
                || whole > MAX_LENGTH) {
            return null;
        }
        MemorySegment all = MemorySegment.ofArray(new byte[(int) whole]);
        if (file.read(all, length - whole) < whole
                || footer.get(LittleEndian.INT, CRC_OFFSET) != crc(all)) {
            return null;
        }
        return parse(footer, file.name(), length - LENGTH);
    }

    /** What the entries in front of this footer, which is one of the file, say of tables. */
    List<Inspection.TableRange> readTables(StorageFile file) {
        long length = (long) tableCount * FooterTableDescriptor.LENGTH;
        long offset = file.length() - LENGTH - length;
        if (tableCount < 0 || offset < framesEnd) {
            throw new CorruptionException(
                    "a footer of " + tableCount + " tables",
                    file.name(),
                    file.length() - LENGTH + TABLE_COUNT_OFFSET,
                    null);
        }
        MemorySegment entries = MemorySegment.ofArray(new byte[(int) length]);
        file.read(entries, offset);
        List<Inspection.TableRange> tables = new ArrayList<>();
        for (long at = 0; at < length; at += FooterTableDescriptor.LENGTH) {
            tables.add(
                    new Inspection.TableRange(
                            entries.get(
                                    LittleEndian.INT, at + FooterTableDescriptor.TABLE_OFFSET),
                            entries.get(
                                    LittleEndian.LONG,
                                    at + FooterTableDescriptor.RECORD_COUNT_OFFSET),
                            entries.get(
                                    LittleEndian.LONG,
                                    at + FooterTableDescriptor.RECORD_BYTES_OFFSET),
                            entries.get(
                                    LittleEndian.LONG,
                                    at + FooterTableDescriptor.MIN_HEIGHT_OFFSET),
                            entries.get(
                                    LittleEndian.LONG,
                                    at + FooterTableDescriptor.MAX_HEIGHT_OFFSET)));
        }
        return List.copyOf(tables);
    }

    private static SegmentFooter parse(MemorySegment footer, String file, long offset) {
        int version = footer.get(LittleEndian.INT, VERSION_OFFSET);
        if (version != VERSION) {
            throw new FormatVersionException(
                    "segment footer of version " + version + ", this release reads " + VERSION,
                    file,
                    offset + VERSION_OFFSET,
                    null);
        }
        return new SegmentFooter(
                footer.get(LittleEndian.LONG, BASE_POSITION_OFFSET),
                footer.get(LittleEndian.LONG, FRAMES_END_OFFSET),
                footer.get(LittleEndian.LONG, LAST_SEQUENCE_OFFSET),
                footer.get(LittleEndian.INT, LAST_FRAME_CRC_OFFSET),
                footer.get(LittleEndian.LONG, RECORD_COUNT_OFFSET),
                footer.get(LittleEndian.INT, TABLE_COUNT_OFFSET));
    }
}
