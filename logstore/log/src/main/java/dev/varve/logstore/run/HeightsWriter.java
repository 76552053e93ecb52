package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.UNIT_LENGTH;
import static dev.varve.logstore.format.HeightsTableDescriptor.KIND_DENSE;
import static dev.varve.logstore.format.HeightsTableDescriptor.KIND_PAIRS;
import static dev.varve.logstore.format.IndexPageDescriptor.LENGTH;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Writes a file of heights in two passes over the entries: the first counts them and tells which
 * tables are dense, the second writes them where they then belong. For one thread; forces nothing.
 */
final class HeightsWriter {

    private static final long BUFFER = 1 << 18;

    private final IndexFileIdentity identity;
    private final RunRange range;
    private final long base;
    private final Supplier<HeightCursor> entries;

    /**
     * A writer of the records in {@code identity}'s range.
     *
     * @param base base position of the segment that they are in
     * @param entries gives the same entries at each call
     */
    HeightsWriter(IndexFileIdentity identity, long base, Supplier<HeightCursor> entries) {
        this.identity = identity;
        range = identity.range();
        this.base = base;
        this.entries = entries;
        if (!HeightsHeader.fits(range, base)) {
            throw new IllegalArgumentException(
                    range + " does not begin within 2^28 bytes of base position " + base);
        }
    }

    /** Writes the whole file. */
    void write(StorageFile file, WriteMeans means) {
        List<Count> counts = count();
        HeightsHeader header = new HeightsHeader(identity, base, sections(counts));
        try (Arena arena = means.memory().arena()) {
            long from = HeightsHeader.firstSectionPage(counts.size()) * PAGE_LENGTH;
            PageStream stream = new PageStream(file, from, BUFFER, means.bandwidth(), arena);
            HeightCursor cursor = entries.get();
            for (HeightsSection section : header.sections()) {
                write(section, cursor, stream);
            }
            stream.flush();
        }
        header.write(file);
    }

    /** What the first pass finds out about a table. */
    private static final class Count {
        private final int table;
        private final long firstHeight;
        private long lastHeight;
        private long lastPosition;
        private long count;
        private boolean dense = true;

        Count(HeightCursor first) {
            table = first.table();
            firstHeight = first.height();
        }

        void add(HeightCursor entry) {
            long height = entry.height();
            if (count > 0) {
                requireBehindLast(entry);
                dense &= height == lastHeight + 1;
            }
            lastHeight = height;
            lastPosition = entry.position();
            count++;
        }

        private void requireBehindLast(HeightCursor entry) {
            if (entry.height() < lastHeight
                    || entry.height() == lastHeight && entry.position() <= lastPosition) {
                throw new IllegalArgumentException(
                        "table " + table + ": height " + entry.height() + " at "
                                + entry.position() + " does not come behind height "
                                + lastHeight + " at " + lastPosition);
            }
        }
    }

    private List<Count> count() {
        List<Count> counts = new ArrayList<>();
        HeightCursor cursor = entries.get();
        int lastTable = -1;
        while (cursor.next()) {
            requireValid(cursor, lastTable);
            if (cursor.table() != lastTable) {
                counts.add(new Count(cursor));
                lastTable = cursor.table();
            }
            counts.getLast().add(cursor);
        }
        return counts;
    }

    private void requireValid(HeightCursor cursor, int lastTable) {
        long position = cursor.position();
        if (cursor.table() < lastTable || cursor.height() < 0) {
            throw new IllegalArgumentException(
                    "table " + cursor.table() + ", height " + cursor.height()
                            + " behind table " + lastTable);
        }
        if (position < range.start()
                || position >= range.end()
                || position - base >= HeightsHeader.MAX_RECORDS_LENGTH
                || (position - base) % UNIT_LENGTH != 0) {
            throw new IllegalArgumentException(
                    "position " + position + " is not one of a record in " + range);
        }
    }

    private static List<HeightsSection> sections(List<Count> counts) {
        List<HeightsSection> sections = new ArrayList<>();
        long page = HeightsHeader.firstSectionPage(counts.size());
        for (Count count : counts) {
            HeightsSection section =
                    new HeightsSection(
                            count.table,
                            count.dense ? KIND_DENSE : KIND_PAIRS,
                            count.firstHeight,
                            count.count,
                            page);
            sections.add(section);
            page = section.endPage();
        }
        return sections;
    }

    private void write(HeightsSection section, HeightCursor cursor, PageStream stream) {
        PageChecksum checksum = identity.pageChecksum();
        for (long done = 0; done < section.count(); done += section.perPage()) {
            long offset = stream.begin((byte) 0) + LENGTH;
            long count = Math.min(section.perPage(), section.count() - done);
            for (long i = 0; i < count; i++) {
                if (!cursor.next() || cursor.table() != section.table()) {
                    throw new IllegalArgumentException("the second pass differs from the first");
                }
                put(section, cursor, stream.memory(), offset + i * section.entryLength());
            }
            stream.end(checksum);
        }
    }

    private void put(HeightsSection section, HeightCursor cursor, MemorySegment page, long at) {
        long offset = at;
        if (!section.isDense()) {
            page.set(LittleEndian.LONG, offset, cursor.height());
            offset += Long.BYTES;
        }
        int units = (int) ((cursor.position() - base) / UNIT_LENGTH);
        page.set(LittleEndian.SHORT, offset, (short) units);
        page.set(ValueLayout.JAVA_BYTE, offset + Short.BYTES, (byte) (units >>> Short.SIZE));
    }
}
