package dev.varve.logstore.run;

import static dev.varve.logstore.format.FilterPageDescriptor.LINES;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

/**
 * Where the parts of a run are in its file. The numbers must be such that a file can have them: a
 * reader compares them with the file's length first.
 *
 * @param segmentCount base positions in the list
 * @param filterLines lines of the filter, 0 if there is none
 * @param entryPages pages of entries
 * @param entryWidth bytes of an entry
 */
record RunGeometry(int segmentCount, long filterLines, long entryPages, int entryWidth) {

    static final int MAX_SEGMENTS = 1 << 16;

    /** Bits of a filter for each entry, and in how many words of a line an entry has one. */
    static final int FILTER_BITS = 10;

    static final int FILTER_WORDS = 6;

    private static final int LINE_BITS = 512;

    /** Lines for that many entries. */
    static long filterLines(long entries) {
        return Math.max(1, (entries * FILTER_BITS + LINE_BITS - 1) / LINE_BITS);
    }

    /** The number of the first page of the filter. */
    long filterPage() {
        return 1 + segmentsLength() / PAGE_LENGTH;
    }

    long filterPages() {
        return (filterLines + LINES - 1) / LINES;
    }

    /** The number of the first page of entries. */
    long entryPage() {
        return filterPage() + filterPages();
    }

    long segmentsOffset() {
        return PAGE_LENGTH;
    }

    /** The length of the list of base positions, in whole pages. */
    long segmentsLength() {
        return wholePages((long) segmentCount * Long.BYTES);
    }

    long fenceOffset() {
        return (entryPage() + entryPages) * PAGE_LENGTH;
    }

    /** The length of the fence, in whole pages. */
    long fenceLength() {
        return wholePages(entryPages * Integer.BYTES);
    }

    /** Where the file ends. */
    long fileLength() {
        return fenceOffset() + fenceLength();
    }

    private static long wholePages(long length) {
        return (length + PAGE_LENGTH - 1) / PAGE_LENGTH * PAGE_LENGTH;
    }
}
