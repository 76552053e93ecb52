package dev.varve.jmh.workload;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks a filter for ids, or adds them, in batches of 256; one id is one operation. The ids are
 * random and come back only after the filter's number of ids, so that nothing is in a cache. Two
 * bytes of filter for each record of the site.
 */
final class FilterWorkload implements Workload {

    private static final int BATCH = 256;
    private static final long BYTES_OF_ID = 2;
    private static final long SMALLEST = 256 << 10;

    private final Site site;
    private final Action action;
    private final BloomFilter filter;
    private final IdBatch batch;
    private final long ids;
    private long done;

    FilterWorkload(Site site, Action action) {
        this(site, action, filter(site), 0);
        if (action == Action.CONTAINS) {
            for (long i = 0; i < ids; i += 2) {
                filter.addHash(high(i), low(i));
            }
        }
    }

    private FilterWorkload(Site site, Action action, BloomFilter filter, long first) {
        this.site = site;
        this.action = action;
        this.filter = filter;
        ids = filter.geometry().expectedIds();
        batch = new IdBatch(filter.hash(), BATCH);
        done = first;
    }

    private static BloomFilter filter(Site site) {
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, site.seed(), ~site.seed());
        return BloomFilter.create(geometry(site.records()), hash);
    }

    /** Many threads that ask one filter, each for other ids than the others at a time. */
    static Workload shared(Site site) {
        FilterWorkload first = new FilterWorkload(site, Action.CONTAINS);
        List<FilterWorkload> all = new ArrayList<>(List.of(first));
        int threads = SideBySide.threads();
        while (all.size() < threads) {
            long start = first.ids / threads * all.size();
            all.add(new FilterWorkload(site, Action.CONTAINS, first.filter, start));
        }
        return new SideBySide(all);
    }

    /** The filter's shape where a store has so many records. */
    static BloomGeometry geometry(long records) {
        return BloomGeometry.forMemory(Math.max(SMALLEST, records * BYTES_OF_ID));
    }

    private long high(long index) {
        return Mix.at(site.seed(), index);
    }

    private long low(long index) {
        return Mix.at(~site.seed(), index);
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long left = operations; left > 0; left -= batch.size()) {
            batch.clear();
            for (long i = Math.min(BATCH, left); i > 0; i--) {
                batch.putHash(high(done), low(done));
                done = done + 1 == ids ? 0 : done + 1;
            }
            if (action == Action.CONTAINS) {
                filter.mayContain(batch);
                sum += batch.trueAnswers();
            } else {
                filter.add(batch);
                sum += batch.size();
            }
        }
        return sum;
    }

    @Override
    public void close() {
        filter.close();
    }

    /** What is done with the ids. */
    enum Action {
        /** Every other id was added before. */
        CONTAINS,
        /** No id was added before, until the ids come back. */
        ADD
    }
}
