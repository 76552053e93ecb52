package dev.varve.jmh.workload;

import dev.varve.logstore.LogRecord;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** Looks random keys up, one after the other. */
final class GetWorkload implements Workload {

    /** More lookups than any thread makes. */
    private static final long FAR = 1L << 40;

    private final Site site;
    private final Lookup lookup;
    private final Records records;
    private final LookupStore store;
    private final Table table;
    private final Snapshot snapshot;
    private final MemorySegment value = MemorySegment.ofArray(new byte[Records.VALUE_LENGTH]);
    private long done;

    GetWorkload(Site site, LookupStore store, Lookup lookup) {
        this(site, store, lookup, 0);
    }

    private GetWorkload(Site site, LookupStore store, Lookup lookup, long first) {
        this.done = first;
        this.site = site;
        this.lookup = lookup;
        this.records = new Records(site.seed());
        this.store = store;
        this.table = store.table();
        this.snapshot = store.snapshot();
    }

    /** Many threads that look keys up in one store, each others than the others. */
    static Workload shared(Site site) {
        LookupStore store = LookupStore.warm(site);
        return new SideBySide(
                IntStream.range(0, SideBySide.threads())
                        .mapToObj(i -> new GetWorkload(site, store, Lookup.COPY, i * FAR))
                        .toList());
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            long index = Mix.below(site.seed() + 2, done++, site.records());
            sum +=
                    switch (lookup) {
                        case COPY -> copied(records.key(index));
                        case VIEW -> viewed(records.key(index));
                        case MISS -> missed(records.absentKey(index));
                    };
        }
        return sum;
    }

    private long copied(MemorySegment key) {
        if (snapshot.get(table, key, value) != Records.VALUE_LENGTH) {
            throw new IllegalStateException("a record of the store is not found");
        }
        return value.get(Mix.LONG, 0);
    }

    /** A small number, for which boxing allocates nothing. */
    private static Long firstBits(LogRecord record) {
        return record.valueMemory().get(Mix.LONG, record.valueOffset()) & Byte.MAX_VALUE;
    }

    private long viewed(MemorySegment key) {
        Long seen = snapshot.find(table, key, GetWorkload::firstBits);
        if (seen == null) {
            throw new IllegalStateException("a record of the store is not found");
        }
        return seen;
    }

    private long missed(MemorySegment key) {
        if (snapshot.get(table, key, value) != Snapshot.ABSENT) {
            throw new IllegalStateException("a key that was never put is found");
        }
        return 1;
    }

    @Override
    public void close() {
        store.close();
    }

    /** What is looked up, and what is done with it. */
    enum Lookup {
        /** A key that is there; its value is copied. */
        COPY,
        /** A key that is there; its value is looked at where it lies. */
        VIEW,
        /** A key that is not there. */
        MISS
    }
}
