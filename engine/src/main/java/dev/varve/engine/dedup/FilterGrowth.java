package dev.varve.engine.dedup;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.LineProbe;
import dev.varve.bloom.ShardRebuild;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Rebuilds shards of a filter that is in use: with more lines once it holds a twentieth more ids
 * than it was made for, or with as many where bits are wrong. docs/decisions/0031-filter-growth.md
 * tells why no id is missed.
 *
 * <p>Writes no file; the next checkpoint has the new lines. For one thread at a time; nothing to
 * close.
 */
final class FilterGrowth {

    /** A filter that is full is made for so many times the ids that it has. */
    private static final int FACTOR = 2;

    /**
     * Of the ids that a filter is made for, how many make it full. How many it has is estimated:
     * who adds as many as were announced must not get a filter of twice the memory by chance.
     */
    private static final double FULL = 1.05;

    private static final long NEVER = -1;

    private final BloomFilter filter;
    private final IdColumns columns;
    private final List<DuplicateGate> gates;
    private final BooleanSupplier stopped;

    /** Shards of which some lines are all ones. */
    private final BitSet damaged = new BitSet();

    /** How many lines a shard is to have. */
    private long wanted;

    /** Where the log ended when it was last looked whether the filter is full. */
    private long lookedAt = NEVER;

    private long passes;

    /**
     * @param gates all that add to the filter, as they come
     * @param stopped ends a pass without effect
     */
    FilterGrowth(
            BloomFilter filter,
            IdColumns columns,
            List<DuplicateGate> gates,
            BooleanSupplier stopped) {
        this.filter = filter;
        this.columns = columns;
        this.gates = gates;
        this.stopped = stopped;
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            wanted = Math.max(wanted, filter.lines(shard));
        }
    }

    /** Notes that bits of a shard are wrong: the next steps rebuild it. */
    synchronized void noteDamage(int shard) {
        damaged.set(shard);
    }

    synchronized boolean isDamaged(int shard) {
        return damaged.get(shard);
    }

    /** Lets the next steps make the filter large enough for so many ids. */
    synchronized void growTo(long ids) {
        wanted = Math.max(wanted, filter.geometry().linesPerShardFor(ids));
    }

    /** How many passes over the columns were made. */
    synchronized long passes() {
        return passes;
    }

    /**
     * Makes one pass, if one is needed: rebuilds as many neighbouring shards as need it and as the
     * memory allows, at least one.
     *
     * @param memoryBytes how much the new lines of a pass may take
     * @param budget slows the reading of hashes down
     * @return whether a pass was made
     */
    boolean step(long memoryBytes, BandwidthBudget budget) {
        int first = nextDamaged();
        if (first < BloomGeometry.SHARDS) {
            return rebuild(first, first + 1, filter.lines(first), budget);
        }
        growIfFull();
        long lines = wanted();
        first = 0;
        while (first < BloomGeometry.SHARDS && filter.lines(first) >= lines) {
            first++;
        }
        if (first == BloomGeometry.SHARDS) {
            return false;
        }
        long shards = Math.max(1, memoryBytes / (lines * LineProbe.LINE_LENGTH));
        int end = first + 1;
        while (end < BloomGeometry.SHARDS
                && end - first < shards
                && filter.lines(end) == filter.lines(first)) {
            end++;
        }
        return rebuild(first, end, lines, budget);
    }

    private synchronized int nextDamaged() {
        int shard = damaged.nextSetBit(0);
        return shard < 0 ? BloomGeometry.SHARDS : shard;
    }

    private synchronized long wanted() {
        return wanted;
    }

    /** Only a filter all of whose shards have what they were to have can be full. */
    private void growIfFull() {
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            if (filter.lines(shard) < wanted()) {
                return;
            }
        }
        // Looking takes some milliseconds. No record has less than 48 bytes: not before so much of
        // the log has come that the filter may have a fiftieth more of what it is made for.
        long end = columns.logEnd();
        if (lookedAt != NEVER && end - lookedAt < filter.capacity()) {
            return;
        }
        lookedAt = end;
        double ids = filter.estimate().ids();
        if (ids >= FULL * filter.capacity()) {
            growTo(FACTOR * (long) ids);
            lookedAt = NEVER; // more may come while it grows
        }
    }

    private boolean rebuild(int first, int end, long lines, BandwidthBudget budget) {
        try (ShardRebuild rebuild = ShardRebuild.begin(filter, first, end, lines)) {
            // Their records may become visible behind what is read below.
            gates.forEach(DuplicateGate::addClaimed);
            long fed =
                    columns.feed(
                            0,
                            new IdColumns.Shards(first, end),
                            batch -> {
                                rebuild.add(batch);
                                budget.spend((long) batch.size() * IdHash.HASH_LENGTH);
                                return !stopped.getAsBoolean();
                            });
            if (fed == IdColumns.STOPPED) {
                return false;
            }
            rebuild.finish();
        }
        synchronized (this) {
            damaged.clear(first, end);
            passes++;
        }
        return true;
    }
}
