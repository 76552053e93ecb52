package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.HASH_BITS;
import static dev.varve.logstore.format.FilterPageDescriptor.LINES;
import static dev.varve.logstore.format.FilterPageDescriptor.LINES_OFFSET;

import dev.varve.bloom.LineProbe;

/**
 * The filter of a run: tells of most hashes that are not in it that they are not, at the cost of
 * one line. Immutable, for any thread. A damaged page of it is an error, and never says "absent".
 */
final class RunFilter {

    /** The multiplier of the mixing function known as degski64. */
    private static final long MIX = 0xD6E8_FEB8_6659_FD93L;

    private final PageAccess pages;
    private final long firstPage;
    private final long lines;

    RunFilter(PageAccess pages, RunGeometry geometry) {
        this.pages = pages;
        firstPage = geometry.filterPage();
        lines = geometry.filterLines();
    }

    /** False only if the run has no entry of that key hash. */
    boolean mayContain(long keyHash) {
        long line = line(keyHash, lines);
        long low = low(keyHash);
        long page = line / LINES;
        long inPage = LINES_OFFSET + (line - page * LINES) * LineProbe.LINE_LENGTH;
        while (true) {
            long fetched = pages.fetch(firstPage + page);
            long offset = pages.offset(fetched) + inPage;
            boolean found =
                    LineProbe.test(pages.memory(fetched), offset, low, RunGeometry.FILTER_WORDS);
            if (pages.isCurrent(fetched)) {
                return found;
            }
        }
    }

    /** Brings the line of a key hash near. */
    long touch(long keyHash) {
        long line = line(keyHash, lines);
        long page = line / LINES;
        return pages.touch(
                firstPage + page, LINES_OFFSET + (line - page * LINES) * LineProbe.LINE_LENGTH);
    }

    /** The line of a key hash; ascends with it. */
    static long line(long keyHash, long lines) {
        return Math.unsignedMultiplyHigh(keyHash << Long.SIZE - HASH_BITS, lines);
    }

    /** What stands for the low half of an id's hash, of which a run keeps nothing. */
    static long low(long keyHash) {
        long mixed = keyHash;
        mixed = (mixed ^ mixed >>> 32) * MIX;
        mixed = (mixed ^ mixed >>> 32) * MIX;
        return mixed ^ mixed >>> 32;
    }
}
