package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.BASE_HASH_OFFSET;
import static dev.varve.logstore.format.EntryPageDescriptor.BASE_SHIFT;
import static dev.varve.logstore.format.EntryPageDescriptor.COUNT_OFFSET;
import static dev.varve.logstore.format.EntryPageDescriptor.LENGTH;
import static dev.varve.logstore.format.EntryPageDescriptor.RESERVED_OFFSET;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Writes one run into an open file, entry by entry: the filter and the entries as two streams, each
 * page once, then fence, base positions and header. Knows the highest number of entries from the
 * beginning, and so where everything goes.
 *
 * <p>For one thread. Nothing is forced; a run that was not finished has no header. Closed by
 * whoever made it, which frees the buffers and the fence, and does not close the file.
 */
final class RunWriter implements AutoCloseable {

    private static final long ENTRY_BUFFER = 1 << 20;
    private static final long FILTER_BUFFER = 1 << 18;

    private final Arena arena;
    private final StorageFile file;
    private final IndexFileIdentity identity;
    private final PageChecksum checksum;
    private final SegmentBases bases;
    private final long maxEntries;
    private final RunGeometry planned;
    private final EntryLayout layout;
    private final PageStream stream;
    private final @Nullable FilterWriter filter;
    private final MemorySegment fence;

    private long entries;
    private long tombstones;
    private long pages;

    /** The page being filled: its base, its end in the stream's memory, and its entries. */
    private long base;

    private long offset;
    private long page;
    private int count;

    private long lastHash = -1;
    private long lastLocator;

    RunWriter(
            StorageFile file,
            IndexFileIdentity identity,
            SegmentBases bases,
            long maxEntries,
            WriteMeans means) {
        this.arena = means.memory().arena();
        this.file = file;
        this.identity = identity;
        this.bases = bases;
        this.maxEntries = maxEntries;
        checksum = identity.pageChecksum();
        layout = EntryLayout.forEntries(maxEntries);
        long filterLines = means.filterLines(identity.range(), maxEntries);
        planned = plan(bases.count(), maxEntries, filterLines);
        long entriesOffset = planned.entryPage() * PAGE_LENGTH;
        stream = new PageStream(file, entriesOffset, ENTRY_BUFFER, means.bandwidth(), arena);
        fence = arena.allocate(planned.fenceLength(), Integer.BYTES);
        filter = planned.filterLines() == 0 ? null : openFilter(means.bandwidth());
    }

    private FilterWriter openFilter(BandwidthBudget budget) {
        long filterOffset = planned.filterPage() * PAGE_LENGTH;
        PageStream lines = new PageStream(file, filterOffset, FILTER_BUFFER, budget, arena);
        return new FilterWriter(lines, checksum, planned);
    }

    /** The run of that many entries as large as it can get. */
    private static RunGeometry plan(int segmentCount, long maxEntries, long filterLines) {
        EntryLayout layout = EntryLayout.forEntries(maxEntries);
        return new RunGeometry(
                segmentCount, filterLines, layout.maxPages(maxEntries), layout.width());
    }

    /**
     * Adds an entry.
     *
     * @throws IllegalArgumentException if it does not come behind the last one, or is one too many
     */
    void add(long keyHash, boolean tombstone, long locator) {
        requireNext(keyHash, locator);
        long tag = keyHash - base;
        if (count == layout.capacity() || count == 0 || tag > layout.maxTag()) {
            beginPage(keyHash);
            tag = keyHash - base;
        }
        layout.put(stream.memory(), offset, tag, EntryLayout.mark(locator, tombstone));
        offset += layout.width();
        count++;
        entries++;
        tombstones += tombstone ? 1 : 0;
        if (filter != null) {
            filter.add(keyHash);
        }
    }

    private void requireNext(long keyHash, long locator) {
        if (keyHash < lastHash || keyHash == lastHash && locator >= lastLocator) {
            throw new IllegalArgumentException(
                    "entry " + entries + " of hash " + Long.toHexString(keyHash)
                            + " does not come behind the one before it");
        }
        if (entries == maxEntries) {
            throw new IllegalArgumentException("more than " + maxEntries + " entries");
        }
        lastHash = keyHash;
        lastLocator = locator;
    }

    private void beginPage(long keyHash) {
        endPage();
        page = stream.begin((byte) 0xFF);
        offset = page + LENGTH;
        base = keyHash >>> BASE_SHIFT << BASE_SHIFT;
        fence.set(LittleEndian.INT, pages * Integer.BYTES, (int) Fence.of(keyHash));
        pages++;
    }

    private void endPage() {
        if (count > 0) {
            MemorySegment memory = stream.memory();
            memory.set(LittleEndian.LONG, page + BASE_HASH_OFFSET, base);
            memory.set(LittleEndian.INT, page + COUNT_OFFSET, count);
            memory.set(LittleEndian.INT, page + RESERVED_OFFSET, 0);
            stream.end(checksum);
            count = 0;
        }
    }

    /** Writes all that is left, the header last. The file has its length then. */
    void finish() {
        endPage();
        stream.flush();
        if (filter != null) {
            filter.finish();
        }
        RunGeometry geometry =
                new RunGeometry(
                        planned.segmentCount(),
                        planned.filterLines(),
                        pages,
                        planned.entryWidth());
        MemorySegment list = bases.encode(geometry.segmentsLength());
        file.write(list, geometry.segmentsOffset());
        file.write(fence.asSlice(0, geometry.fenceLength()), geometry.fenceOffset());
        RunHeader header =
                new RunHeader(
                        identity,
                        geometry,
                        entries,
                        tombstones,
                        PageChecksum.of(list, 0, list.byteSize()),
                        PageChecksum.of(fence, 0, geometry.fenceLength()));
        file.write(header.encode(), 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
