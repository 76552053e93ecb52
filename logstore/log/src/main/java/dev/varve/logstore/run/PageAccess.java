package dev.varve.logstore.run;

import java.lang.foreign.MemorySegment;

/**
 * The pages of one index file, where they can be read in memory, each checked before its bytes are
 * used.
 *
 * <p>Reading a page is three steps: {@link #fetch} it; read from {@link #memory} at {@link
 * #offset}; ask {@link #isCurrent} whether what was read was the page all the while. If not,
 * another page has taken its place meanwhile: the bytes read may be anything, and the reader starts
 * again without having believed them. Nothing is locked, and nothing is allocated when the page is
 * there.
 *
 * <p>For any thread. Closed by the run. A page that is damaged is a {@link
 * dev.varve.logstore.io.CorruptionException}, one that cannot be read another {@link
 * dev.varve.logstore.io.StorageException}.
 */
interface PageAccess extends AutoCloseable {

    /**
     * Makes a page readable.
     *
     * @param page its number in the file, which must have it
     * @return what the other methods want to know of it
     */
    long fetch(long page);

    /**
     * Brings a place of a page near that is mapped and was checked before; does nothing otherwise.
     *
     * @return what is there, for the caller to make something of: else nothing would be read
     */
    default long touch(long page, long offset) {
        return 0;
    }

    /** The memory in which a page is that was fetched. */
    MemorySegment memory(long fetched);

    /** The offset in {@link #memory} of a page that was fetched. */
    long offset(long fetched);

    /** Whether the page is still where it was when it was fetched. */
    boolean isCurrent(long fetched);

    @Override
    void close();
}
