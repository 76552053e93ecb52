package dev.varve.bloom;

import static dev.varve.bloom.FilterShardDescriptor.PAGE_LENGTH;

import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory through which files of shards are read from begin to end, one after the other, by few
 * and long reads.
 *
 * <p>It is one huge page where there are such. A device that writes into it, past the page cache,
 * is told one address instead of one for each of 512 pages: virtual machines were seen to read
 * nearly three times as fast by that alone (docs/decisions/0031).
 *
 * <p>For one thread; closed by who made it.
 */
final class ReadBuffer implements AutoCloseable {

    /** The longest read. */
    private static final long CAPACITY = FilterMemory.HUGE_PAGE_LENGTH;

    /**
     * Of the first read, for a header and its table: as short as goes past the page cache. Through
     * it, a long one at the begin of a file lets the system put megabytes into single pages, and
     * read half as fast.
     */
    private static final long BEGIN_LENGTH = 64 << 10;

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;

    /** Which bytes of the file were read last, and are in the memory from its begin on. */
    private long start;

    private long end;

    /** Reads the begin of a file, to which later calls refer, and returns what there is of it. */
    MemorySegment begin(StorageFile file) {
        long length = file.length();
        take(Math.min(pages(length), CAPACITY));
        fill(file, 0, Math.min(length, BEGIN_LENGTH));
        return memory.asSlice(0, end);
    }

    /**
     * The bytes of a range of the file, which begins at a page; those that are not there are of any
     * content.
     *
     * @param length at most that of a chunk
     * @param left how much of the file is wanted from the offset on, in this call and later ones
     */
    MemorySegment bytes(StorageFile file, long offset, long length, long left) {
        if (!holds(offset, length)) {
            fill(file, offset, Math.min(left, CAPACITY));
        }
        return memory.asSlice(offset - start, length);
    }

    /** Whether all bytes of the range were there. */
    boolean holds(long offset, long length) {
        return offset >= start && offset + length <= end;
    }

    /** Whole pages, for reads past the cache; the last one may be longer than the file. */
    private void fill(StorageFile file, long offset, long length) {
        take(pages(length));
        start = offset;
        end = offset + file.read(memory.asSlice(0, pages(length)), offset);
    }

    private void take(long length) {
        if (memory.byteSize() < length) {
            arena.close();
            arena = Arena.ofShared();
            memory = FilterMemory.best().allocate(length, arena);
        }
    }

    private static long pages(long length) {
        return (length + PAGE_LENGTH - 1) / PAGE_LENGTH * PAGE_LENGTH;
    }

    @Override
    public void close() {
        arena.close();
    }
}
