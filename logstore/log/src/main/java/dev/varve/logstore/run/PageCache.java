package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded number of pages of index files in native memory, shared by all runs of a store where
 * files are not mapped.
 *
 * <p>Frames are in sets of eight; a page can be in any frame of the one set that its file and
 * number lead to. A frame has a version, odd while a page is read into it. A reader that finds its
 * page notes the version, reads without a lock, and looks at the version again: if it is another
 * one, the bytes may have changed under it, and it starts again (Lameter's sequence locks). That it
 * starts again means that another thread has read a page: somebody always gets on. Whoever needs a
 * page that is not there locks a stripe of sets and reads the page into a frame that was not used
 * since the hand of the set's clock came by (Corbato's CLOCK, on eight frames). The page's checksum
 * is verified every time that it is read.
 *
 * <p>For any thread. Whoever made it closes it, behind the last run that uses it.
 */
public final class PageCache implements AutoCloseable {

    /** The frames of a set: their keys fill a line of the processor's cache. */
    static final int WAYS = 8;

    /** The fewest bytes that make sense: one set. */
    public static final long MIN_BYTES = (long) WAYS * PAGE_LENGTH;

    private static final int VERSION_BITS = Integer.SIZE;
    private static final long MAX_FRAMES = 1L << Integer.SIZE - 2;

    /** The most bytes that a cache can be asked for: 4 TiB. */
    public static final long MAX_BYTES = MAX_FRAMES * PAGE_LENGTH;
    private static final int MAX_STRIPES = 1_024;
    private static final int PIECE_FRAMES = 64;

    /** Offsets in what is kept of a set. */
    private static final int KEYS = 0;

    private static final int VERSIONS = KEYS + WAYS * Long.BYTES;
    private static final int USED = VERSIONS + WAYS * Integer.BYTES;
    private static final int HAND = USED + WAYS;
    private static final int SET_LENGTH = 128;

    private static final long ABSENT = -1;

    private static final long PIECE_BYTES = (long) FilterPieces.PAGES * PAGE_LENGTH;

    /** In a cache of fewer pieces than that, one would take the place of much that is needed. */
    private static final int MIN_PIECES = 16;

    /** 2^64 divided by the golden ratio. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final VarHandle KEY = JAVA_LONG.varHandle();
    private static final VarHandle VERSION = JAVA_INT.varHandle();

    private final Arena arena = Arena.ofShared();
    /** Of {@link #PIECE_FRAMES} frames each; null as long as no page was read into it. */
    private final @Nullable MemorySegment[] pieces;


    /**
     * For each set two lines of the processor's cache: for each frame the key of the page in it, 0
     * if there is none; for each frame its version; for each frame a byte, 1 if it was used since
     * the hand came by; a byte, the way that the hand points at, guarded by the set's stripe.
     */
    private final MemorySegment sets;

    private final long setMask;
    private final Object[] stripes;
    private final ReentrantLock pieceLock = new ReentrantLock();

    /** What a piece is read into; made when the first one is, used under {@link #pieceLock}. */
    private volatile @Nullable MemorySegment pieceBuffer;

    private final AtomicLong files = new AtomicLong();
    private final AtomicLong loads = new AtomicLong();

