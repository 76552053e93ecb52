package dev.varve.jmh.workload;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.RecoveryReport;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;

/**
 * Opens a store that was not closed; one opening is one operation. Opening and closing without a
 * commit leaves it as it was: not closed.
 */
final class RecoveryWorkload implements Workload {

    private static final String FOLDER = "recovery";

    private final Site site;

    RecoveryWorkload(Site site) {
        this.site = site;
        KilledStorage storage = new KilledStorage(site.storage(FOLDER));
        LogStore store = LogStore.open(storage, LogOptions.bulk());
        new Records(site.seed()).loadByKey(store, site.records());
        storage.kill();
        try {
            store.close();
            throw new IllegalStateException("a store was closed that was killed before");
        } catch (StorageException e) {
            assert storage.isKilled();
        }
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            Storage storage = site.storage(FOLDER);
            try (LogStore store = LogStore.open(storage, LogOptions.bulk())) {
                RecoveryReport report = store.recoveryReport();
                if (report.outcome() != RecoveryReport.Outcome.UNCLEAN) {
                    throw new IllegalStateException("nothing to recover: " + report);
                }
                sum += report.records();
            }
        }
        return sum;
    }
}
