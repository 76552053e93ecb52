package dev.varve.logstore.run;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which pieces of a run's filter were read in one go. A lookup reads one page of a filter that may
 * have thousands, and soon needs the others: as long as that waits for a disk, a page brings those
 * around it. Each piece is read so once and no more: where there is no memory to keep it, what is
 * read of a filter in vain is no more than its length.
 *
 * <p>For any thread. Pages are counted as in the file; pieces are aligned there.
 *
 * @param read a bit for each piece
 */
record FilterPieces(long firstPage, long endPage, AtomicLongArray read) {

    /** Pages of a piece. */
    static final int PAGES = 64;

    /** Of a file without a filter. */
    static final FilterPieces NONE = of(0, 0);

    /** Pieces of the pages from {@code firstPage} to {@code endPage}, none of them read. */
    static FilterPieces of(long firstPage, long endPage) {
        long pieces = endPage / PAGES - firstPage / PAGES + 1;
        return new FilterPieces(
                firstPage, endPage, new AtomicLongArray((int) (pieces / Long.SIZE + 1)));
    }

    /** Whether a page is of a piece that was not read yet. */
    boolean isUnread(long page) {
        return page >= firstPage
                && page < endPage
                && (read.getOpaque(word(page)) & bit(page)) == 0;
    }

    /** Notes that the piece of a page is read; false if that was noted before. */
    boolean take(long page) {
        long bit = bit(page);
        return (read.getAndUpdate(word(page), bits -> bits | bit) & bit) == 0;
    }

    /** The first page of the piece of a page. */
    long first(long page) {
        return Math.max(page / PAGES * PAGES, firstPage);
    }

    /** The page behind the piece of a page. */
    long end(long page) {
        return Math.min((page / PAGES + 1) * PAGES, endPage);
    }

    private int word(long page) {
        return (int) (piece(page) / Long.SIZE);
    }

    private long bit(long page) {
        return 1L << piece(page);
    }

    private long piece(long page) {
        return page / PAGES - firstPage / PAGES;
    }
}
