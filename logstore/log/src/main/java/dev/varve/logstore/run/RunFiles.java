package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.HASH_BITS;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The runs of one store: writes, opens and merges them.
 *
 * <p>A run is written under a temporary name, forced and renamed. The new name is durable after the
 * caller's {@link Storage#forceDirectory}; until then, and until the caller's manifest names it, it
 * is an orphan. After a failure the name is not there, and the temporary file is empty; it may be
 * written again.
 *
 * <p>For any thread, except that one run is written by one thread. Nothing to close; storage and
 * cache are the caller's. Throws {@link dev.varve.logstore.io.StorageException}s.
 */
public final class RunFiles {

    private static final int DROPPED_BITS = Long.SIZE - HASH_BITS;

    private final Storage storage;
    private final long storeIdHigh;
    private final long storeIdLow;
    private final PageSource source;
    private final WriteMeans means;

    RunFiles(
            Storage storage,
            long storeIdHigh,
            long storeIdLow,
            PageSource source,
            WriteMeans means) {
        this.storage = storage;
        this.storeIdHigh = storeIdHigh;
        this.storeIdLow = storeIdLow;
        this.source = source;
        this.means = means;
    }

    /** Runs that are read by positional reads into that cache. */
    public static RunFiles cached(
            Storage storage, long storeIdHigh, long storeIdLow, PageCache cache) {
        return new RunFiles(
                storage, storeIdHigh, storeIdLow, cache::pages, WriteMeans.unlimited());
    }

    /** Runs that are read into that cache until they are warm, and then through mappings. */
    public static RunFiles cachedUntilWarm(
            Storage storage, long storeIdHigh, long storeIdLow, PageCache cache) {
        return new RunFiles(
                storage, storeIdHigh, storeIdLow, cache::pagesUntilWarm, WriteMeans.unlimited());
    }

    /** The same files, written no faster than the budget allows. */
    public RunFiles within(BandwidthBudget newBudget) {
        return new RunFiles(
                storage, storeIdHigh, storeIdLow, source, means.within(newBudget));
    }

    /**
     * The same files; what is written has a filter also if it starts at position 0: 1.27 bytes an
     * entry, for which an absent key costs no look at an entry.
     */
    public RunFiles filteringAll() {
        return new RunFiles(storage, storeIdHigh, storeIdLow, source, means.filteringAll());
    }

    /** Native memory that writing, merging and verifying take at the moment. */
    public long workBytes() {
        return means.memory().bytes();
    }

    /**
     * Opens a run. Reads its header, its base positions and its fence, nothing else.
     *
     * @throws dev.varve.logstore.io.StorageException if it is not there, damaged, or of another
     *     store
     */
    public Run open(RunRange range) {
        StorageFile file = storage.open(range.runName(), Storage.Access.READ);
        return Run.open(file, identity(range, range.runName()), source, means.memory());
    }

    /**
     * Writes a run. See the class comment for what is durable then.
     *
     * @param segmentBases base positions of the segments that the range has a part of, ascending
     * @param maxEntries at least as many as there are entries; a close bound makes a better run
     * @throws IllegalArgumentException if the entries are not in order or not in the range
     */
    public void write(
            RunRange range, long[] segmentBases, long maxEntries, EntryCursor entries) {
        SegmentBases bases = SegmentBases.of(range, segmentBases);
        write(range, bases, maxEntries, writer -> addAll(range, bases, entries, writer));
    }

    private static void addAll(
            RunRange range, SegmentBases bases, EntryCursor entries, RunWriter writer) {
        int slot = 0;
        while (entries.next()) {
            long position = entries.position();
            if (position < range.start() || position >= range.end()) {
                throw new IllegalArgumentException(
                        "position " + position + " is not in " + range);
            }
            if (!bases.isIn(slot, position)) {
                slot = bases.slot(position);
            }
            writer.add(
                    entries.hash() >>> DROPPED_BITS,
                    entries.tombstone(),
                    bases.locator(slot, position));
        }
    }

    /**
     * Merges runs into one that has all of their entries. See the class comment for what is durable
     * then; the merged runs stay as they are.
     *
     * @param runs neighbours, oldest first, at least two
     * @return the range of the new run
     * @throws dev.varve.logstore.io.CorruptionException if one of them is damaged
     */
    public RunRange merge(List<Run> runs) {
        return merge(runs, () -> false);
    }

    /**
     * As {@link #merge(List)}.
     *
     * @param stopped asked now and then; once it holds, the merge ends in a {@link
     *     dev.varve.logstore.io.StorageClosedException}
     */
    public RunRange merge(List<Run> runs, BooleanSupplier stopped) {
        MergedEntries.requireNeighbours(runs);
        long start = runs.getFirst().range().start();
        RunRange range = new RunRange(start, runs.getLast().range().end());
        try (MergedEntries merged = new MergedEntries(runs)) {
            SegmentBases bases = SegmentBases.of(range, merged.segmentBases());
            write(range, bases, merged.count(), writer -> merged.addAll(writer, stopped));
        }
        return range;
    }

    private void write(
            RunRange range, SegmentBases bases, long maxEntries, Consumer<RunWriter> entries) {
        IndexFileIdentity identity = identity(range, range.runName());
        IndexFiles.write(
                storage,
                identity.name(),
                file -> {
                    try (RunWriter writer =
                            new RunWriter(file, identity, bases, maxEntries, means)) {
                        entries.accept(writer);
                        writer.finish();
                    }
                });
    }

    /**
     * Opens a file of heights. Reads its header and its list of tables, nothing else.
     *
     * @throws dev.varve.logstore.io.StorageException if it is not there, damaged, or of another
     *     store
     */
    public HeightsFile openHeights(RunRange range) {
        String name = range.heightsName();
        StorageFile file = storage.open(name, Storage.Access.READ);
        return HeightsFile.open(file, identity(range, name), source, means.memory());
    }

    /**
     * Writes a file of heights. See the class comment for what is durable then.
     *
     * @param base base position of the segment, which the range must not leave
     * @param entries gives the same entries each time that it is asked, which it is twice
     * @throws IllegalArgumentException if the entries are not in order or not in the range
     */
    public void writeHeights(RunRange range, long base, Supplier<HeightCursor> entries) {
        String name = range.heightsName();
        HeightsWriter writer = new HeightsWriter(identity(range, name), base, entries);
        IndexFiles.write(storage, name, file -> writer.write(file, means));
    }

    private IndexFileIdentity identity(RunRange range, String name) {
        return new IndexFileIdentity(storeIdHigh, storeIdLow, range, name);
    }
}
