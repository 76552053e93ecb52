package dev.varve.bloom;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Many ids that go to a {@link BloomFilter} in one call, and the answers that come back. Ids are
 * hashed when they are put in, and are not needed afterwards.
 *
 * <p>Made once and used again and again, so that nothing is allocated per id. Belongs to one thread
 * at a time; only the calls of {@link BloomFilter} that name a part may run on several threads at
 * once, one for each part, after {@link #arrange}. Nothing to close.
 */
public final class IdBatch {

    private final IdHash hash;

    /**
     * The first half of the hash of every id. Apart from the others: lines are touched by it alone,
     * and the rest comes from memory while they are tested.
     */
    private final long[] highs;

    /** The last half of the hash of every id. */
    private final long[] lows;

    /** The indexes of the ids in the order in which they are worked off. */
    private final int[] order;

    private final int[] shardStarts = new int[BloomGeometry.SHARDS + 1];
    private final int[] nextOfShard = new int[BloomGeometry.SHARDS];

    /** The indexes of ids that are looked at again; a part uses what lies at its places. */
    private final int[] remaining;

    /** One byte per id: threads that share a batch write different bytes, never one word. */
    private final byte[] answers;

    private int size;
    private boolean arranged;

    @SuppressWarnings("UnusedVariable") // Written to keep reads alive; see keep.
    private long kept;

    /** A batch of at most {@code capacity} ids. */
    public IdBatch(IdHash hash, int capacity) {
        if (capacity < 1 || capacity > Integer.MAX_VALUE / 4) {
            throw new IllegalArgumentException(
                    "capacity must be 1 to " + Integer.MAX_VALUE / 4 + ", not " + capacity);
        }
        this.hash = hash;
        highs = new long[capacity];
        lows = new long[capacity];
        order = new int[capacity];
        remaining = new int[capacity];
        answers = new byte[capacity];
    }

    /** Removes all ids. */
    public void clear() {
        size = 0;
        arranged = false;
    }

    /** Puts one id in; its index is the {@link #size} before. */
    public void put(MemorySegment id, long offset, long length) {
        checkRoom(1);
        hash.hash(id, offset, length, this, size);
        size++;
        arranged = false;
    }

    /**
     * Puts in {@code count} ids of {@code length} bytes each, of which the first begins at the
     * segment's start and each other {@code stride} bytes behind the one before.
     */
    public void putAll(MemorySegment ids, long stride, long length, int count) {
        checkRoom(count);
        for (int i = 0; i < count; i++) {
            hash.hash(ids, i * stride, length, this, size + i);
        }
        size += count;
        arranged = false;
    }

    /** Puts one id in of which only the hash is at hand. */
    public void putHash(long high, long low) {
        checkRoom(1);
        set(size, high, low);
        size++;
        arranged = false;
    }

    /** How many ids are in. */
    public int size() {
        return size;
    }

    /** How many ids fit in. */
    public int capacity() {
        return answers.length;
    }

    /** The hash by which the ids were hashed. */
    public IdHash hash() {
        return hash;
    }

    /** The answer for one id to the last call; what it means is said there. */
    public boolean answer(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("index " + index + " of " + size + " ids");
        }
        return answers[index] != 0;
    }

    /** How many answers to the last call are true. */
    public int trueAnswers() {
        int count = 0;
        for (int i = 0; i < size; i++) {
            count += answers[i];
        }
        return count;
    }

    /**
     * Sorts the ids by shard, in linear time and keeping their order within a shard, so that parts
     * of the batch can be worked off by several threads.
     */
    public void arrange() {
        if (arranged) {
            return;
        }
        Arrays.fill(nextOfShard, 0);
        for (int i = 0; i < size; i++) {
            nextOfShard[BloomGeometry.shard(high(i))]++;
        }
        int start = 0;
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            int count = nextOfShard[shard];
            shardStarts[shard] = start;
            nextOfShard[shard] = start;
            start += count;
        }
        shardStarts[BloomGeometry.SHARDS] = start;
        for (int i = 0; i < size; i++) {
            order[nextOfShard[BloomGeometry.shard(high(i))]++] = i;
        }
        arranged = true;
    }

    boolean isArranged() {
        return arranged;
    }

    /** Where the ids of a shard begin in the order; those of shard 256 begin at the end. */
    int shardStart(int shard) {
        return shardStarts[shard];
    }

    /** The index of the id at a place in the order: the same, unless the batch is arranged. */
    int index(int place) {
        return arranged ? order[place] : place;
    }

    /** The first half of the hash of one id, in the order in which they were put in. */
    public long high(int index) {
        return highs[index];
    }

    /** The last half of the hash of one id. */
    public long low(int index) {
        return lows[index];
    }

    /** Sets the hash of one id. */
    void set(int index, long high, long low) {
        highs[index] = high;
        lows[index] = low;
    }

    /** Sets an answer: 1 for true, 0 for false, without a branch. */
    void answer(int index, long value) {
        answers[index] = (byte) value;
    }

    /** Notes an index at a place of the caller's, over what was noted there. */
    void remain(int place, int index) {
        remaining[place] = index;
    }

    int remaining(int place) {
        return remaining[place];
    }

    /** Makes a value needed, so that the reads which led to it are not optimised away. */
    void keep(long value) {
        kept = value;
    }

    private void checkRoom(int count) {
        if (count < 0 || count > answers.length - size) {
            throw new IllegalArgumentException(
                    count + " ids do not fit: " + size + " of " + answers.length + " are in");
        }
    }
}
