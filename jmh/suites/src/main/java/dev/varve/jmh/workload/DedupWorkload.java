package dev.varve.jmh.workload;

import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.ReadAdvice;
import dev.varve.logstore.TableSpec;

/**
 * Adds ids where they are absent, 256 to a request; one id is one operation. Every other id was
 * added by an earlier request. A store that has grown to its limit is replaced by an empty one
 * between measured stretches.
 */
final class DedupWorkload implements Workload {

    private static final String FOLDER = "dedup";
    private static final String FILTER_FOLDER = "dedup-filter";
    private static final int BATCH = 256;
    private static final long MAX_IDS = 400_000;
    private static final double FALSE_POSITIVES = 0.01;

    private final Site site;
    private final TableSpec spec;
    private final Records records;
    private LogStore store;
    private LogFilter filter;
    private DuplicateGate gate;
    private IdRequest request;
    private long added;
    private long done;

    /**
     * @param advice how known ids are confirmed
     */
    DedupWorkload(Site site, ReadAdvice advice) {
        this.site = site;
        spec = TableSpec.deduplicated("ids").withReadAdvice(advice);
        records = new Records(site.seed());
        store = openStore();
        filter = newFilter();
        gate = newGate();
        request = gate.newRequest(BATCH);
    }

    private LogStore openStore() {
        return LogStore.open(site.storage(FOLDER), LogOptions.bulk());
    }

    private LogFilter newFilter() {
        return LogFilter.create(
                store,
                new FilterFiles(site.storage(FILTER_FOLDER)),
                BloomGeometry.forExpected(MAX_IDS, FALSE_POSITIVES),
                IdHash.create(IdHashAlgorithm.FOLDED, site.seed(), ~site.seed()));
    }

    private DuplicateGate newGate() {
        return DuplicateGate.over(store, store.table(spec), filter);
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long left = operations; left > 0; left -= BATCH) {
            int count = (int) Math.min(BATCH, left);
            sum = 31 * sum + add(count);
        }
        return sum;
    }

    private long add(int count) {
        long before = added;
        request.clear();
        for (int i = 0; i < count; i++) {
            boolean isNew = i % 2 == 0 || before == 0;
            long index = isNew ? added++ : Mix.below(site.seed() + 2, done, before);
            request.put(records.key(index), done++, records.value(index));
        }
        gate.addAllIfAbsent(request);
        if (request.count(Answer.ADDED) != added - before) {
            throw new IllegalStateException(
                    request.count(Answer.ADDED) + " ids of " + (added - before) + " were added");
        }
        return added;
    }

    @Override
    public void force() {
        store.force();
    }

    @Override
    public void tidy() {
        if (added < MAX_IDS) {
            return;
        }
        close();
        Site.delete(site.folder().resolve(FOLDER));
        Site.delete(site.folder().resolve(FILTER_FOLDER));
        added = 0;
        store = openStore();
        filter = newFilter();
        gate = newGate();
        request = gate.newRequest(BATCH);
    }

    @Override
    public void close() {
        request.close();
        filter.close();
        store.close();
    }
}
