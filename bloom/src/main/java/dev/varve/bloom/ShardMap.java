package dev.varve.bloom;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the lines of every shard lie, and which shards answer by them, at one moment. Immutable: a
 * change is another map, which takes the place of this one. So a reader who finds the same map
 * before and after he looked at lines has looked at lines that were in use.
 */
final class ShardMap {

    /** Of 64 ids: with so many left after two bits, looking at all bits at once is quicker. */
    private static final int MANY = 24;

    private final MemorySegment[] memory;
    private final boolean[] loaded;

    /**
     * The shards as one segment, in order and of equal length; null where they are not. With it
     * the touching of a line is five instructions, and the processor sees far enough ahead to wait
     * for twenty lines at once; with a segment to be looked up per id, for ten.
     */
    private final @Nullable MemorySegment whole;

    private final boolean allLoaded;
    private final long totalLines;
    private final int wordsPerId;

    private ShardMap(
            MemorySegment[] memory,
            boolean[] loaded,
            @Nullable MemorySegment whole,
            int wordsPerId) {
        this.memory = memory;
        this.loaded = loaded;
        this.whole = whole;
        this.wordsPerId = wordsPerId;
        long length = 0;
        boolean all = true;
        for (int shard = 0; shard < memory.length; shard++) {
            length += memory[shard].byteSize();
            all &= loaded[shard];
        }
        allLoaded = all;
        totalLines = length / LineProbe.LINE_LENGTH;
    }

    /** Shards in one segment, each of the same part of it; none of them is loaded. */
    static ShardMap within(MemorySegment whole, int wordsPerId) {
        boolean[] loaded = new boolean[BloomGeometry.SHARDS];
        return new ShardMap(slices(whole), loaded, whole, wordsPerId);
    }

    /**
     * Shards of so many lines, none of them loaded: in their slices of {@code row} those that fill
     * them, the others in a row of their own.
     */
    static ShardMap split(
            MemorySegment row, MemorySegment others, long[] lines, int wordsPerId) {
        MemorySegment[] shards = slices(row);
        long from = 0;
        for (int i = 0; i < shards.length; i++) {
            long length = lines[i] * LineProbe.LINE_LENGTH;
            if (length < shards[i].byteSize()) {
                shards[i] = others.asSlice(from, length);
                from += length;
            }
        }
        return of(shards, wordsPerId);
    }

    /** Shards that lie anywhere; none of them is loaded. */
    static ShardMap of(MemorySegment[] memory, int wordsPerId) {
        return new ShardMap(
                memory.clone(), new boolean[BloomGeometry.SHARDS], null, wordsPerId);
    }

    /** Shards without memory; none of them is loaded, so each id may be there. */
    static ShardMap nowhere(int wordsPerId) {
        MemorySegment[] none = new MemorySegment[BloomGeometry.SHARDS];
        Arrays.fill(none, MemorySegment.NULL);
        return of(none, wordsPerId);
    }

