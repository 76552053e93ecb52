package dev.varve.logstore.io.sim;

import java.util.BitSet;

/**
 * Which pages of a file have a place on the disk, and which of them need one, or another one, when
 * they are saved. Guarded by the disk's lock.
 */
final class PagePlaces {

    private static final long PAGE_LENGTH = SimContent.PAGE_LENGTH;

    private final BitSet taken = new BitSet();
    private final BitSet needed = new BitSet();

    /** What the disk tells of the pages that have a place. */
    private long toldBytes;

    /** Bytes that the present process wrote and did not force. */
    private long unforcedBytes;

    /** Those of a file of that length, all of which has its place. */
    PagePlaces(long length) {
        taken.set(0, SimContent.pageCount(length));
        tell();
    }

    long toldBytes() {
        return toldBytes;
    }

    void tell() {
        toldBytes = takenBytes();
    }

    long takenBytes() {
        return taken.cardinality() * PAGE_LENGTH;
    }

    long neededBytes() {
        return needed.cardinality() * PAGE_LENGTH;
    }

    long unforcedBytes() {
        return unforcedBytes;
    }

    void write(int page, int length) {
        needed.set(page);
        unforcedBytes += length;
    }

    void cut(long length) {
        int pages = SimContent.pageCount(length);
        taken.clear(pages, Math.max(pages, taken.length()));
        needed.clear(pages, Math.max(pages, needed.length()));
        unforcedBytes = Math.min(unforcedBytes, length);
    }

    /** How many of {@code length} bytes from {@code offset} so many bytes suffice for. */
    long fitting(long offset, long length, long free) {
        long left = free / PAGE_LENGTH;
        for (long at = offset; at < offset + length; ) {
            int page = SimContent.pageAt(at);
            if (!needed.get(page) && left-- == 0) {
                return at - offset;
            }
            at = (page + 1) * PAGE_LENGTH;
        }
        return length;
    }

    /** All that need one have their place now. */
    void take() {
        taken.or(needed);
        needed.clear();
    }

    /** What needs a place will not be saved. */
    void giveUp() {
        needed.clear();
    }

    void forced() {
        take();
        unforcedBytes = 0;
    }

    void forgetWriter() {
        unforcedBytes = 0;
    }
}
