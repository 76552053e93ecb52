package dev.varve.logstore;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.HeightCursor;
import dev.varve.logstore.run.HeightsFile;
import dev.varve.logstore.run.PageCache;
import dev.varve.logstore.run.Run;
import dev.varve.logstore.run.RunFiles;
import dev.varve.logstore.run.RunRange;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of one store's index: writes and opens them, and owns the cache through which they are
 * read where they are not mapped. What it wrote is durable under its name when it returns.
 *
 * <p>For any thread, but one merge at a time. Closed by the store, behind all files.
 */
final class IndexDirectory implements AutoCloseable {

    private final Storage storage;
    private final Manifest.StoreId store;
    private final IndexOptions options;
    private final AtomicLong runBytes = new AtomicLong();
    private final AtomicLong mergeBytes = new AtomicLong();
    private final AtomicLong builds = new AtomicLong();
    private final AtomicLong merges = new AtomicLong();

    /** Whether the store is about to be closed. */
    private volatile boolean hurried;

    // Under the monitor: made when the first file needs it.
    private @Nullable PageCache cache;
    private @Nullable RunFiles files;
    private @Nullable RunFiles mergedFiles;

    IndexDirectory(Storage storage, Manifest.StoreId store, IndexOptions options) {
        this.storage = storage;
        this.store = store;
        this.options = options;
    }

    private synchronized RunFiles files() {
        RunFiles made = files;
        if (made == null) {
            PageCache pages = new PageCache(options.pageCacheBytes());
            cache = pages;
            made = RunFiles.cachedUntilWarm(storage, store.high(), store.low(), pages);
            if (options.filteredRuns() == FilteredRuns.ALL) {
                made = made.filteringAll();
            }
            files = made;
        }
        return made;
    }

    /** The same files, written at the speed of merges. */
    private synchronized RunFiles mergedFiles() {
        RunFiles made = mergedFiles;
        if (made == null) {
            long limit = options.mergeBytesPerSecond();
            made = limit == 0 ? files() : files().within(BandwidthBudget.of(limit, () -> hurried));
            mergedFiles = made;
        }
        return made;
    }

    /** Opens a run. */
    RunPart openRun(RunRange range) {
        return new RunPart(files().open(range));
    }

    /** Opens a heights file. */
    HeightsFile openHeights(RunRange range) {
        return files().openHeights(range);
    }

    /** Bytes of a heights file, which is not looked into. */
    long heightsLength(RunRange range) {
        try (StorageFile file = storage.open(range.heightsName(), Storage.Access.READ)) {
            return file.length();
        }
    }

    /** Writes one run of neighbouring parts in memory, oldest first. */
    RunPart writeRun(List<HotPart> parts) {
        RunRange range = new RunRange(parts.getFirst().start(), parts.getLast().end());
        // Of a range that was lost there may be two parts of one segment.
        long[] bases =
                parts.stream().mapToLong(p -> p.segment().basePosition()).distinct().toArray();
        long entries = parts.stream().mapToLong(HotPart::keyCount).sum();
        files().write(range, bases, entries, JoinedEntries.of(parts));
        storage.forceDirectory();
        RunPart run = openRun(range);
        runBytes.addAndGet(run.run().fileLength());
        builds.incrementAndGet();
        return run;
    }

    /** Writes the heights file of neighbouring parts of one segment, oldest first. */
    HeightsPart writeHeights(List<HeightPart> parts) {
        RunRange range = new RunRange(parts.getFirst().start(), parts.getLast().end());
        HotPart newest = (HotPart) parts.getLast();
        files().writeHeights(range, newest.segment().basePosition(), () -> cursor(parts));
        storage.forceDirectory();
        HeightsFile file = openHeights(range);
        runBytes.addAndGet(file.fileLength());
        builds.incrementAndGet();
        return new HeightsPart(file);
    }

    private static HeightCursor cursor(List<HeightPart> parts) {
        return parts.stream()
                .map(HeightPart::cursor)
                .reduce(JoinedHeights::new)
                .orElseThrow();
    }

    /** Whether a merge keeps to the speed of the options. */
    enum Pace {
        /** It does: nobody waits for it. */
        LIMITED,
        /** Somebody who commits or closes waits for it. */
        FULL
    }

    /** From now on no merge is slowed down. */
    void hurry() {
        hurried = true;
    }

    /** Merges neighbouring runs, oldest first; ends early once {@code stopped} holds. */
    RunPart merge(List<RunPart> parts, Pace pace, BooleanSupplier stopped) {
        List<Run> runs = parts.stream().map(RunPart::run).toList();
        RunFiles files = pace == Pace.LIMITED ? mergedFiles() : files();
        RunRange range = files.merge(runs, stopped);
        storage.forceDirectory();
        RunPart merged = openRun(range);
        mergeBytes.addAndGet(merged.run().fileLength());
        merges.incrementAndGet();
        return merged;
    }

    /** Native memory that writing, merging and verifying files take at the moment. */
    synchronized long workBytes() {
        return files == null ? 0 : files.workBytes();
    }

    /** How many parts in memory were written to files. */
    long builds() {
        return builds.get();
    }

    /** How many runs were made of others. */
    long merges() {
        return merges.get();
    }

    /** Native memory of the cache. */
    synchronized long cacheBytes() {
        return cache == null ? 0 : cache.memoryBytes();
    }

    long runBytes() {
        return runBytes.get();
    }

    long mergeBytes() {
        return mergeBytes.get();
    }

    @Override
    public synchronized void close() {
        if (cache != null) {
            cache.close();
        }
    }
}