    /** The equal parts of one segment. */
    static MemorySegment[] slices(MemorySegment whole) {
        long length = whole.byteSize() / BloomGeometry.SHARDS;
        MemorySegment[] shards = new MemorySegment[BloomGeometry.SHARDS];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = whole.asSlice(i * length, length);
        }
        return shards;
    }

    ShardMap withAllLoaded() {
        boolean[] all = new boolean[BloomGeometry.SHARDS];
        Arrays.fill(all, true);
        return new ShardMap(memory, all, whole, wordsPerId);
    }

    ShardMap withLoaded(int shard) {
        boolean[] changed = loaded.clone();
        changed[shard] = true;
        return new ShardMap(memory, changed, whole, wordsPerId);
    }

    /**
     * The map with one shard moved to its slice of {@code next}; once all are there, {@code next}
     * is the whole.
     */
    ShardMap withMoved(int shard, MemorySegment next) {
        MemorySegment[] slices = slices(next);
        MemorySegment[] changed = memory.clone();
        changed[shard] = slices[shard];
        boolean all = true;
        for (int i = 0; i < slices.length && all; i++) {
            all = changed[i].equals(slices[i]);
        }
        return new ShardMap(changed, loaded, all ? next : null, wordsPerId);
    }

    // ---- what is where

    MemorySegment memory(int shard) {
        return memory[shard];
    }

    /** All shards, if they lie in one segment. */
    @Nullable MemorySegment whole() {
        return whole;
    }

    /** The number of lines of a shard. */
    long lines(int shard) {
        return memory[shard].byteSize() / LineProbe.LINE_LENGTH;
    }

    /** The number of lines of all shards. */
    long totalLines() {
        return totalLines;
    }

    /** Whether a shard answers by its bits. */
    boolean isLoaded(int shard) {
        return loaded[shard];
    }

    // ---- lines

    // The line of an id in the whole is that of its shard behind those of the shards before:
    // floor(high * 256 L / 2^64) = shard * L + floor((high << 8) * L / 2^64).

    /** Whether the id may be there: its bits are all set, or its shard is not loaded. */
    boolean mayContain(long high, long low) {
        return !loaded[BloomGeometry.shard(high)] || test(high, low);
    }

    private boolean test(long high, long low) {
        MemorySegment lines = whole;
        if (lines != null) {
            return LineProbe.test(lines, LineProbe.offset(high, totalLines), low, wordsPerId);
        }
        MemorySegment shard = memory[BloomGeometry.shard(high)];
        return LineProbe.test(shard, offsetIn(shard, high), low, wordsPerId);
    }

    /** {@link #mayContain(long, long)} for a range of the batch, of which all lines are touched. */
    void mayContain(IdBatch batch, int from, int to) {
        if (totalLines == 0) {
            for (int place = from; place < to; place++) {
                batch.answer(batch.index(place), 1);
            }
            return;
        }
        touch(batch, from, to);
        MemorySegment lines = whole;
        if (lines != null && allLoaded) {
            test(lines, batch, from, to);
        } else {
            for (int place = from; place < to; place++) {
                int index = batch.index(place);
                batch.answer(index, mayContain(batch.high(index), batch.low(index)) ? 1 : 0);
            }
        }
    }

    /**
     * Of absent ids four of five fail by two bits: so all are looked at by these, and by the others
     * only those left. Where many are left all bits are looked at at once, which then is quicker.
     */
    private void test(MemorySegment lines, IdBatch batch, int from, int to) {
        int left = 0;
        for (int start = from; start < to; start += Long.SIZE) {
            int end = Math.min(start + Long.SIZE, to);
            if (left < MANY) {
                long found = testFirst(lines, batch, start, end);
                testRest(lines, batch, start, found);
                left = Long.bitCount(found);
            } else {
                left = testAll(lines, batch, start, end);
            }
        }
    }

    // Without a branch on what is found: it could not be foreseen.

    /** Answers by two bits for at most 64 ids; bit i of the result is the answer of the i-th. */
    private long testFirst(MemorySegment lines, IdBatch batch, int from, int to) {
        long count = totalLines;
        long found = 0;
        for (int place = from; place < to; place++) {
            int index = batch.index(place);
            long offset = LineProbe.offset(batch.high(index), count);
            long hit = LineProbe.hitFirst(lines, offset, batch.low(index));
            batch.answer(index, hit);
            found |= hit << place;
        }
        return Long.rotateRight(found, from);
    }

    /** Answers by the other bits for those of the ids from {@code from} on that are found. */
    private void testRest(MemorySegment lines, IdBatch batch, int from, long found) {
        long count = totalLines;
        for (long rest = found; rest != 0; rest &= rest - 1) {
            int index = batch.index(from + Long.numberOfTrailingZeros(rest));
            long offset = LineProbe.offset(batch.high(index), count);
            batch.answer(
                    index, LineProbe.hitRest(lines, offset, batch.low(index), wordsPerId));
        }
    }

    /** Answers by all bits; returns how many may be there. */
    private int testAll(MemorySegment lines, IdBatch batch, int from, int to) {
        long count = totalLines;
        int found = 0;
        for (int place = from; place < to; place++) {
            int index = batch.index(place);
            long offset = LineProbe.offset(batch.high(index), count);
            long hit = LineProbe.hitAll(lines, offset, batch.low(index), wordsPerId);
            batch.answer(index, hit);
            found += (int) hit;
        }
        return found;
    }

    /** Sets the bits of an id, under the lock of its stripe; whether one was not set. */
    boolean set(long high, long low) {
        MemorySegment lines = whole;
        if (lines != null) {
            return LineProbe.set(lines, LineProbe.offset(high, totalLines), low, wordsPerId);
        }
        MemorySegment shard = memory[BloomGeometry.shard(high)];
        return LineProbe.set(shard, offsetIn(shard, high), low, wordsPerId);
    }

    /** {@link #set} where nobody needs to know, and the shards are not in one segment. */
    void addToShard(long high, long low) {
        MemorySegment shard = memory[BloomGeometry.shard(high)];
        LineProbe.add(shard, offsetIn(shard, high), low, wordsPerId);
    }

    /** The offset of the line of an id in the memory of its shard. */
    static long offsetIn(MemorySegment shard, long high) {
        return BloomGeometry.lineOffset(high, shard.byteSize() / LineProbe.LINE_LENGTH);
    }

    /**
     * Reads one word of the line of each id in a range of the batch. The processor runs ahead over
     * these independent reads and waits for many lines at once; this is the prefetch that Java does
     * not have.
     */
    void touch(IdBatch batch, int from, int to) {
        MemorySegment lines = whole;
        batch.keep(lines == null ? touchShards(batch, from, to) : touch(lines, batch, from, to));
    }

    private long touch(MemorySegment lines, IdBatch batch, int from, int to) {
        long count = totalLines;
        long sum = batch.low(batch.index(from)); // a line that would be waited for later
        for (int place = from; place < to; place++) {
            long high = batch.high(batch.index(place));
            sum += lines.get(IdHash.LE_LONG, LineProbe.offset(high, count));
        }
        return sum;
    }

    private long touchShards(IdBatch batch, int from, int to) {
        long sum = 0;
        for (int place = from; place < to; place++) {
            long high = batch.high(batch.index(place));
            MemorySegment shard = memory[BloomGeometry.shard(high)];
            sum += shard.get(IdHash.LE_LONG, offsetIn(shard, high));
        }
        return sum;
    }

    // ---- what can be known about it

    /** The rate, fill and number of ids of one shard, from so many of its lines at most. */
    FilterEstimate estimate(int shard, int samples) {
        if (lines(shard) == 0) {
            return new FilterEstimate(1, 0, 0);
        }
        MemorySegment lines = memory[shard];
        long count = Math.min(samples, lines(shard));
        double rates = 0;
        long bits = 0;
        for (long i = 0; i < count; i++) {
            long offset = lines(shard) / count * i * LineProbe.LINE_LENGTH;
            rates += LineProbe.falsePositiveRate(lines, offset, wordsPerId);
            bits += LineProbe.bitCount(lines, offset);
        }
        double fill = bits / (count * 8.0 * LineProbe.LINE_LENGTH);
        return new FilterEstimate(
                loaded[shard] ? rates / count : 1, fill, idsOf(fill, lines.byteSize() * 8.0));
    }

    /** A bit is clear after n ids with probability exp(-n k / bits). */
    private double idsOf(double fill, double bits) {
        return -Math.log1p(-Math.min(fill, 1 - 1 / bits)) * bits / wordsPerId;
    }
}
