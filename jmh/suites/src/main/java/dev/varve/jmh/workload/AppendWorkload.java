package dev.varve.jmh.workload;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;

/**
 * Appends records to a store, so many to a commit, and does what they leave to do for the index on
 * disk if that is asked for. A store that has grown to its limit is replaced
 * by an empty one between measured stretches.
 */
final class AppendWorkload implements Workload {

    private static final String FOLDER = "append";
    private static final long MAX_STORE_BYTES = 256 << 20;

    private final Site site;
    private final LogOptions options;
    private final Upkeep upkeep;
    private final int recordsOfBatch;
    private final Records records;
    private LogStore store;
    private Table table;
    private Batch batch;
    private long next;
    private long commits;

    AppendWorkload(Site site, LogOptions options, Upkeep upkeep, int recordsOfBatch) {
        this.site = site;
        this.options = options;
        this.upkeep = upkeep;
        this.recordsOfBatch = recordsOfBatch;
        this.records = new Records(site.seed());
        this.store = open();
        this.table = store.table(Records.BY_KEY);
        this.batch = store.newBatch();
    }

    private LogStore open() {
        return LogStore.open(site.storage(FOLDER), options);
    }

    @Override
    public long run(long operations) {
        for (long i = 0; i < operations; i++) {
            batch.put(table, next, records.key(next), records.value(next));
            next++;
            if (batch.count() == recordsOfBatch) {
                commit();
            }
        }
        return 31 * next + commits;
    }

    private void commit() {
        store.commit(batch);
        batch.clear();
        commits++;
        while (upkeep == Upkeep.AFTER_COMMIT && store.maintain()) {
            // One run is written or merged after the other.
        }
    }

    @Override
    public void force() {
        store.force();
    }

    @Override
    public void tidy() {
        if (store.visible() < MAX_STORE_BYTES) {
            return;
        }
        close();
        Site.delete(site.folder().resolve(FOLDER));
        store = open();
        table = store.table(Records.BY_KEY);
        batch = store.newBatch();
    }

    @Override
    public void close() {
        batch.close();
        store.close();
    }

    /** What is done for the index on disk. */
    enum Upkeep {
        /** What a commit cannot leave undone. */
        NONE,
        /** Whatever there is to do. */
        AFTER_COMMIT
    }
}
