package dev.varve.jmh.workload;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.run.PageCache;
import dev.varve.logstore.run.Run;
import dev.varve.logstore.run.RunFiles;
import dev.varve.logstore.run.RunRange;

/** A folder of runs, read through a page cache that holds them all. Closed by its maker. */
final class RunSite implements AutoCloseable {

    private static final long CACHE_BYTES = 32 << 20;

    /** Of the log that the made-up records are in. */
    private static final long SEGMENT_BYTES = 1 << 27;

    private final Storage storage;
    private final PageCache cache = new PageCache(CACHE_BYTES);
    private final RunFiles files;

    RunSite(Site site) {
        storage = site.storage("runs");
        files = RunFiles.cached(storage, site.seed(), ~site.seed(), cache);
    }

    RunFiles files() {
        return files;
    }

    /** Writes the run of some entries. */
    void write(RunEntries entries) {
        RunRange range = entries.range();
        int first = (int) (range.start() / SEGMENT_BYTES);
        int last = (int) ((range.end() - 1) / SEGMENT_BYTES);
        long[] bases = new long[last - first + 1];
        for (int i = 0; i < bases.length; i++) {
            bases[i] = (first + i) * SEGMENT_BYTES;
        }
        files.write(range, bases, entries.count(), entries.rewound());
    }

    Run open(RunRange range) {
        return files.open(range);
    }

    void delete(RunRange range) {
        storage.delete(range.runName());
    }

    @Override
    public void close() {
        cache.close();
        storage.close();
    }
}
