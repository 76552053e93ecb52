package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file's pages: in a {@link PageCache} as long as reading them waits for a disk, in a mapping
 * once they come from memory, as {@link Warmth} tells. A mapping of a warm file saves the cache's
 * copy and its look-up; one of a cold file would read megabytes for a page.
 *
 * <p>For any thread. The mapping, once made, lives as long as the pages.
 */
final class WarmPages implements PageAccess {

    /** Set in what {@link #fetch} gives for a page of the mapping. */
    private static final long MAPPED = 1L << 63;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final StorageFile file;
    private final PageChecksum checksum;
    private final PageAccess cached;
    private final Warmth warmth;
    private volatile @Nullable MappedPages mapped;

    // Under the monitor.
    private boolean refused;

    /**
     * @param cached takes a sample whenever it reads a page
     */
    WarmPages(StorageFile file, PageChecksum checksum, PageAccess cached, Warmth warmth) {
        this.file = file;
        this.checksum = checksum;
        this.cached = cached;
        this.warmth = warmth;
    }

    @Override
    public long fetch(long page) {
        if (!warmth.isWarm()) {
            return cached.fetch(page);
        }
        MappedPages pages = mapped;
        if (pages == null) {
            pages = map();
            if (pages == null) {
                return cached.fetch(page);
            }
        }
        if (isTimed(page)) {
            sample(pages.memory(page), page * PAGE_LENGTH);
        }
        return MAPPED | pages.fetch(page);
    }

    /**
     * Nothing where reading the page may wait for a disk. Nor of a page whose reads are timed: that
     * it has to be waited for would not be seen, and a file that went cold count as warm for ever.
     */
    @Override
    public long touch(long page, long offset) {
        MappedPages pages = mapped;
        return pages == null || !warmth.isWarm() || isTimed(page) ? 0 : pages.touch(page, offset);
    }

    /** By the page and not by a count: no line of memory that all readers would write to. */
    private static boolean isTimed(long page) {
        return (page & Warmth.MAPPED_READS_PER_SAMPLE - 1) == 0;
    }

    private void sample(MemorySegment memory, long offset) {
        long started = System.nanoTime();
        // Opaque: the compiler must not leave it out.
        int ignored = (int) INT.getOpaque(memory, offset);
        warmth.sample(System.nanoTime() - started);
    }

    private synchronized @Nullable MappedPages map() {
        if (mapped == null && !refused) {
            try {
                mapped = new MappedPages(file, checksum);
            } catch (StorageException e) {
                // The system gives none: then the cache has to do.
                refused = true;
            }
        }
        return mapped;
    }

    @Override
    public MemorySegment memory(long fetched) {
        return of(fetched).memory(fetched & ~MAPPED);
    }

    @Override
    public long offset(long fetched) {
        return of(fetched).offset(fetched & ~MAPPED);
    }

    @Override
    public boolean isCurrent(long fetched) {
        return of(fetched).isCurrent(fetched & ~MAPPED);
    }

    private PageAccess of(long fetched) {
        return fetched < 0 ? Objects.requireNonNull(mapped) : cached;
    }

    @Override
    public synchronized void close() {
        refused = true;
        try (cached) {
            MappedPages pages = mapped;
            if (pages != null) {
                pages.close();
            }
        }
    }
}
