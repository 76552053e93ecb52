package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.BASE_HASH_OFFSET;
import static dev.varve.logstore.format.EntryPageDescriptor.BASE_SHIFT;
import static dev.varve.logstore.format.EntryPageDescriptor.COUNT_OFFSET;
import static dev.varve.logstore.format.EntryPageDescriptor.HASH_BITS;
import static dev.varve.logstore.format.EntryPageDescriptor.LENGTH;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * All entries of a run in their order, read in pieces of 256 KiB.
 *
 * <p>For one thread; closed by whoever asked for it, before the run is. Everything that it returns
 * has been checked: the page's checksum and header, the order, the bounds of the locator. Anything
 * wrong is a {@link dev.varve.logstore.io.CorruptionException}.
 */
public final class RunCursor implements EntryCursor, AutoCloseable {

    private static final long BUFFER = 1 << 18;
    private static final long HASH_LIMIT = 1L << HASH_BITS;

    private final Arena arena;
    private final MemorySegment buffer;
    private final StorageFile file;
    private final PageChecksum checksum;
    private final SegmentBases bases;
    private final RunRange range;
    private final EntryLayout layout;
    private final long endPage;

    /** The page that comes next, and the pages in the buffer. */
    private long nextPage;

    private long bufferedFrom;
    private long bufferedTo;

    private long base;
    private long offset;
    private int left;
    private long keyHash = -1;
    private long locator;
    private boolean tombstone;

    RunCursor(StorageFile file, RunHeader header, SegmentBases bases, CountedMemory memory) {
        arena = memory.arena();
        buffer = arena.allocate(BUFFER, PAGE_LENGTH);
        this.file = file;
        this.bases = bases;
        range = header.identity().range();
        checksum = header.identity().pageChecksum();
        layout = new EntryLayout(header.geometry().entryWidth());
        nextPage = header.geometry().entryPage();
        bufferedFrom = nextPage;
        bufferedTo = nextPage;
        endPage = nextPage + header.geometry().entryPages();
    }

    @Override
    public boolean next() {
        if (left == 0) {
            if (nextPage == endPage) {
                return false;
            }
            beginPage();
        }
        long previousHash = keyHash;
        long previousLocator = locator;
        long tag = layout.tag(buffer, offset);
        keyHash = base + tag;
        locator = EntryLayout.locator(buffer, offset);
        tombstone = EntryLayout.tombstone(buffer, offset);
        offset += layout.width();
        left--;
        boolean inOrder =
                keyHash > previousHash || keyHash == previousHash && locator < previousLocator;
        if (!inOrder || tag > layout.maxTag() || keyHash >= HASH_LIMIT) {
            throw damaged("entries are out of order");
        }
        requireInRange();
        return true;
    }

    private void requireInRange() {
        if (!bases.has(locator) || position() < range.start() || position() >= range.end()) {
            throw damaged("an entry names a place outside of the run's range");
        }
    }

    private void beginPage() {
        if (nextPage == bufferedTo) {
            fill();
        }
        long at = (nextPage - bufferedFrom) * PAGE_LENGTH;
        checksum.check(buffer, at, nextPage);
        nextPage++;
        base = buffer.get(LittleEndian.LONG, at + BASE_HASH_OFFSET);
        left = buffer.get(LittleEndian.INT, at + COUNT_OFFSET);
        offset = at + LENGTH;
        if (left < 1 || left > layout.capacity()) {
            throw damaged("a page of " + left + " entries");
        }
        if (base < 0 || base >= HASH_LIMIT || base >>> BASE_SHIFT << BASE_SHIFT != base) {
            throw damaged("a page of base hash " + base);
        }
    }

    private void fill() {
        long length = Math.min(BUFFER, (endPage - nextPage) * PAGE_LENGTH);
        int read = file.read(buffer.asSlice(0, length), nextPage * PAGE_LENGTH);
        if (read < length) {
            throw checksum.damaged("the file ends", nextPage + read / PAGE_LENGTH);
        }
        bufferedFrom = nextPage;
        bufferedTo = nextPage + length / PAGE_LENGTH;
    }

    private RuntimeException damaged(String what) {
        return checksum.damaged(what, nextPage - 1);
    }

    @Override
    public long hash() {
        return keyHash << Long.SIZE - HASH_BITS;
    }

    @Override
    public boolean tombstone() {
        return tombstone;
    }

    @Override
    public long position() {
        return bases.position(locator);
    }

    /** The leading 44 bits of the hash, as a number. */
    long keyHash() {
        return keyHash;
    }

    /** The locator by the slots of this run. */
    long locator() {
        return locator;
    }

    /** The number among the pages of entries of the page that the entry is in. */
    long entryPage(RunGeometry geometry) {
        return nextPage - 1 - geometry.entryPage();
    }

    /** The key hash that the tags of that page are relative to. */
    long base() {
        return base;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
