package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A file's pages in a read-only mapping. Each page is checked when it is first read; a bit for each
 * remembers that. Two threads may both check a page: the answer is the same.
 *
 * <p>The system is not told that reads are random ({@code MADV_RANDOM}): Linux, from 6.3 on, would
 * take no notice of which pages are read, and let go of an index that every lookup needs before it
 * does of records that were read once.
 */
final class MappedPages implements PageAccess {

    private static final VarHandle BITS = MethodHandles.arrayElementVarHandle(long[].class);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final PageChecksum checksum;
    private final long[] checked;

    MappedPages(StorageFile file, PageChecksum checksum) {
        this.checksum = checksum;
        long length = file.length();
        checked = new long[Math.toIntExact(length / PAGE_LENGTH / Long.SIZE + 1)];
        memory = map(file, length);
    }

    private MemorySegment map(StorageFile file, long length) {
        boolean mapped = false;
        try {
            MemorySegment mapping = file.map(0, length, arena);
            mapped = true;
            return mapping;
        } finally {
            if (!mapped) {
                arena.close();
            }
        }
    }

    @Override
    public long fetch(long page) {
        int word = (int) (page >>> 6);
        if (((long) BITS.getOpaque(checked, word) >>> page & 1) == 0) {
            checksum.check(onHeap(page), 0, page);
            long ignored = (long) BITS.getAndBitwiseOr(checked, word, 1L << page);
        }
        return page;
    }

    /**
     * A page that the disk cannot give is an error when it is copied. To the JDK's loop that sums
     * it, it may be the end of the process.
     */
    private MemorySegment onHeap(long page) {
        byte[] bytes = new byte[PAGE_LENGTH];
        MemorySegment.copy(
                memory, ValueLayout.JAVA_BYTE, page * PAGE_LENGTH, bytes, 0, PAGE_LENGTH);
        return MemorySegment.ofArray(bytes);
    }

    @Override
    public long touch(long page, long offset) {
        boolean wasChecked = ((long) BITS.getOpaque(checked, (int) (page >>> 6)) >>> page & 1) != 0;
        return wasChecked ? memory.get(ValueLayout.JAVA_BYTE, page * PAGE_LENGTH + offset) : 0;
    }

    @Override
    public MemorySegment memory(long fetched) {
        return memory;
    }

    @Override
    public long offset(long fetched) {
        return fetched * PAGE_LENGTH;
    }

    @Override
    public boolean isCurrent(long fetched) {
        return true;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
