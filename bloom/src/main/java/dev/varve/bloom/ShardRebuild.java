package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Neighbouring shards of a filter that get other memory while the filter is asked and added to:
 * with more lines, so that they hold more ids, or with as many, because bits of theirs are wrong.
 *
 * <p><b>Use.</b> {@link #begin}; then {@link #add} every id that was added to these shards before
 * begin returned, once or more often, in any order; then {@link #finish}. Ids that others add to
 * the filter meanwhile are taken along. If one is left out, it is a false negative from then on.
 * Closing without finishing leaves the shards as they were.
 *
 * <p>Owned by one thread at a time. Of all rebuilds of a filter no two have a shard in common. A
 * shard keeps what it needs of memory: with more lines, the pages of the old ones are given back
 * where native access is enabled, and else when the filter is closed.
 */
public final class ShardRebuild implements AutoCloseable {

    /** As in {@link BloomFilter}. */
    private static final int GROUP = 256;

    private final BloomFilter filter;
    private final int first;
    private final int end;

    /** All shards with more lines in a row; null where the lines stay as many. */
    private final @Nullable MemorySegment row;

    private final MemorySegment[] targets;
    private final @Nullable Arena arena;
    private int begun;

    private ShardRebuild(BloomFilter filter, int first, int end, long linesPerShard) {
        this.filter = filter;
        this.first = first;
        this.end = end;
        begun = first;
        if (filter.lines(first) == linesPerShard) {
            Arena memory = Arena.ofShared();
            row = null;
            arena = memory;
            targets = targets(memory, first, end, linesPerShard * LineProbe.LINE_LENGTH);
        } else {
            arena = null;
            row = filter.rowOf(linesPerShard);
            targets = ShardMap.slices(row);
        }
    }

    /** Memory for some shards; if there is not enough, what was taken is given back. */
    private static MemorySegment[] targets(Arena memory, int first, int end, long length) {
        MemorySegment[] made = new MemorySegment[BloomGeometry.SHARDS];
        try {
            for (int shard = first; shard < end; shard++) {
                made[shard] = memory.allocate(length, LineProbe.LINE_LENGTH);
            }
            return made;
        } catch (Throwable e) {
            memory.close();
            throw e;
        }
    }

    /**
     * Begins to rebuild the shards {@code first} to {@code end - 1}, which have equally many lines.
     *
     * @param linesPerShard as many as they have, or more; a multiple of {@link
     *     BloomGeometry#STRIPES_PER_SHARD}
     * @throws IllegalStateException if one of them is rebuilt already, or not published
     */
    public static ShardRebuild begin(
            BloomFilter filter, int first, int end, long linesPerShard) {
        check(filter, first, end, linesPerShard);
        ShardRebuild rebuild = new ShardRebuild(filter, first, end, linesPerShard);
        try {
            for (int shard = first; shard < end; shard++) {
                filter.beginRebuild(shard, rebuild.targets[shard]);
                rebuild.begun++;
            }
            return rebuild;
        } catch (Throwable e) {
            rebuild.close();
            throw e;
        }
    }

    private static void check(BloomFilter filter, int first, int end, long lines) {
        if (first < 0 || end > BloomGeometry.SHARDS || first >= end) {
            throw new IllegalArgumentException("shards " + first + " to " + end);
        }
        // Checks the bounds of a shard's lines.
        new BloomGeometry(lines, filter.geometry().wordsPerId(), 1);
        for (int shard = first; shard < end; shard++) {
            if (filter.lines(shard) != filter.lines(first) || filter.lines(shard) > lines) {
                throw new IllegalArgumentException(
                        "shard " + shard + " has " + filter.lines(shard) + " lines; shard " + first
                                + " has " + filter.lines(first) + ", and " + lines
                                + " are wanted");
            }
        }
    }

    /** How many shards are rebuilt. */
    public int count() {
        return end - first;
    }

    /** Adds the ids of these shards that are in the batch, and leaves out all others. */
    public void add(IdBatch batch) {
        for (int from = 0; from < batch.size(); from += GROUP) {
            int to = Math.min(from + GROUP, batch.size());
            touch(batch, from, to);
            for (int index = from; index < to; index++) {
                if (isMine(batch.high(index))) {
                    filter.addToRebuild(batch.high(index), batch.low(index));
                }
            }
        }
    }

    private void touch(IdBatch batch, int from, int to) {
        long sum = 0;
        for (int index = from; index < to; index++) {
            long high = batch.high(index);
            if (isMine(high)) {
                MemorySegment target = targets[BloomGeometry.shard(high)];
                sum += target.get(IdHash.LE_LONG, ShardMap.offsetIn(target, high));
            }
        }
        batch.keep(sum);
    }

    private boolean isMine(long high) {
        int shard = BloomGeometry.shard(high);
        return shard >= first && shard < end;
    }

    /** Puts the new lines in the place of the old ones. */
    public void finish() {
        MemorySegment moved = row;
        while (begun > first) {
            int shard = begun - 1;
            if (moved != null) {
                filter.moveTo(moved, shard);
            } else {
                filter.replaceLines(shard, targets[shard]);
            }
            begun--;
        }
    }

    @Override
    public void close() {
        while (begun > first) {
            filter.abandonRebuild(begun - 1);
            begun--;
        }
        if (arena != null && arena.scope().isAlive()) {
            arena.close();
        }
    }
}
