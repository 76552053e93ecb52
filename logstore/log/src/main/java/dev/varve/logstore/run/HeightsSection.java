package dev.varve.logstore.run;

import static dev.varve.logstore.format.HeightsTableDescriptor.COUNT_OFFSET;
import static dev.varve.logstore.format.HeightsTableDescriptor.DENSE_LENGTH;
import static dev.varve.logstore.format.HeightsTableDescriptor.FIRST_HEIGHT_OFFSET;
import static dev.varve.logstore.format.HeightsTableDescriptor.FIRST_PAGE_OFFSET;
import static dev.varve.logstore.format.HeightsTableDescriptor.KIND_DENSE;
import static dev.varve.logstore.format.HeightsTableDescriptor.KIND_OFFSET;
import static dev.varve.logstore.format.HeightsTableDescriptor.KIND_PAIRS;
import static dev.varve.logstore.format.HeightsTableDescriptor.PAIR_LENGTH;
import static dev.varve.logstore.format.HeightsTableDescriptor.TABLE_OFFSET;
import static dev.varve.logstore.format.IndexPageDescriptor.LENGTH;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.LittleEndian;
import java.lang.foreign.MemorySegment;

/**
 * Where the entries of one table are in a file of heights.
 *
 * @param kind dense or pairs, as the format has it
 * @param firstHeight the lowest height
 * @param firstPage number of the section's first page
 */
record HeightsSection(int table, int kind, long firstHeight, long count, long firstPage) {

    static HeightsSection decode(MemorySegment tables, long offset) {
        return new HeightsSection(
                tables.get(LittleEndian.INT, offset + TABLE_OFFSET),
                tables.get(LittleEndian.INT, offset + KIND_OFFSET),
                tables.get(LittleEndian.LONG, offset + FIRST_HEIGHT_OFFSET),
                tables.get(LittleEndian.LONG, offset + COUNT_OFFSET),
                tables.get(LittleEndian.LONG, offset + FIRST_PAGE_OFFSET));
    }

    void encode(MemorySegment tables, long offset) {
        tables.set(LittleEndian.INT, offset + TABLE_OFFSET, table);
        tables.set(LittleEndian.INT, offset + KIND_OFFSET, kind);
        tables.set(LittleEndian.LONG, offset + FIRST_HEIGHT_OFFSET, firstHeight);
        tables.set(LittleEndian.LONG, offset + COUNT_OFFSET, count);
        tables.set(LittleEndian.LONG, offset + FIRST_PAGE_OFFSET, firstPage);
    }

    /** Whether a file of that many pages can have this section from page {@code from} on. */
    boolean fits(long from, long filePages) {
        return (kind == KIND_DENSE || kind == KIND_PAIRS)
                && firstHeight >= 0
                && count >= 1
                && count <= filePages * perPage()
                && (!isDense() || firstHeight <= Long.MAX_VALUE - (count - 1))
                && firstPage == from
                && endPage() <= filePages;
    }

    boolean isDense() {
        return kind == KIND_DENSE;
    }

    int entryLength() {
        return isDense() ? DENSE_LENGTH : PAIR_LENGTH;
    }

    int perPage() {
        return (PAGE_LENGTH - LENGTH) / entryLength();
    }

    /** The page behind the last. */
    long endPage() {
        return firstPage + (count + perPage() - 1) / perPage();
    }
}
