package dev.varve.logstore.run;

import static dev.varve.logstore.format.HeightsHeaderDescriptor.BASE_POSITION_OFFSET;
import static dev.varve.logstore.format.HeightsHeaderDescriptor.MAGIC;
import static dev.varve.logstore.format.HeightsHeaderDescriptor.SECTION_PAGES_OFFSET;
import static dev.varve.logstore.format.HeightsHeaderDescriptor.TABLES_CRC_OFFSET;
import static dev.varve.logstore.format.HeightsHeaderDescriptor.TABLE_COUNT_OFFSET;
import static dev.varve.logstore.format.HeightsHeaderDescriptor.VERSION;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.HeightsTableDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of a file of heights, with its list of tables. One that was read fits its file: the
 * numbers in it may be trusted with loops.
 *
 * @param base base position of the segment
 * @param sections by ascending table
 */
record HeightsHeader(IndexFileIdentity identity, long base, List<HeightsSection> sections) {

    private static final int MAX_TABLES = 1 << 16;

    /** What 24 bits of 16-byte units can address; the footer may end behind it. */
    static final long MAX_RECORDS_LENGTH = 1 << 28;

    /** The page behind the list of that many tables. */
    static long firstSectionPage(int tableCount) {
        return 1 + listLength(tableCount) / PAGE_LENGTH;
    }

    private static long listLength(int tableCount) {
        long length = (long) tableCount * HeightsTableDescriptor.LENGTH;
        return (length + PAGE_LENGTH - 1) / PAGE_LENGTH * PAGE_LENGTH;
    }

    long endPage() {
        return sections.isEmpty() ? firstSectionPage(0) : sections.getLast().endPage();
    }

    /** Whether the range begins where a record of the segment can be. */
    static boolean fits(RunRange range, long base) {
        return base >= 0
                && base <= range.start()
                && range.start() - base < MAX_RECORDS_LENGTH;
    }

    void write(StorageFile file) {
        int count = sections.size();
        MemorySegment list = MemorySegment.ofArray(new byte[(int) listLength(count)]);
        for (int i = 0; i < count; i++) {
            sections.get(i).encode(list, (long) i * HeightsTableDescriptor.LENGTH);
        }
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE_LENGTH]);
        page.set(LittleEndian.LONG, BASE_POSITION_OFFSET, base);
        page.set(LittleEndian.LONG, SECTION_PAGES_OFFSET, endPage() - firstSectionPage(count));
        page.set(LittleEndian.INT, TABLE_COUNT_OFFSET, count);
        page.set(LittleEndian.INT, TABLES_CRC_OFFSET, PageChecksum.of(list, 0, list.byteSize()));
        identity.seal(page, MAGIC, VERSION);
        file.write(list, PAGE_LENGTH);
        file.write(page, 0);
    }

    /** Reads the header of a file that must be the heights of that identity. */
    static HeightsHeader read(StorageFile file, IndexFileIdentity identity) {
        MemorySegment page = identity.readHeader(file, MAGIC, VERSION);
        int count = page.get(LittleEndian.INT, TABLE_COUNT_OFFSET);
        if (count < 0 || count > MAX_TABLES) {
            throw identity.damaged("impossible number of tables: " + count, TABLE_COUNT_OFFSET);
        }
        long base = page.get(LittleEndian.LONG, BASE_POSITION_OFFSET);
        if (!fits(identity.range(), base)) {
            throw identity.damaged("impossible base position: " + base, BASE_POSITION_OFFSET);
        }
        MemorySegment list = MemorySegment.ofArray(new byte[(int) listLength(count)]);
        file.read(list, PAGE_LENGTH);
        int crc = page.get(LittleEndian.INT, TABLES_CRC_OFFSET);
        if (PageChecksum.of(list, 0, list.byteSize()) != crc) {
            throw identity.damaged("checksum of the list of tables is wrong", TABLES_CRC_OFFSET);
        }
        HeightsHeader header = new HeightsHeader(identity, base, decode(list, count));
        header.requireFits(file, page.get(LittleEndian.LONG, SECTION_PAGES_OFFSET));
        return header;
    }

    private static List<HeightsSection> decode(MemorySegment list, int count) {
        List<HeightsSection> sections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sections.add(HeightsSection.decode(list, (long) i * HeightsTableDescriptor.LENGTH));
        }
        return List.copyOf(sections);
    }

    private void requireFits(StorageFile file, long sectionPages) {
        long filePages = file.length() / PAGE_LENGTH;
        long from = firstSectionPage(sections.size());
        int lastTable = -1;
        for (HeightsSection section : sections) {
            if (section.table() <= lastTable || !section.fits(from, filePages)) {
                throw identity.damaged("impossible list of tables: " + section, PAGE_LENGTH);
            }
            lastTable = section.table();
            from = section.endPage();
        }
        if (sectionPages != from - firstSectionPage(sections.size())) {
            throw identity.damaged(
                    "impossible number of pages: " + sectionPages, SECTION_PAGES_OFFSET);
        }
        identity.requireLength(file, from * PAGE_LENGTH);
    }
}
