package dev.varve.logstore.io.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One image of a file: a length, and pages that are shared between images and so never changed in
 * place. A page of zeros is null. Bytes behind the length are always zero. Guarded by the disk's lock.
 */
final class SimContent {

    static final int PAGE_LENGTH = 4096;

    private static final byte[] ZEROS = new byte[PAGE_LENGTH];

    private byte[] @Nullable [] pages;
    private long length;

    SimContent() {
        this(new byte[0][], 0);
    }

    private SimContent(byte[] @Nullable [] pages, long length) {
        this.pages = pages;
        this.length = length;
    }

    SimContent copy() {
        return new SimContent(pages.clone(), length);
    }

    long length() {
        return length;
    }

    /** The bytes of a page, not to be changed; null if they are all zero. */
    byte @Nullable [] page(int index) {
        return index < pages.length ? pages[index] : null;
    }

    /** Replaces a page. The length stays: the caller sees to it. */
    void setPage(int index, byte @Nullable [] page) {
        if (index >= pages.length) {
            if (page == null) {
                return;
            }
            pages = Arrays.copyOf(pages, Math.max(index + 1, pages.length + (pages.length >> 1)));
        }
        pages[index] = page;
    }

    /** Sets a length that is not smaller, where nothing but zeros is behind the old one. */
    void grow(long newLength) {
        assert newLength >= length;
        length = newLength;
    }

    /** Sets the length and clears what is behind it. */
    void setLength(long newLength) {
        int firstCut = pageCount(newLength);
        for (int i = firstCut; i < pages.length; i++) {
            pages[i] = null;
        }
        int kept = (int) (newLength % PAGE_LENGTH);
        byte[] last = kept == 0 ? null : page(firstCut - 1);
        if (last != null) {
            byte[] cut = last.clone();
            Arrays.fill(cut, kept, PAGE_LENGTH, (byte) 0);
            pages[firstCut - 1] = cut;
        }
        length = newLength;
    }

    int read(MemorySegment destination, long offset) {
        long count = Math.clamp(length - offset, 0, destination.byteSize());
        long done = 0;
        while (done < count) {
            long at = offset + done;
            int from = (int) (at % PAGE_LENGTH);
            int piece = (int) Math.min(PAGE_LENGTH - from, count - done);
            byte[] page = page(pageAt(at));
            MemorySegment.copy(
                    page == null ? ZEROS : page,
                    from,
                    destination,
                    ValueLayout.JAVA_BYTE,
                    done,
                    piece);
            done += piece;
        }
        return (int) count;
    }

    void flipBit(long bit) {
        long offset = bit >> 3;
        if (offset >= length) {
            return;
        }
        byte[] page = page(pageAt(offset));
        byte[] flipped = page == null ? new byte[PAGE_LENGTH] : page.clone();
        flipped[(int) (offset % PAGE_LENGTH)] ^= (byte) (1 << (bit & 7));
        setPage(pageAt(offset), flipped);
    }

    /** The page that holds a byte. */
    static int pageAt(long offset) {
        return Math.toIntExact(offset / PAGE_LENGTH);
    }

    /** How many pages hold a length. */
    static int pageCount(long length) {
        return Math.toIntExact(Math.ceilDiv(length, PAGE_LENGTH));
    }
}
