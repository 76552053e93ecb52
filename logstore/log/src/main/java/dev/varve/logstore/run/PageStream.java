package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Pages written one behind the other from a place in a file on, many in one write. A page is filled
 * where it lies in the buffer: {@link #begin} one, write to {@link #memory()} at what it returned,
 * {@link #end} it. For one thread; what it writes is not forced.
 */
final class PageStream {

    private final StorageFile file;
    private final BandwidthBudget budget;
    private final MemorySegment buffer;
    private long fileOffset;
    private long filled;

    /**
     * A stream of pages from {@code fileOffset} on.
     *
     * @param bufferBytes how much is written at once, a multiple of a page
     * @param arena owns the buffer
     */
    PageStream(
            StorageFile file,
            long fileOffset,
            long bufferBytes,
            BandwidthBudget budget,
            Arena arena) {
        this.file = file;
        this.budget = budget;
        this.fileOffset = fileOffset;
        buffer = arena.allocate(bufferBytes, PAGE_LENGTH);
    }

    MemorySegment memory() {
        return buffer;
    }

    /** The number in the file of the page that comes next, or is being filled. */
    long page() {
        return (fileOffset + filled) / PAGE_LENGTH;
    }

    /** The offset in {@link #memory()} of the next page, all of whose bytes have that value. */
    long begin(byte value) {
        if (filled == buffer.byteSize()) {
            flush();
        }
        buffer.asSlice(filled, PAGE_LENGTH).fill(value);
        return filled;
    }

    /** Ends the page that was begun, under that checksum. */
    void end(PageChecksum checksum) {
        checksum.seal(buffer, filled, page());
        filled += PAGE_LENGTH;
    }

    /** Writes what is buffered. */
    void flush() {
        if (filled > 0) {
            file.write(buffer.asSlice(0, filled), fileOffset);
            budget.spend(filled);
            fileOffset += filled;
            filled = 0;
        }
    }
}
