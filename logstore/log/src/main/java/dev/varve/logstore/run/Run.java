package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.HASH_BITS;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static dev.varve.logstore.format.RunHeaderDescriptor.FENCE_CRC_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.SEGMENTS_CRC_OFFSET;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An open run: finds the positions of records in its range of the log by the hash of their key.
 *
 * <p>For any thread, without locks, and without allocation but for what reading a page into a
 * {@link PageCache} takes. Closed by whoever opened it, once nobody reads it any more: a reader
 * that is inside gets an {@link IllegalStateException}.
 *
 * <p>Throws a {@link dev.varve.logstore.io.CorruptionException} for a damaged page and another
 * {@link dev.varve.logstore.io.StorageException} for one that cannot be read; "absent" is an answer
 * that sound pages gave.
 */
public final class Run implements AutoCloseable {

    /** What {@link #find} answers if there is no such record. */
    public static final long ABSENT = -1;

    private static final int DROPPED_BITS = Long.SIZE - HASH_BITS;

    /** Above every locator. */
    private static final long NO_LIMIT = EntryLayout.NO_LOCATOR;

    private final StorageFile file;
    private final Arena arena;
    private final RunHeader header;
    private final SegmentBases bases;
    private final Fence fence;
    private final CountedMemory work;
    private final PageAccess pages;
    private final EntryPages entryPages;
    private final @Nullable RunFilter filter;
    private final long start;
    private final long end;

    private Run(
            StorageFile file,
            Arena arena,
            RunHeader header,
            PageSource source,
            CountedMemory work) {
        this.file = file;
        this.arena = arena;
        this.work = work;
        this.header = header;
        RunGeometry geometry = header.geometry();
        start = header.identity().range().start();
        end = header.identity().range().end();
        bases = readBases();
        fence = readFence(arena);
        PageChecksum checksum = header.identity().pageChecksum();
        boolean filtered = geometry.filterLines() != 0;
        pages =
                source.pages(
                        file,
                        checksum,
                        filtered
                                ? FilterPieces.of(geometry.filterPage(), geometry.entryPage())
                                : FilterPieces.NONE);
        EntryLayout layout = new EntryLayout(geometry.entryWidth());
        entryPages = new EntryPages(pages, fence, layout, geometry.entryPage());
        filter = filtered ? new RunFilter(pages, geometry) : null;
    }

