package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
    private static final int GROUP = 256;

    /** How much is merged under one lock: some ten microseconds. */
    private static final long MERGE_LENGTH = 64 << 10;

    private static final int DEFAULT_SAMPLES = 1 << 16;

    private final BloomGeometry geometry;
    private final IdHash hash;
    private final Arena arena;
    private final LockStripes locks =
            new LockStripes(BloomGeometry.SHARDS * BloomGeometry.STRIPES_PER_SHARD);

    /** The memory of every shard, loaded or not. */
    private final MemorySegment[] memory;

    /**
     * The shards as one segment, in order; null where they are mapped from files of their own. With
     * it the touching of a line is five instructions, and the processor sees far enough ahead to
     * wait for twenty lines at once; with a segment to be looked up per id, for ten.
     */
    private final @Nullable MemorySegment whole;

    private final long totalLines;
    private final int wordsPerId;

    /** By stripe, under its lock: whether a bit was set since the last checkpoint. */
    private final boolean[] dirty =
            new boolean[BloomGeometry.SHARDS * BloomGeometry.STRIPES_PER_SHARD];

    /**
     * Which shards answer by their bits. Copied on every change, so that a reader who sees that a
     * shard is loaded sees what was loaded into it.
     */
    private volatile boolean[] loaded = new boolean[BloomGeometry.SHARDS];

    private BloomFilter(
            BloomGeometry geometry,
            IdHash hash,
            Arena arena,
            MemorySegment[] memory,
            @Nullable MemorySegment whole) {
        this.geometry = geometry;
        this.hash = hash;
        this.arena = arena;
        this.memory = memory;
        this.whole = whole;
        totalLines = geometry.linesPerShard() * BloomGeometry.SHARDS;
        wordsPerId = geometry.wordsPerId();
    }

    /** An empty filter. */
    public static BloomFilter create(BloomGeometry geometry, IdHash hash) {
        return loading(geometry, hash).allLoaded();
    }

    /** A filter of which no shard is loaded: it answers "maybe" until {@link #publish}. */
    static BloomFilter loading(BloomGeometry geometry, IdHash hash) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment all = FilterMemory.best().allocate(geometry.totalLength(), arena);
            return over(all, geometry, hash, arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** A filter of which no shard is loaded, over zeroed memory that belongs to {@code arena}. */
    static BloomFilter over(MemorySegment all, BloomGeometry geometry, IdHash hash, Arena arena) {
        MemorySegment[] shards = new MemorySegment[BloomGeometry.SHARDS];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = all.asSlice(i * geometry.shardLength(), geometry.shardLength());
        }
        return new BloomFilter(geometry, hash, arena, shards, all);
    }

    /** A filter that cannot be added to, over memory that belongs to {@code arena}. */
    static BloomFilter readOnly(
            MemorySegment[] shards, BloomGeometry geometry, IdHash hash, Arena arena) {
        return new BloomFilter(geometry, hash, arena, shards, null).allLoaded();
    }

    BloomFilter allLoaded() {
        boolean[] all = new boolean[BloomGeometry.SHARDS];
        Arrays.fill(all, true);
        loaded = all;
        return this;
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
     *     false if it may have been, and always while its shard is not loaded
     */
    public boolean addIfAbsent(MemorySegment id, long offset, long length) {
        return addHashIfAbsent(hash.high(id, offset, length), hash.low(id, offset, length));
    }

    /** {@link #mayContain} of an id of which only the hash is at hand. */
    public boolean mayContainHash(long high, long low) {
        return !loaded[BloomGeometry.shard(high)] || test(high, low);
    }

    /** {@link #add} of an id of which only the hash is at hand. */
    public void addHash(long high, long low) {
        set(writable(), high, low);
    }

    /** {@link #addIfAbsent} of an id of which only the hash is at hand. */
    public boolean addHashIfAbsent(long high, long low) {
        boolean known = loaded[BloomGeometry.shard(high)];
        return set(writable(), high, low) && known;
    }

    // ---- batches ----

    /** Answers for every id of the batch as {@link #mayContain} does. */
    public void mayContain(IdBatch batch) {
        checkHash(batch);
        mayContain(batch, 0, batch.size());
    }

    /** Adds every id of the batch. The answers are left as they are. */
    public void add(IdBatch batch) {
        checkHash(batch);
        add(batch, 0, batch.size());
    }

    /**
     * Adds every id of the batch and answers for each as {@link #addIfAbsent} does, as if they were
     * added in order: of equal ids in the batch, only the first can have been absent.
     */
    public void addIfAbsent(IdBatch batch) {
        checkHash(batch);
        addIfAbsent(batch, 0, batch.size());
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
    public void mayContainPart(IdBatch batch, int part, int parts) {
        checkHash(batch);
        mayContain(batch, partStart(batch, part, parts), partStart(batch, part + 1, parts));
    }

    /** Does one of several parts of {@link #add(IdBatch)}, as {@link #mayContainPart} does. */
    public void addPart(IdBatch batch, int part, int parts) {
        checkHash(batch);
        add(batch, partStart(batch, part, parts), partStart(batch, part + 1, parts));
    }

    /**
     * Does one of several parts of {@link #addIfAbsent(IdBatch)}, as {@link #mayContainPart} does.
     */
    public void addIfAbsentPart(IdBatch batch, int part, int parts) {
        checkHash(batch);
        addIfAbsent(batch, partStart(batch, part, parts), partStart(batch, part + 1, parts));
    }

    private void mayContain(IdBatch batch, int start, int end) {
        boolean[] known = loaded;
        for (int from = start; from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            touch(batch, from, to);
            for (int place = from; place < to; place++) {
                int index = batch.index(place);
                long high = batch.high(index);
                boolean maybe = !known[BloomGeometry.shard(high)] || test(high, batch.low(index));
                batch.answer(index, maybe);
            }
        }
    }

    private void add(IdBatch batch, int start, int end) {
        MemorySegment lines = writable();
        for (int from = start; from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            touch(batch, from, to);
            for (int place = from; place < to; place++) {
                int index = batch.index(place);
                set(lines, batch.high(index), batch.low(index));
            }
        }
    }

    private void addIfAbsent(IdBatch batch, int start, int end) {
        MemorySegment lines = writable();
        boolean[] known = loaded;
        for (int from = start; from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            touch(batch, from, to);
            for (int place = from; place < to; place++) {
                int index = batch.index(place);
                long high = batch.high(index);
                boolean absent = set(lines, high, batch.low(index));
                batch.answer(index, known[BloomGeometry.shard(high)] && absent);
            }
        }
    }

    private void checkHash(IdBatch batch) {
        if (batch.hash() != hash) {
            throw new IllegalArgumentException("the batch was hashed for another filter");
        }
    }

    private int partStart(IdBatch batch, int part, int parts) {
        if (parts < 1 || parts > BloomGeometry.SHARDS || part < 0 || part > parts) {
            throw new IllegalArgumentException("part " + part + " of " + parts);
        }
        if (!batch.isArranged()) {
            throw new IllegalStateException("arrange the batch before its parts are used");
        }
        return batch.shardStart(part * BloomGeometry.SHARDS / parts);
    }

    /**
     * Reads one word of every line of a group. The processor runs ahead over these independent
     * reads and waits for many lines at once; this is the prefetch that Java does not have.
     */
    private void touch(IdBatch batch, int from, int to) {
        MemorySegment lines = whole;
        if (lines == null) {
            return; // A mapping: if it is not in memory, touching does not bring it faster.
        }
        long count = totalLines;
        long sum = 0;
        for (int place = from; place < to; place++) {
            long high = batch.high(batch.index(place));
            sum += lines.get(IdHash.LE_LONG, LineProbe.offset(high, count));
        }
        batch.keep(sum);
    }

    // ---- lines ----

    // The line of an id in the whole is that of its shard behind those of the shards before:
    // floor(high * 256 L / 2^64) = shard * L + floor((high << 8) * L / 2^64).

    private boolean test(long high, long low) {
        MemorySegment lines = whole;
        if (lines != null) {
            return LineProbe.test(lines, LineProbe.offset(high, totalLines), low, wordsPerId);
        }
        long offset = BloomGeometry.lineOffset(high, geometry.linesPerShard());
        return LineProbe.test(memory[BloomGeometry.shard(high)], offset, low, wordsPerId);
    }

    private boolean set(MemorySegment lines, long high, long low) {
        long offset = LineProbe.offset(high, totalLines);
        int stripe = BloomGeometry.stripe(high);
        locks.lock(stripe);
        try {
            boolean changed = LineProbe.set(lines, offset, low, wordsPerId);
            dirty[stripe] |= changed;
            return changed;
        } finally {
            locks.unlock(stripe);
        }
    }

    private MemorySegment writable() {
        MemorySegment lines = whole;
        if (lines == null) {
            throw new IllegalStateException("the filter is open for reading only");
        }
        return lines;
    }

    void checkWritable() {
        writable();
    }

    // ---- checkpoints and loading; see FilterFiles ----

    /**
     * Lets a shard answer by its bits. To be called once everything that was added to it before it
     * was opened is in: its checkpoint is loaded, and the log from there on is replayed. Too early
     * a call makes ids "certainly absent" that are not.
     */
    public synchronized void publish(int shard) {
        boolean[] changed = loaded.clone();
        changed[shard] = true;
        loaded = changed;
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

    /** Sets all bits of a shard: every id of it is "maybe". */
    void fill(int shard) {
        MemorySegment ones = MemorySegment.ofArray(new byte[(int) MERGE_LENGTH]).fill((byte) -1);
        long length = geometry.shardLength();
        for (long at = 0; at < length; at += MERGE_LENGTH) {
            merge(shard, at, ones.asSlice(0, Math.min(MERGE_LENGTH, length - at)));
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
        return loaded[shard];
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
        return LineProbe.falsePositiveRate(memory[shard], offset, wordsPerId);
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
