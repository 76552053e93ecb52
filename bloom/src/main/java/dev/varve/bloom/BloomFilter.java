package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
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
 * Nothing is allocated by any call on ids, but by the first addition after an opening, if no shard
 * was loaded before: unless the embedder has enabled native access, all lines are allocated then
 * and zeroed, which takes a second or more for each gigabyte. Questions do not wait for it.
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
    private final Access access;
    private final LockStripes locks =
            new LockStripes(BloomGeometry.SHARDS * BloomGeometry.STRIPES_PER_SHARD);
    private final int wordsPerId;

    /**
     * By shard, where additions set their bits as well while it is rebuilt; null while none is.
     * What stands for a shard changes under all its locks; the array is replaced under the monitor.
     */
    private volatile @Nullable MemorySegment @Nullable [] targets;

    /** Where the shards lie; the part of a shard is changed under all its locks. */
    private volatile ShardMap map;

    /** By shard, how many lines it gets once memory is needed; null since that is there. */
    private volatile long @Nullable [] linesToCome;

    /**
     * Held by who takes memory, for seconds where that is zeroed: not the monitor, for which others
     * wait with stripes locked.
     */
    private final Object takingMemory = new Object();

    /** The row in which shards lie, or to which they move that get more lines; under that lock. */
    private @Nullable MemorySegment row;

    /** What is done before the first bit is set; set before others see the filter. */
    private Runnable beforeBits = () -> {};

    /** Whether ids can be added. */
    private enum Access {
        READ,
        READ_WRITE
    }

    private BloomFilter(
            BloomGeometry geometry, IdHash hash, Arena arena, ShardMap map, Access access) {
        this.geometry = geometry;
        this.hash = hash;
        this.arena = arena;
        this.map = map;
        this.access = access;
        wordsPerId = geometry.wordsPerId();
    }

    /** An empty filter. */
    public static BloomFilter create(BloomGeometry geometry, IdHash hash) {
        return loading(geometry, hash).allLoaded();
    }

    /** A filter of which no shard is loaded: it answers "maybe" until {@link #publish}. */
    static BloomFilter loading(BloomGeometry geometry, IdHash hash) {
        long[] lines = new long[BloomGeometry.SHARDS];
        Arrays.fill(lines, geometry.linesPerShard());
        return loading(geometry, hash, lines, Arena.ofShared(), () -> {});
    }

    /**
     * A filter of which no shard is loaded, and whose shards have grown: those with the most lines
     * lie in one row, to which the others can move.
     *
     * @param arena gives the memory, and is closed with the filter
     * @param beforeBits is run once the memory is there, and before the first bit is set; again, if
     *     it fails
     */
    static BloomFilter loading(
            BloomGeometry geometry,
            IdHash hash,
            long[] linesOfShards,
            Arena arena,
            Runnable beforeBits) {
        try {
            ShardMap nowhere = ShardMap.nowhere(geometry.wordsPerId());
            BloomFilter filter =
                    new BloomFilter(geometry, hash, arena, nowhere, Access.READ_WRITE);
            filter.linesToCome = linesOfShards.clone();
            filter.beforeBits = beforeBits;
            if (FilterMemory.best() == FilterMemory.HUGE_PAGES) {
                filter.requireMemory(); // which takes no time before it is written
            }
            return filter;
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Allocates the lines, if that was not done yet. An arena's memory is zeroed first, a second or
     * more for each gigabyte; so it is by the first who loads or adds, and who only asks does not
     * wait for it.
     */
    void requireMemory() {
        if (linesToCome != null) {
            allocateLines();
        }
    }

    private void allocateLines() {
        synchronized (takingMemory) {
            long[] lines = linesToCome;
            if (lines == null) {
                return; // another did it
            }
            if (map.totalLines() == 0) {
                map = mapOf(lines);
            }
            beforeBits.run();
            linesToCome = null; // behind the map: who sees this sees that
        }
    }

    /** The row comes first, and is kept if there is no memory for shards of fewer lines. */
    private ShardMap mapOf(long[] lines) {
        long most = Arrays.stream(lines).max().orElseThrow();
        MemorySegment whole = rowOf(most);
        long fewer = Arrays.stream(lines).filter(count -> count < most).sum();
        if (fewer == 0) {
            return ShardMap.within(whole, wordsPerId);
        }
        return ShardMap.split(whole, allocate(fewer, arena), lines, wordsPerId);
    }

    private static MemorySegment allocate(long lines, Arena arena) {
        return FilterMemory.best().allocate(lines * LineProbe.LINE_LENGTH, arena);
    }

    /** A filter of which no shard is loaded, over zeroed memory that belongs to {@code arena}. */
    static BloomFilter over(MemorySegment all, BloomGeometry geometry, IdHash hash, Arena arena) {
        ShardMap map = ShardMap.within(all, geometry.wordsPerId());
        return new BloomFilter(geometry, hash, arena, map, Access.READ_WRITE);
    }

    /** A filter that cannot be added to, over memory that belongs to {@code arena}. */
    static BloomFilter readOnly(
            MemorySegment[] shards, BloomGeometry geometry, IdHash hash, Arena arena) {
        ShardMap map = ShardMap.of(shards, geometry.wordsPerId());
        return new BloomFilter(geometry, hash, arena, map, Access.READ).allLoaded();
    }

    BloomFilter allLoaded() {
        requireMemory();
        map = map.withAllLoaded();
        return this;
    }

    /** The geometry with which the filter was created; its shards may have grown since. */
    public BloomGeometry geometry() {
        return geometry;
    }

    /** The hash by which ids are found. */
    public IdHash hash() {
        return hash;
    }

    /** The number of lines of a shard: that of the geometry, or more since it has grown. */
    public long lines(int shard) {
        long[] toCome = linesToCome;
        return toCome != null ? toCome[shard] : map.lines(shard);
    }

    /** The length of all shards in bytes. */
    public long length() {
        long[] toCome = linesToCome;
        long lines = toCome != null ? Arrays.stream(toCome).sum() : map.totalLines();
        return lines * LineProbe.LINE_LENGTH;
    }

    /** For how many ids the filter is meant with the lines that it has now. */
    public long capacity() {
        double grown = (double) length() / geometry.totalLength();
        return (long) (geometry.expectedIds() * grown);
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
        ShardMap seen = map;
        while (!seen.mayContain(high, low)) {
            ShardMap now = mapAfterReading();
            if (now == seen) {
                return false;
            }
            seen = now; // The lines that were looked at may have been given back meanwhile.
        }
        return true;
    }

    /** The map as it is once all lines that were looked at are read. */
    private ShardMap mapAfterReading() {
        VarHandle.loadLoadFence();
        return map;
    }

    /** {@link #add} of an id of which only the hash is at hand. */
    public void addHash(long high, long low) {
        beforeAdding();
        set(high, low);
    }

    /** {@link #addIfAbsent} of an id of which only the hash is at hand. */
    public boolean addHashIfAbsent(long high, long low) {
        beforeAdding();
        boolean known = map.isLoaded(BloomGeometry.shard(high));
        return set(high, low) && known;
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
        ShardMap seen = map;
        int from = start;
        while (from < end) {
            int to = Math.min(from + GROUP, end);
            seen.mayContain(batch, from, to);
            ShardMap now = mapAfterReading();
            from = now == seen ? to : from;
            seen = now;
        }
    }

    private void add(IdBatch batch, int start, int end) {
        beforeAdding();
        for (int from = start; from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            map.touch(batch, from, to);
            int remaining = addToDirty(batch, from, to);
            for (int place = from; place < remaining; place++) {
                int index = batch.remaining(place);
                set(batch.high(index), batch.low(index));
            }
        }
    }

    /**
     * Adds those ids of a range for which nothing else is to be done: their stripe is dirty, and
     * its shard is neither rebuilt nor moved. A loop of its own: with {@link #set} in it, which the
     * compiler inlines or not, it is a third slower or not. What does not change is read before it,
     * since each lock makes the compiler read all fields again.
     *
     * @return the end of the others, which are noted from the place {@code from} on
     */
    private int addToDirty(IdBatch batch, int from, int to) {
        ShardMap seen = map;
        MemorySegment lines = seen.whole();
        long count = seen.totalLines();
        int words = wordsPerId;
        int end = from;
        for (int place = from; place < to; place++) {
            int index = batch.index(place);
            long high = batch.high(index);
            long low = batch.low(index);
            int stripe = BloomGeometry.stripe(high);
            if (!locks.tryLockDirty(stripe)) {
                batch.remain(end++, index);
                continue;
            }
            try {
                if (map != seen) {
                    batch.remain(end++, index);
                } else if (lines != null) {
                    LineProbe.add(lines, LineProbe.offset(high, count), low, words);
                } else {
                    seen.addToShard(high, low);
                }
            } finally {
                locks.unlockDirty(stripe);
            }
        }
        return end;
    }

    private void addIfAbsent(IdBatch batch, int start, int end) {
        beforeAdding();
        for (int from = start; from < end; from += GROUP) {
            int to = Math.min(from + GROUP, end);
            ShardMap known = map;
            known.touch(batch, from, to);
            for (int place = from; place < to; place++) {
                int index = batch.index(place);
                long high = batch.high(index);
                boolean absent = set(high, batch.low(index));
                batch.answer(index, known.isLoaded(BloomGeometry.shard(high)) && absent ? 1 : 0);
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

    // ---- lines ----

    private boolean set(long high, long low) {
        int stripe = BloomGeometry.stripe(high);
        int marks = locks.lock(stripe);
        try {
            boolean changed = map.set(high, low);
            if ((marks & LockStripes.REBUILT) != 0) {
                setInTarget(high, low);
            }
            marks |= changed ? LockStripes.DIRTY : 0;
            return changed;
        } finally {
            locks.unlock(stripe, marks);
        }
    }

    private void setInTarget(long high, long low) {
        MemorySegment[] rebuilt = targets;
        MemorySegment target = rebuilt == null ? null : rebuilt[BloomGeometry.shard(high)];
        if (target != null) {
            LineProbe.add(target, ShardMap.offsetIn(target, high), low, wordsPerId);
        }
    }

    private void beforeAdding() {
        checkWritable();
        requireMemory();
    }

    void checkWritable() {
        if (access == Access.READ) {
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
        requireMemory();
        map = map.withLoaded(shard);
    }

    /**
     * The memory of a shard, to be copied while others add to it: a copy holds every bit that was
     * set before, and some of those set during it, if this still returns the same when it is done.
     */
    MemorySegment memory(int shard) {
        requireMemory();
        return mapAfterReading().memory(shard);
    }

    /** Sets in the shard all bits that are set in {@code bits}, while others add to it. */
    void merge(int shard, long offset, MemorySegment bits) {
        beforeAdding();
        long stripeLength = map.memory(shard).byteSize() / BloomGeometry.STRIPES_PER_SHARD;
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
        long length = lines(shard) * LineProbe.LINE_LENGTH;
        for (long at = 0; at < length; at += MERGE_LENGTH) {
            merge(shard, at, ones.asSlice(0, Math.min(MERGE_LENGTH, length - at)));
        }
    }

    private void mergeLocked(int shard, int stripeOfShard, long offset, MemorySegment bits) {
        MemorySegment target = map.memory(shard).asSlice(offset, bits.byteSize());
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
            int marks = locks.lock(stripe);
            found |= (marks & LockStripes.DIRTY) != 0;
            locks.unlock(stripe, marks);
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
            int marks = locks.lock(stripe) & ~LockStripes.DIRTY;
            locks.unlock(stripe, value ? marks | LockStripes.DIRTY : marks);
        }
    }

    private static int firstStripe(int shard) {
        return shard * BloomGeometry.STRIPES_PER_SHARD;
    }

    // ---- rebuilding; see ShardRebuild ----

    /** The row of shards of so many lines to which shards move that grow. */
    MemorySegment rowOf(long linesPerShard) {
        long lines = BloomGeometry.SHARDS * linesPerShard;
        synchronized (takingMemory) {
            MemorySegment known = row;
            if (known != null && known.byteSize() == lines * LineProbe.LINE_LENGTH) {
                return known;
            }
            MemorySegment taken = allocate(lines, arena);
            row = taken;
            return taken;
        }
    }

    /**
     * From the return on every addition to the shard sets its bits in {@code target} too.
     *
     * @throws IllegalStateException if the shard is rebuilt already, or not published
     */
    void beginRebuild(int shard, MemorySegment target) {
        checkWritable();
        lockAll(shard);
        try {
            if (isRebuilt(shard) || !map.isLoaded(shard)) {
                throw new IllegalStateException(
                        "shard " + shard + " is rebuilt by another, or not published");
            }
            setTarget(shard, target);
        } finally {
            unlockAll(shard);
        }
    }

    private boolean isRebuilt(int shard) {
        MemorySegment[] rebuilt = targets;
        return rebuilt != null && rebuilt[shard] != null;
    }

    /** Under the locks of the shard; others may do the same with other shards. */
    private synchronized void setTarget(int shard, @Nullable MemorySegment target) {
        MemorySegment[] rebuilt = targets;
        MemorySegment[] changed =
                rebuilt == null ? new MemorySegment[BloomGeometry.SHARDS] : rebuilt.clone();
        changed[shard] = target;
        targets = Arrays.stream(changed).allMatch(Objects::isNull) ? null : changed;
        for (int stripe = firstStripe(shard); stripe < firstStripe(shard + 1); stripe++) {
            locks.markRebuilt(stripe, target != null);
        }
    }

    /** Sets the bits of an id in the memory of the rebuild only. */
    void addToRebuild(long high, long low) {
        int stripe = BloomGeometry.stripe(high);
        locks.lock(stripe);
        try {
            setInTarget(high, low);
        } finally {
            locks.unlock(stripe);
        }
    }

    /** Ends a rebuild without effect. */
    void abandonRebuild(int shard) {
        lockAll(shard);
        try {
            setTarget(shard, null);
        } finally {
            unlockAll(shard);
        }
    }

    /** Moves a shard to its place in the row in which it was rebuilt. */
    void moveTo(MemorySegment row, int shard) {
        MemorySegment old = memory(shard);
        lockAll(shard);
        try {
            setTarget(shard, null);
            move(row, shard);
        } finally {
            unlockAll(shard);
        }
        markDirty(shard);
        FilterMemory.best().giveBack(old);
    }

    private synchronized void move(MemorySegment row, int shard) {
        map = map.withMoved(shard, row);
    }

    /**
     * Puts the lines of a rebuild of equal length in the place of those of the shard. A reader sees
     * each word as it was or as it is, and both have the bits of every id.
     */
    void replaceLines(int shard, MemorySegment target) {
        MemorySegment lines = map.memory(shard);
        long length = lines.byteSize() / BloomGeometry.STRIPES_PER_SHARD;
        for (int i = 0; i < BloomGeometry.STRIPES_PER_SHARD; i++) {
            locks.lock(firstStripe(shard) + i);
            try {
                for (long at = i * length; at < (i + 1) * length; at += Long.BYTES) {
                    lines.set(IdHash.LE_LONG, at, target.get(IdHash.LE_LONG, at));
                }
            } finally {
                locks.unlock(firstStripe(shard) + i);
            }
        }
        abandonRebuild(shard);
        markDirty(shard);
    }

    private void lockAll(int shard) {
        for (int stripe = firstStripe(shard); stripe < firstStripe(shard + 1); stripe++) {
            locks.lock(stripe);
        }
    }

    private void unlockAll(int shard) {
        for (int stripe = firstStripe(shard); stripe < firstStripe(shard + 1); stripe++) {
            locks.unlock(stripe);
        }
    }

    // ---- what can be known about it ----

    /** Whether a shard answers by its bits, and not with "maybe" because it is not loaded. */
    public boolean isLoaded(int shard) {
        return map.isLoaded(shard);
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
        if (samples < BloomGeometry.SHARDS) {
            throw new IllegalArgumentException(
                    "at least " + BloomGeometry.SHARDS + " samples, not " + samples);
        }
        double rate = 0;
        double fill = 0;
        double ids = 0;
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            FilterEstimate found = estimate(shard, samples / BloomGeometry.SHARDS);
            rate += found.falsePositiveRate();
            fill += found.fill();
            ids += found.ids();
        }
        return new FilterEstimate(rate / BloomGeometry.SHARDS, fill / BloomGeometry.SHARDS, ids);
    }

    private FilterEstimate estimate(int shard, int samples) {
        ShardMap seen = map;
        FilterEstimate found = seen.estimate(shard, samples);
        while (seen != mapAfterReading()) {
            seen = map;
            found = seen.estimate(shard, samples);
        }
        return found;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