    /**
     * Opens a run in a file, which it closes, even if it cannot be opened.
     *
     * @param work counts the buffers of cursors and verifications
     */
    static Run open(
            StorageFile file, IndexFileIdentity identity, PageSource source, CountedMemory work) {
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            Run run = new Run(file, arena, RunHeader.read(file, identity), source, work);
            opened = true;
            return run;
        } finally {
            if (!opened) {
                arena.close();
                file.close();
            }
        }
    }

    private SegmentBases readBases() {
        RunGeometry geometry = header.geometry();
        MemorySegment list =
                MemorySegment.ofArray(new byte[Math.toIntExact(geometry.segmentsLength())]);
        file.read(list, geometry.segmentsOffset());
        if (PageChecksum.of(list, 0, list.byteSize()) != header.segmentsCrc()) {
            throw header.identity()
                    .damaged("checksum of the base positions is wrong", SEGMENTS_CRC_OFFSET);
        }
        SegmentBases decoded = SegmentBases.decode(list, geometry.segmentCount());
        if (!decoded.fit(range())) {
            throw header.identity()
                    .damaged("base positions are out of order", geometry.segmentsOffset());
        }
        return decoded;
    }

    private Fence readFence(Arena owner) {
        RunGeometry geometry = header.geometry();
        MemorySegment values = owner.allocate(geometry.fenceLength(), PAGE_LENGTH);
        file.read(values, geometry.fenceOffset());
        if (PageChecksum.of(values, 0, values.byteSize()) != header.fenceCrc()) {
            throw header.identity().damaged("checksum of the fence is wrong", FENCE_CRC_OFFSET);
        }
        Fence read = new Fence(values, geometry.entryPages());
        if (read.firstDescent() >= 0) {
            throw header.identity()
                    .damaged(
                            "the fence descends",
                            geometry.fenceOffset() + read.firstDescent() * Integer.BYTES);
        }
        return read;
    }

    // ---- looking for records ----

    /**
     * The highest position below {@code bound} of a record whose key may have that hash, or {@link
     * #ABSENT}. If the key turns out to be another one, the next candidate is found with its
     * position as the bound.
     *
     * @param hash the 64-bit hash of the key
     */
    public long find(long hash, long bound) {
        try {
            return findOnce(hash, bound);
        } catch (InternalError e) {
            throw askAgain(() -> findOnce(hash, bound), e);
        }
    }

    private long findOnce(long hash, long bound) {
        long keyHash = hash >>> DROPPED_BITS;
        if (bound <= start || filter != null && !filter.mayContain(keyHash)) {
            return ABSENT;
        }
        long locator = entryPages.find(keyHash, bound >= end ? NO_LIMIT : bases.limit(bound));
        return locator == EntryPages.ABSENT ? ABSENT : position(locator);
    }

    /**
     * Brings near what {@link #find} reads first for a hash.
     *
     * @return what is there, for the caller to make something of: else nothing would be read
     */
    public long touch(long hash) {
        try {
            return touchOnce(hash);
        } catch (InternalError e) {
            throw askAgain(() -> touchOnce(hash), e);
        }
    }

    private InternalError askAgain(LongSupplier question, InternalError first) {
        return header.identity().askAgain(file, fileLength(), question, first);
    }

    private long touchOnce(long hash) {
        long keyHash = hash >>> DROPPED_BITS;
        return filter == null ? entryPages.touch(keyHash) : filter.touch(keyHash);
    }

    private long position(long locator) {
        if (bases.has(locator)) {
            long position = bases.position(locator);
            if (position >= start && position < end) {
                return position;
            }
        }
        throw header.identity()
                .damaged(
                        "an entry names a place outside of the run's range: locator " + locator,
                        header.geometry().entryPage() * PAGE_LENGTH);
    }

    /**
     * All entries, read from the file past the cache and the mapping; to be closed. Every page is
     * checked as it is read; entries that are out of order are damage.
     */
    public RunCursor cursor() {
        return new RunCursor(file, header, bases, work);
    }

    /**
     * Reads the whole file again and compares its parts: checksums, order, counts, fence, filter.
     *
     * @throws CorruptionException at the first difference
     */
    public void verify() {
        RunGeometry geometry = header.geometry();
        RunHeader.read(file, header.identity());
        header.identity()
                .pageChecksum()
                .checkAll(file, geometry.filterPage(), geometry.entryPage(), work);
        try (Arena temporary = work.arena();
                RunCursor cursor = cursor()) {
            readBases();
            new RunVerification(header, readFence(temporary), filter).verify(cursor);
        } catch (InternalError e) {
            throw header.identity().unreadable(file, fileLength(), e);
        }
    }

    // ---- what it is ----

    public RunRange range() {
        return header.identity().range();
    }

    public long entries() {
        return header.entries();
    }

    public long tombstones() {
        return header.tombstones();
    }

    /** The base positions of the segments that hold the records. */
    public long[] segmentBases() {
        return bases.toArray();
    }

    public long fileLength() {
        return header.geometry().fileLength();
    }

    /** The error of a file that was cut off since it was opened; null if it was not. */
    public @Nullable StorageException cutOff(Throwable cause) {
        return CorruptionException.ifCutOff(file, fileLength(), cause);
    }

    /** Pages of entries. */
    public long entryPages() {
        return header.geometry().entryPages();
    }

    /** Bytes of an entry. */
    public int entryWidth() {
        return header.geometry().entryWidth();
    }

    /** Bytes of the file that the filter takes, 0 if there is none. */
    public long filterBytes() {
        return header.geometry().filterPages() * PAGE_LENGTH;
    }

    /** Whether hashes that are not in the run are mostly told by a filter. */
    public boolean hasFilter() {
        return filter != null;
    }

    /** Bytes of native memory that this run holds, a mapping and a cache not counted. */
    public long memoryBytes() {
        return header.geometry().fenceLength();
    }

    @Override
    public void close() {
        pages.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
        file.close();
    }
}