    /**
     * A cache of at most {@code bytes} bytes of pages, and four thousandths more, and 256 KiB once
     * a filter was read from a disk; the number of frames is a power of two. The memory is taken
     * when it is first needed, in pieces of 64 frames: to zero all of it would take longer than a
     * store may take to open.
     */
    public PageCache(long bytes) {
        if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a page cache of " + bytes + " bytes, not of " + MIN_BYTES + " to "
                            + MAX_BYTES);
        }
        long count = Long.highestOneBit(bytes / PAGE_LENGTH);
        long setCount = count / WAYS;
        pieces = new MemorySegment[(int) ((count + PIECE_FRAMES - 1) / PIECE_FRAMES)];
        sets = arena.allocate(setCount * SET_LENGTH, SET_LENGTH);
        setMask = setCount - 1;
        stripes = new Object[(int) Math.min(setCount, MAX_STRIPES)];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new Object();
        }
    }

    /** The pages of a file, through this cache. */
    PageAccess pages(StorageFile file, PageChecksum checksum, FilterPieces filter) {
        return pages(file, checksum, filter, new Warmth());
    }

    /** The pages of a file, through this cache as long as it is not warm. */
    PageAccess pagesUntilWarm(StorageFile file, PageChecksum checksum, FilterPieces filter) {
        Warmth warmth = new Warmth();
        return new WarmPages(file, checksum, pages(file, checksum, filter, warmth), warmth);
    }

    private PageAccess pages(
            StorageFile file, PageChecksum checksum, FilterPieces filter, Warmth warmth) {
        boolean large = (setMask + 1) * WAYS >= (long) MIN_PIECES * FilterPieces.PAGES;
        FilterPieces pieces = large ? filter : FilterPieces.NONE;
        return new CachedPages(this, file, checksum, pieces, warmth);
    }

    /** Bytes of native memory held. */
    public long memoryBytes() {
        MemorySegment buffer = pieceBuffer;
        long bytes = sets.byteSize() + (buffer == null ? 0 : buffer.byteSize());
        synchronized (pieces) {
            for (MemorySegment piece : pieces) {
                bytes += piece == null ? 0 : piece.byteSize();
            }
        }
        return bytes;
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

    /** The piece that a frame is in; there is one if a page was read into it. */
    private MemorySegment memory(long fetched) {
        return Objects.requireNonNull(pieces[(int) (fetched >>> VERSION_BITS) / PIECE_FRAMES]);
    }

    private MemorySegment pieceFor(long frame) {
        int index = (int) (frame / PIECE_FRAMES);
        synchronized (pieces) {
            MemorySegment piece = pieces[index];
            if (piece == null) {
                long count = Math.min(PIECE_FRAMES, (setMask + 1) * WAYS);
                piece = arena.allocate(count * PAGE_LENGTH, PAGE_LENGTH);
                pieces[index] = piece;
            }
            return piece;
        }
    }

    /**
     * Where the page of that key is: its frame, and the frame's version; read if it is not there.
     */
    long fetch(long key, CachedPages pages) {
        long set = set(key);
        long fetched = find(set, key);
        if (fetched == ABSENT) {
            pages.readPiece(key);
            fetched = load(set, key, pages);
            pages.readPiece(key); // it had to be waited for, though reads before it had not
        }
        return fetched;
    }

    private long set(long key) {
        return (key * SPREAD >>> 32) & setMask;
    }

    /**
     * Does something with memory for a piece of a filter, unless another thread has it: that one
     * reads another piece, and nobody waits for it.
     */
    private void withPieceBuffer(Consumer<MemorySegment> work) {
        if (pieceLock.tryLock()) {
            try {
                MemorySegment buffer = pieceBuffer;
                if (buffer == null) {
                    buffer = arena.allocate(PIECE_BYTES, PAGE_LENGTH);
                    pieceBuffer = buffer;
                }
                work.accept(buffer);
            } finally {
                pieceLock.unlock();
            }
        }
    }

    /** Copies a page that was read and checked to a frame, unless it is in one. */
    private void put(long key, MemorySegment source, long offset) {
        long set = set(key);
        synchronized (stripe(set)) {
            if (find(set, key) == ABSENT) {
                long ignored =
                        fill(
                                set,
                                key,
                                (memory, at) ->
                                        MemorySegment.copy(
                                                source, offset, memory, at, PAGE_LENGTH));
            }
        }
    }

    static long offset(long fetched) {
        return offsetOf(fetched >>> VERSION_BITS);
    }

    private static long offsetOf(long frame) {
        return frame % PIECE_FRAMES * PAGE_LENGTH;
    }

    boolean isCurrent(long fetched) {
        VarHandle.loadLoadFence(); // what was read of the page was read before the version is
        return version(fetched >>> VERSION_BITS) == (int) fetched;
    }

    private int version(long frame) {
        return (int) VERSION.getAcquire(sets, versionOffset(frame));
    }

    private static long versionOffset(long frame) {
        return frame / WAYS * SET_LENGTH + VERSIONS + frame % WAYS * Integer.BYTES;
    }

    private long find(long set, long key) {
        long first = set * SET_LENGTH;
        for (int way = 0; way < WAYS; way++) {
            long keyOffset = first + KEYS + way * (long) Long.BYTES;
            if ((long) KEY.getAcquire(sets, keyOffset) == key) {
                long frame = set * WAYS + way;
                int version = version(frame);
                // Once more, behind the version: the frame may have got another page in between.
                if ((version & 1) == 0 && (long) KEY.getAcquire(sets, keyOffset) == key) {
                    touch(first + USED + way);
                    return fetched(frame, version);
                }
            }
        }
        return ABSENT;
    }

    private static long fetched(long frame, int version) {
        return frame << VERSION_BITS | Integer.toUnsignedLong(version);
    }

    /** Writes only what changes something: the line is shared by all readers. */
    private void touch(long offset) {
        if (sets.get(JAVA_BYTE, offset) == 0) {
            sets.set(JAVA_BYTE, offset, (byte) 1);
        }
    }

    private long load(long set, long key, CachedPages pages) {
        synchronized (stripe(set)) {
            long fetched = find(set, key);
            if (fetched == ABSENT) {
                fetched = fill(set, key, (memory, offset) -> pages.read(key, memory, offset));
            }
            return fetched;
        }
    }

    private Object stripe(long set) {
        return stripes[(int) (set % stripes.length)];
    }

    /** Writes the bytes of a page to where they are wanted. */
    private interface Filling {
        void into(MemorySegment memory, long offset);
    }

    /**
     * Gives a page a frame. It is not marked as used before it is asked for again: of entries most
     * pages never are, of filters all, and these would else give way to those.
     */
    private long fill(long set, long key, Filling filling) {
        int way = victim(set);
        long frame = set * WAYS + way;
        long keyOffset = set * SET_LENGTH + KEYS + way * (long) Long.BYTES;
        MemorySegment piece = pieceFor(frame);
        int version = version(frame);
        VERSION.setRelease(sets, versionOffset(frame), version + 1);
        VarHandle.fullFence(); // the version is odd before anything else of the frame changes
        KEY.setRelease(sets, keyOffset, 0L);
        boolean whole = false;
        try {
            filling.into(piece, offsetOf(frame));
            whole = true;
        } finally {
            if (whole) {
                KEY.setRelease(sets, keyOffset, key);
            }
            VERSION.setRelease(sets, versionOffset(frame), version + 2);
        }
        loads.incrementAndGet();
        sets.set(JAVA_BYTE, set * SET_LENGTH + HAND, (byte) ((way + 1) % WAYS));
        return fetched(frame, version + 2);
    }

    /** The way that the hand stops at, having taken the marks of those it passed. */
    private int victim(long set) {
        long first = set * SET_LENGTH;
        int hand = sets.get(JAVA_BYTE, first + HAND);
        for (int passed = 0; passed < WAYS; passed++) {
            int way = (hand + passed) % WAYS;
            if (sets.get(JAVA_BYTE, first + USED + way) == 0) {
                return way;
            }
            sets.set(JAVA_BYTE, first + USED + way, (byte) 0);
        }
        return hand;
    }

    /** The pages of one file in a {@link PageCache}. */
    static final class CachedPages implements PageAccess {

        private static final int PAGE_BITS = 32;

        private final PageCache cache;
        private final StorageFile file;
        private final PageChecksum checksum;
        private final FilterPieces filter;
        private final Warmth warmth;
        private final long fileKey;

        /**
         * @param warmth is told how long each read took
         */
        CachedPages(
                PageCache cache,
                StorageFile file,
                PageChecksum checksum,
                FilterPieces filter,
                Warmth warmth) {
            this.cache = cache;
            this.file = file;
            this.checksum = checksum;
            this.filter = filter;
            this.warmth = warmth;
            fileKey = cache.files.incrementAndGet() << PAGE_BITS;
        }

        @Override
        public long fetch(long page) {
            return cache.fetch(fileKey | page, this);
        }

        @Override
        public MemorySegment memory(long fetched) {
            return cache.memory(fetched);
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

        private static long page(long key) {
            return key & (1L << PAGE_BITS) - 1;
        }

        /** Reads the piece of the filter that the page is of, once, if that waits for a disk. */
        private void readPiece(long key) {
            long page = page(key);
            if (filter.isUnread(page) && warmth.isCold()) {
                cache.withPieceBuffer(buffer -> readPiece(page, buffer));
            }
        }

        private void readPiece(long page, MemorySegment buffer) {
            if (!filter.take(page)) {
                return;
            }
            long first = filter.first(page);
            int count = (int) (filter.end(page) - first);
            long started = System.nanoTime();
            int read;
            try {
                read = file.read(
                        buffer.asSlice(0, (long) count * PAGE_LENGTH), first * PAGE_LENGTH);
            } catch (StorageException e) {
                return; // perhaps for a page that need not be read; who reads it is told
            }
            warmth.sample(System.nanoTime() - started, count);
            for (int i = 0; i < read / PAGE_LENGTH; i++) {
                long offset = (long) i * PAGE_LENGTH;
                if (checksum.isSound(buffer, offset, first + i)) {
                    cache.put(fileKey | first + i, buffer, offset);
                }
            }
        }

        private void read(long key, MemorySegment memory, long offset) {
            long page = page(key);
            long started = System.nanoTime();
            int read = file.read(memory.asSlice(offset, PAGE_LENGTH), page * PAGE_LENGTH);
            warmth.sample(System.nanoTime() - started);
            if (read < PAGE_LENGTH) {
                throw checksum.damaged("the file ends inside of a page", page);
            }
            checksum.check(memory, offset, page);
        }
    }
}
