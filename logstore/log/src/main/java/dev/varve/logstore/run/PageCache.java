package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bounded number of pages of index files in native memory, shared by all runs of a store where
 * files are not mapped.
 *
 * <p>Frames are in sets of eight; a page can be in any frame of the one set that its file and number
 * lead to. A frame has a version, odd while a page is read into it. A reader that finds its page
 * notes the version, reads without a lock, and looks at the version again: if it is another one, the
 * bytes may have changed under it, and it starts again (Lameter's sequence locks). That it starts
 * again means that another thread has read a page: somebody always gets on. Whoever needs a page
 * that is not there locks a stripe of sets and reads the page into a frame that was not used since
 * the hand of the set's clock came by (Corbató's CLOCK, on eight frames). The page's checksum is
 * verified every time that it is read.
 *
 * <p>For any thread. Whoever made it closes it, behind the last run that uses it.
 */
public final class PageCache implements AutoCloseable {

    /** The frames of a set: their keys fill a line of the processor's cache. */
    static final int WAYS = 8;

    /** The fewest bytes that make sense: one set. */
    public static final long MIN_BYTES = (long) WAYS * PAGE_LENGTH;

    private static final int VERSION_BITS = 40;
    private static final long VERSION_MASK = (1L << VERSION_BITS) - 1;
    private static final long MAX_FRAMES = 1L << Long.SIZE - VERSION_BITS - 1;
    private static final int MAX_STRIPES = 1_024;
    private static final int LINE = 64;
    private static final long ABSENT = -1;

    /** 2^64 divided by the golden ratio. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment frames;

    /** For each frame, the page in it: number of the file and of the page. 0: none. */
    private final MemorySegment keys;

    private final MemorySegment versions;

    /** For each frame 1 if it was used since the hand came by. */
    private final MemorySegment used;

    /** For each set the way that its hand points at; guarded by the set's stripe. */
    private final MemorySegment hands;

    private final long setMask;
    private final Object[] stripes;
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong loads = new AtomicLong();

