package dev.varve.jmh.workload;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.ReadAdvice;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;

/** A store full of {@link Records} that stays as it is, to look them up. Closed by its maker. */
final class LookupStore implements AutoCloseable {

    /** Short, so that the records that only seal the last one are few. */
    private static final long SEGMENT_BYTES = 16 << 20;

    private final LogStore store;
    private final Table table;
    private final Snapshot snapshot;

    private LookupStore(LogStore store, ReadAdvice advice) {
        this.store = store;
        // Fixed, since what is counted must not depend on how fast the machine is.
        this.table = store.table(Records.BY_KEY.withReadAdvice(advice));
        this.snapshot = store.snapshot();
    }

    /** What is in memory stays there: sealed segments are mapped, no segment waits for its run. */
    static LookupStore warm(Site site) {
        LogStore store = open(site);
        load(store, site);
        return new LookupStore(store, ReadAdvice.MAPPED);
    }

    /**
     * What is on disk stays there but for pages of the index: records are read by position, all
     * segments have their run, and the store was closed and opened again.
     */
    static LookupStore cold(Site site) {
        try (LogStore store = open(site)) {
            load(store, site);
            while (store.maintain()) {
                // One piece of work after the other.
            }
        }
        return new LookupStore(open(site), ReadAdvice.POSITIONAL);
    }

    private static LogStore open(Site site) {
        LogOptions options = LogOptions.bulk().withSegmentBytes(SEGMENT_BYTES);
        return LogStore.open(site.storage("lookup"), options);
    }

    private static void load(LogStore store, Site site) {
        Records records = new Records(site.seed());
        records.loadByKey(store, site.records());
        records.seal(store);
    }

    Table table() {
        return table;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    @Override
    public void close() {
        store.close();
    }
}
