package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A blocked Bloom filter for tens of billions of ids, outside the heap: {@link
 * BloomGeometry#SHARDS} shards of 64-byte lines ({@link LineProbe}), found by the keyed hash of an
 * id. An id that was added is never reported absent; one that was not is reported as "maybe there"
 * with the probability that {@link #estimate} tells.
 *
 * <p>Safe for use by many threads. Writers lock one of 4,096 stripes for some dozen instructions;
 * readers take no lock. An id is sure to be found by every read that its {@code add} happens
 * before; a read that runs at the same time may miss it. Of threads that add the same absent id
 * with {@code addIfAbsent}, at most one is told that it was absent.
 *
 * <p>A shard that is not loaded yet answers "maybe" for every id, and keeps what is added to it.
 * Nothing is allocated by any call on ids.
 *
 * <p>Owned by who made or opened it, who closes it after the last call has returned. Calls on a
 * closed filter, and additions to a read-only one, are an {@link IllegalStateException}.
 */
public final class BloomFilter implements AutoCloseable {

    /**
     * How many lines are fetched ahead; 64 hide most of the latency, more than 256 hide no more.
     */
    private static final int GROUP = 128;

    /** How much is merged under one lock: some ten microseconds. */
    private static final long MERGE_LENGTH = 64 << 10;

    private static final int DEFAULT_SAMPLES = 1 << 16;

    private final BloomGeometry geometry;
    private final IdHash hash;
    private final Arena arena;
    private final boolean readOnly;
    private final LockStripes locks =
            new LockStripes(BloomGeometry.SHARDS * BloomGeometry.STRIPES_PER_SHARD);

    /** The memory of every shard, loaded or not. */
    private final MemorySegment[] memory;

    /** By stripe, under its lock: whether a bit was set since the last checkpoint. */
    private final boolean[] dirty =
            new boolean[BloomGeometry.SHARDS * BloomGeometry.STRIPES_PER_SHARD];

    /**
     * The same segments, with null for a shard that is not loaded. Copied on every change, so that
     * a reader that sees a shard sees what was loaded into it.
     */
    private volatile @Nullable MemorySegment[] readable;

    private BloomFilter(
            BloomGeometry geometry, IdHash hash, Arena arena, MemorySegment[] memory, Use use) {
        this.geometry = geometry;
        this.hash = hash;
        this.arena = arena;
        this.memory = memory;
        readOnly = use == Use.READ_ONLY;
        readable = use == Use.LOADING ? new MemorySegment[memory.length] : memory.clone();
    }

    /** For what a filter is made. */
    private enum Use {
        EMPTY,
        LOADING,
        READ_ONLY
    }

    /** An empty filter. */
    public static BloomFilter create(BloomGeometry geometry, IdHash hash) {
        return allocate(geometry, hash, Use.EMPTY);
    }

    /** A filter of which no shard is loaded: it answers "maybe" until {@link #publish}. */
    static BloomFilter loading(BloomGeometry geometry, IdHash hash) {
        return allocate(geometry, hash, Use.LOADING);
    }

    /** A filter that cannot be added to, over memory that belongs to {@code arena}. */
    static BloomFilter readOnly(
            BloomGeometry geometry, IdHash hash, Arena arena, MemorySegment[] shards) {
        return new BloomFilter(geometry, hash, arena, shards, Use.READ_ONLY);
    }

    private static BloomFilter allocate(BloomGeometry geometry, IdHash hash, Use use) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment all = FilterMemory.best().allocate(geometry.totalLength(), arena);
            MemorySegment[] shards = new MemorySegment[BloomGeometry.SHARDS];
            for (int i = 0; i < shards.length; i++) {
                shards[i] = all.asSlice(i * geometry.shardLength(), geometry.shardLength());
            }
            return new BloomFilter(geometry, hash, arena, shards, use);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    public BloomGeometry geometry() {
        return geometry;
    }

    /** The hash by which ids are found. */
    public IdHash hash() {
        return hash;
    }

    // ---- single ids ----

    /** False if the id was certainly not added; true if it may have been. */
    public boolean mayContain(MemorySegment id, long offset, long length) {
        return mayContainHash(hash.high(id, offset, length), hash.low(id, offset, length));
    }

    /** Adds an id. */
    public void add(MemorySegment id, long offset, long length) {
        addHash(hash.high(id, offset, length), hash.low(id, offset, length));
    }

    /**
     * Adds an id.
     *
     * @return true if it was certainly not added before, and no other thread is told the same;
     * false
     *     if it may have been, and always while its shard is not loaded
     */
    public boolean addIfAbsent(MemorySegment id, long offset, long length) {
        return addHashIfAbsent(hash.high(id, offset, length), hash.low(id, offset, length));
    }

    /** {@link #mayContain} of an id of which only the hash is at hand. */
    public boolean mayContainHash(long high, long low) {
        MemorySegment shard = readable[BloomGeometry.shard(high)];
        return shard == null || test(shard, high, low);
    }

    /** {@link #add} of an id of which only the hash is at hand. */
    public void addHash(long high, long low) {
        checkWritable();
        set(high, low);
    }

    /** {@link #addIfAbsent} of an id of which only the hash is at hand. */
    public boolean addHashIfAbsent(long high, long low) {
        checkWritable();
        MemorySegment shard = readable[BloomGeometry.shard(high)];
        return set(high, low) && shard != null;
    }

    // ---- batches ----

    /** Answers for every id of the batch as {@link #mayContain} does. */
    public void mayContain(IdBatch batch) {
        batch.arrange();
        mayContain(batch, 0, 1);
    }

    /** Adds every id of the batch. The answers are left as they are. */
    public void add(IdBatch batch) {
        batch.arrange();
        add(batch, 0, 1);
    }

    /**
     * Adds every id of the batch and answers for each as {@link #addIfAbsent} does, as if they were
     * added in order: of equal ids in the batch, only the first can have been absent.
     */
    public void addIfAbsent(IdBatch batch) {
        batch.arrange();
        addIfAbsent(batch, 0, 1);
    }

    // A part of a batch is a range of shards. So equal ids are in one part, in their order, and the
    // answers do not depend on the number of parts.

    /**
     * Does one of several parts of {@link #mayContain(IdBatch)}. The parts may run on several
     * threads; the batch must be {@linkplain IdBatch#arrange arranged}, and its owner sees the
     * answers once every part has returned and happens before it looks.
     *
     * @param part 0 to {@code parts - 1}
     * @param parts 1 to 256
     */
    public void mayContain(IdBatch batch, int part, int parts) {
        int end = partStart(batch, part + 1, parts);
        for (int from = partStart(batch, part, parts); from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            touch(batch, from, to);
            testGroup(batch, from, to);
        }
    }

    /** Does one of several parts of {@link #add(IdBatch)}, like its namesake for reading. */
    public void add(IdBatch batch, int part, int parts) {
        checkWritable();
        int end = partStart(batch, part + 1, parts);
        for (int from = partStart(batch, part, parts); from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            touch(batch, from, to);
            for (int i = from; i < to; i++) {
                set(batch.highs()[i], batch.lows()[i]);
            }
        }
    }

    /**
     * Does one of several parts of {@link #addIfAbsent(IdBatch)}, like its namesake for reading.
     */
    public void addIfAbsent(IdBatch batch, int part, int parts) {
        checkWritable();
        int end = partStart(batch, part + 1, parts);
        for (int from = partStart(batch, part, parts); from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            touch(batch, from, to);
            for (int i = from; i < to; i++) {
                boolean absent = addHashIfAbsent(batch.highs()[i], batch.lows()[i]);
                batch.answers()[batch.indexes()[i]] = (byte) (absent ? 1 : 0);
            }
        }
    }

    private int partStart(IdBatch batch, int part, int parts) {
        if (parts < 1 || parts > BloomGeometry.SHARDS || part < 0 || part > parts) {
            throw new IllegalArgumentException("part " + part + " of " + parts);
        }
        if (!batch.isArranged()) {
            throw new IllegalStateException("arrange the batch before its parts are used");
        }
        if (batch.hash() != hash) {
            throw new IllegalArgumentException("the batch was hashed for another filter");
        }
        return batch.shardStart(part * BloomGeometry.SHARDS / parts);
    }

    /**
     * Reads one word of every line of a group. The processor runs ahead over these independent
     * reads and waits for many lines at once; this is the prefetch that Java does not have.
     */
    private void touch(IdBatch batch, int from, int to) {
        long[] highs = batch.highs();
        long lines = geometry.linesPerShard();
        long sum = 0;
        for (int i = from; i < to; i++) {
            long high = highs[i];
            MemorySegment shard = memory[BloomGeometry.shard(high)];
            sum += shard.get(IdHash.LE_LONG, BloomGeometry.lineOffset(high, lines));
        }
        batch.keep(sum);
    }

    private void testGroup(IdBatch batch, int from, int to) {
        long[] highs = batch.highs();
        long[] lows = batch.lows();
        int[] indexes = batch.indexes();
        byte[] answers = batch.answers();
        @Nullable MemorySegment[] shards = readable;
        for (int i = from; i < to; i++) {
            MemorySegment shard = shards[BloomGeometry.shard(highs[i])];
            boolean maybe = shard == null || test(shard, highs[i], lows[i]);
            answers[indexes[i]] = (byte) (maybe ? 1 : 0);
        }
    }

    // ---- lines ----

    private boolean test(MemorySegment shard, long high, long low) {
        long offset = BloomGeometry.lineOffset(high, geometry.linesPerShard());
        return LineProbe.test(shard, offset, low, geometry.wordsPerId());
    }

    private boolean set(long high, long low) {
        MemorySegment shard = memory[BloomGeometry.shard(high)];
        long offset = BloomGeometry.lineOffset(high, geometry.linesPerShard());
        int stripe = BloomGeometry.stripe(high);
        locks.lock(stripe);
        try {
            boolean changed = LineProbe.set(shard, offset, low, geometry.wordsPerId());
            dirty[stripe] |= changed;
            return changed;
        } finally {
            locks.unlock(stripe);
        }
    }

    void checkWritable() {
        if (readOnly) {
            throw new IllegalStateException("the filter is open for reading only");
        }
    }

    // ---- checkpoints and loading; see FilterFiles ----

    /**
     * Lets a shard answer by its bits. To be called once everything that was added to it before it
     * was opened is in: its checkpoint is loaded, and the log from there on is replayed. Too early
     * a call makes ids "certainly absent" that are not.
     */
    public synchronized void publish(int shard) {
        @Nullable MemorySegment[] changed = readable.clone();
        changed[shard] = memory[shard];
        readable = changed;
    }

    /**
     * Copies bits of a shard while others add to it: the copy holds every bit that was set before
     * the call, and some of those set during it.
     */
    void copy(int shard, long offset, MemorySegment out) {
        MemorySegment.copy(memory[shard], offset, out, 0, out.byteSize());
    }

    /** Sets in the shard all bits that are set in {@code bits}, while others add to it. */
    void merge(int shard, long offset, MemorySegment bits) {
        checkWritable();
        long stripeLength = geometry.shardLength() / BloomGeometry.STRIPES_PER_SHARD;
        long done = 0;
        while (done < bits.byteSize()) {
            long at = offset + done;
            long stripe = at / stripeLength;
            long end = Math.min((stripe + 1) * stripeLength, offset + bits.byteSize());
            long length = Math.min(end - at, MERGE_LENGTH);
            mergeLocked(shard, (int) stripe, at, bits.asSlice(done, length));
            done += length;
        }
    }

    private void mergeLocked(int shard, int stripeOfShard, long offset, MemorySegment bits) {
        MemorySegment target = memory[shard].asSlice(offset, bits.byteSize());
        int stripe = shard * BloomGeometry.STRIPES_PER_SHARD + stripeOfShard;
        locks.lock(stripe);
        try {
            for (long at = 0; at < bits.byteSize(); at += Long.BYTES) {
                long word = target.get(IdHash.LE_LONG, at) | bits.get(IdHash.LE_LONG, at);
                target.set(IdHash.LE_LONG, at, word);
            }
        } finally {
            locks.unlock(stripe);
        }
    }

    /** Whether the shard may hold bits that its last checkpoint lacks. */
    boolean isDirty(int shard) {
        boolean found = false;
        for (int stripe = firstStripe(shard); stripe < firstStripe(shard + 1); stripe++) {
            locks.lock(stripe);
            found |= dirty[stripe];
            locks.unlock(stripe);
        }
        return found;
    }

    /**
     * Makes {@link #isDirty} false. A checkpoint does this before it copies, so that a bit set
     * during the copy leaves the shard dirty.
     */
    void markClean(int shard) {
        mark(shard, false);
    }

    /** Makes {@link #isDirty} true: the shard's file is not what it should be. */
    void markDirty(int shard) {
        mark(shard, true);
    }

    private void mark(int shard, boolean value) {
        for (int stripe = firstStripe(shard); stripe < firstStripe(shard + 1); stripe++) {
            locks.lock(stripe);
            dirty[stripe] = value;
            locks.unlock(stripe);
        }
    }

    private static int firstStripe(int shard) {
        return shard * BloomGeometry.STRIPES_PER_SHARD;
    }

    // ---- what can be known about it ----

    /** Whether a shard answers by its bits, and not with "maybe" because it is not loaded. */
    public boolean isLoaded(int shard) {
        return readable[shard] != null;
    }

    /** {@link #estimate(int)} from 65,536 lines: within one percent. */
    public FilterEstimate estimate() {
        return estimate(DEFAULT_SAMPLES);
    }

    /**
     * Estimates the present false positive rate, fill and number of ids from evenly spaced lines.
     *
     * @param samples how many lines to look at; at least 256, one for every shard
     */
    public FilterEstimate estimate(int samples) {
        int perShard = (int) Math.min(samples / BloomGeometry.SHARDS, geometry.linesPerShard());
        if (perShard < 1) {
            throw new IllegalArgumentException(
                    "at least " + BloomGeometry.SHARDS + " samples, not " + samples);
        }
        double rates = 0;
        long bits = 0;
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            boolean loaded = isLoaded(shard);
            for (int i = 0; i < perShard; i++) {
                long line = geometry.linesPerShard() / perShard * i;
                long offset = line * LineProbe.LINE_LENGTH;
                rates += loaded ? rateOf(shard, offset) : 1;
                bits += LineProbe.bitCount(memory[shard], offset);
            }
        }
        double lines = (double) perShard * BloomGeometry.SHARDS;
        double fill = bits / (lines * 8 * LineProbe.LINE_LENGTH);
        return new FilterEstimate(rates / lines, fill, idsOf(fill));
    }

    private double rateOf(int shard, long offset) {
        return LineProbe.falsePositiveRate(memory[shard], offset, geometry.wordsPerId());
    }

    /** A bit is clear after n ids with probability exp(-n k / bits). */
    private double idsOf(double fill) {
        double bits = geometry.totalLength() * 8.0;
        return -Math.log1p(-Math.min(fill, 1 - 1 / bits)) * bits / geometry.wordsPerId();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