    /**
     * A cache of at most {@code bytes} bytes of pages; the number of frames is a power of two. All
     * of it is allocated at once, and a third of a percent more.
     */
    public PageCache(long bytes) {
        if (bytes < MIN_BYTES || bytes / PAGE_LENGTH > MAX_FRAMES) {
            throw new IllegalArgumentException(
                    "a page cache of " + bytes + " bytes, not of " + MIN_BYTES + " to "
                            + MAX_FRAMES * PAGE_LENGTH);
        }
        long count = Long.highestOneBit(bytes / PAGE_LENGTH);
        long sets = count / WAYS;
        frames = arena.allocate(count * PAGE_LENGTH, PAGE_LENGTH);
        keys = arena.allocate(count * Long.BYTES, LINE);
        versions = arena.allocate(count * Long.BYTES, LINE);
        used = arena.allocate(count, LINE);
        hands = arena.allocate(sets, LINE);
        setMask = sets - 1;
        stripes = new Object[(int) Math.min(sets, MAX_STRIPES)];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new Object();
        }
    }

    /** The pages of a file, through this cache. */
    PageAccess pages(StorageFile file, PageChecksum checksum) {
        return new CachedPages(this, file, checksum, files.incrementAndGet());
    }

    /** Bytes of native memory held. */
    public long memoryBytes() {
        return frames.byteSize() + keys.byteSize() + versions.byteSize() + used.byteSize()
                + hands.byteSize();
    }

    /** How many pages were read into this cache. */
    public long loads() {
        return loads.get();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    // ---- what the pages of a file need ----

    MemorySegment memory() {
        return frames;
    }

    /** Where the page of that key is: its frame, and the frame's version; read if it is not there. */
    long fetch(long key, CachedPages pages) {
        long set = (key * SPREAD >>> 32) & setMask;
        long fetched = find(set, key);
        return fetched != ABSENT ? fetched : load(set, key, pages);
    }

    static long offset(long fetched) {
        return (fetched >>> VERSION_BITS) * PAGE_LENGTH;
    }

    boolean isCurrent(long fetched) {
        VarHandle.loadLoadFence(); // what was read of the page was read before the version is
        return (version(fetched >>> VERSION_BITS) & VERSION_MASK) == (fetched & VERSION_MASK);
    }

    private long version(long frame) {
        return (long) WORD.getAcquire(versions, frame * Long.BYTES);
    }

    private long key(long frame) {
        return (long) WORD.getAcquire(keys, frame * Long.BYTES);
    }

    private long find(long set, long key) {
        long first = set * WAYS;
        for (long frame = first; frame < first + WAYS; frame++) {
            if (key(frame) == key) {
                long version = version(frame);
                // Once more, behind the version: the frame may have got another page in between.
                if ((version & 1) == 0 && key(frame) == key) {
                    touch(frame);
                    return frame << VERSION_BITS | version & VERSION_MASK;
                }
            }
        }
        return ABSENT;
    }

    /** Writes only what changes something: the line is shared by all readers. */
    private void touch(long frame) {
        if (used.get(JAVA_BYTE, frame) == 0) {
            used.set(JAVA_BYTE, frame, (byte) 1);
        }
    }

    private long load(long set, long key, CachedPages pages) {
        synchronized (stripes[(int) (set % stripes.length)]) {
            long fetched = find(set, key);
            return fetched != ABSENT ? fetched : load(victim(set), set, key, pages);
        }
    }

    private long load(long frame, long set, long key, CachedPages pages) {
        long version = version(frame);
        WORD.setRelease(versions, frame * Long.BYTES, version + 1);
        VarHandle.fullFence(); // the version is odd before anything else of the frame changes
        WORD.setRelease(keys, frame * Long.BYTES, 0L);
        boolean whole = false;
        try {
            pages.read(key, frames, frame * PAGE_LENGTH);
            loads.incrementAndGet();
            whole = true;
        } finally {
            if (whole) {
                WORD.setRelease(keys, frame * Long.BYTES, key);
            }
            WORD.setRelease(versions, frame * Long.BYTES, version + 2);
        }
        used.set(JAVA_BYTE, frame, (byte) 1);
        hands.set(JAVA_BYTE, set, (byte) ((frame + 1) % WAYS));
        return frame << VERSION_BITS | version + 2 & VERSION_MASK;
    }

    /** The frame that the hand stops at, having taken the marks of those it passed. */
    private long victim(long set) {
        long hand = hands.get(JAVA_BYTE, set);
        for (int passed = 0; passed < WAYS; passed++) {
            long frame = set * WAYS + (hand + passed) % WAYS;
            if (used.get(JAVA_BYTE, frame) == 0) {
                return frame;
            }
            used.set(JAVA_BYTE, frame, (byte) 0);
        }
        return set * WAYS + hand;
    }

    /** The pages of one file in a {@link PageCache}. */
    static final class CachedPages implements PageAccess {

        private static final int PAGE_BITS = 32;

        private final PageCache cache;
        private final StorageFile file;
        private final PageChecksum checksum;
        private final long fileKey;

        CachedPages(PageCache cache, StorageFile file, PageChecksum checksum, long number) {
            this.cache = cache;
            this.file = file;
            this.checksum = checksum;
            fileKey = number << PAGE_BITS;
        }

        @Override
        public long fetch(long page) {
            return cache.fetch(fileKey | page, this);
        }

        @Override
        public MemorySegment memory() {
            return cache.memory();
        }

        @Override
        public long offset(long fetched) {
            return PageCache.offset(fetched);
        }

        @Override
        public boolean isCurrent(long fetched) {
            return cache.isCurrent(fetched);
        }

        /** Nothing: frames of a file that nobody asks for are taken for others. */
        @Override
        public void close() {}

        private void read(long key, MemorySegment memory, long offset) {
            long page = key & (1L << PAGE_BITS) - 1;
            int read = file.read(memory.asSlice(offset, PAGE_LENGTH), page * PAGE_LENGTH);
            if (read < PAGE_LENGTH) {
                throw checksum.damaged("the file ends inside of a page", page);
            }
            checksum.check(memory, offset, page);
        }
    }
}
