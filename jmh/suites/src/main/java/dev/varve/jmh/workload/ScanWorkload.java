package dev.varve.jmh.workload;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;

/** Goes through a table by height, again and again from the start; one record is one operation. */
final class ScanWorkload implements Workload {

    private final long records;
    private final LogStore store;
    private final Table table;
    private final Snapshot snapshot;
    private long next;
    private long sum;

    ScanWorkload(Site site) {
        this.records = site.records();
        this.store = LogStore.open(site.storage("scan"), LogOptions.bulk());
        this.table = store.table(Records.BY_HEIGHT);
        new Records(site.seed()).loadByHeight(store, records);
        this.snapshot = store.snapshot();
    }

    @Override
    public long run(long operations) {
        long left = operations;
        while (left > 0) {
            long to = Math.min(records, next + left);
            long handed = snapshot.scan(table, next, to, this::visit);
            if (handed != to - next) {
                throw new IllegalStateException(handed + " records in [" + next + ", " + to + ")");
            }
            left -= handed;
            next = to == records ? 0 : to;
        }
        return sum;
    }

    private Snapshot.ScanStep visit(LogRecord record) {
        sum += record.value().get(Mix.LONG, 0);
        return Snapshot.ScanStep.CONTINUE;
    }

    @Override
    public void close() {
        store.close();
    }
}
