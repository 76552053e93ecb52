package dev.varve.engine.dedup;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Asks a filter for ids that it must have, and adds those that it has not. For one thread. */
final class Scrub implements Predicate<IdBatch> {

    private final BloomFilter filter;
    private final BandwidthBudget budget;
    private final BooleanSupplier stopped;
    private long ids;
    private long missing;

    Scrub(BloomFilter filter, BandwidthBudget budget, BooleanSupplier stopped) {
        this.filter = filter;
        this.budget = budget;
        this.stopped = stopped;
    }

    @Override
    public boolean test(IdBatch batch) {
        filter.mayContain(batch);
        ids += batch.size();
        for (int i = 0; i < batch.size(); i++) {
            if (!batch.answer(i)) {
                missing++;
                filter.addHash(batch.high(i), batch.low(i));
            }
        }
        budget.spend((long) batch.size() * IdHash.HASH_LENGTH);
        return !stopped.getAsBoolean();
    }

    long ids() {
        return ids;
    }

    long missing() {
        return missing;
    }
}
