package dev.varve.jmh.workload;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/** Looks random keys up, 256 at once; one key is one operation. */
final class GetAllWorkload implements Workload {

    private static final int BATCH = 256;

    private final Site site;
    private final Records records;
    private final LookupStore store;
    private final List<MemorySegment> keys =
            Stream.generate(() -> MemorySegment.ofArray(new byte[Records.KEY_LENGTH]))
                    .limit(BATCH)
                    .toList();
    private long done;

    GetAllWorkload(Site site) {
        this.site = site;
        this.records = new Records(site.seed());
        this.store = LookupStore.cold(site);
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long left = operations; left > 0; left -= BATCH) {
            List<MemorySegment> some = keys.subList(0, (int) Math.min(BATCH, left));
            for (MemorySegment key : some) {
                long index = Mix.below(site.seed() + 2, done++, site.records());
                key.copyFrom(records.key(index));
            }
            for (byte[] value : store.snapshot().getAll(store.table(), some)) {
                if (value == null) {
                    throw new IllegalStateException("a record of the store is not found");
                }
                sum += value[0];
            }
        }
        return sum;
    }

    @Override
    public void close() {
        store.close();
    }
}
