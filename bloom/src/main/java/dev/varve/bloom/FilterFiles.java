package dev.varve.bloom;

import static dev.varve.bloom.FilterClosedDescriptor.CRC_OFFSET;
import static dev.varve.bloom.FilterClosedDescriptor.LENGTH;
import static dev.varve.bloom.FilterClosedDescriptor.MAGIC;
import static dev.varve.bloom.FilterClosedDescriptor.MAGIC_OFFSET;
import static dev.varve.bloom.FilterClosedDescriptor.POSITION_OFFSET;
import static dev.varve.bloom.FilterClosedDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.FilterClosedDescriptor.SHARD_COUNT_OFFSET;
import static dev.varve.bloom.FilterClosedDescriptor.SHARD_CRCS_OFFSET;
import static dev.varve.bloom.FilterClosedDescriptor.VERSION;
import static dev.varve.bloom.FilterClosedDescriptor.VERSION_OFFSET;

import dev.varve.bloom.ShardLoad.State;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of one filter in a directory: a header, a checkpoint per shard, and a mark while the
 * filter is closed. docs/FORMAT-bloom.md describes them.
 *
 * <p><b>Why it is always right.</b> Bits only go from 0 to 1, and adding an id again changes
 * nothing. So a checkpoint that is copied while others add holds all ids added before it and some
 * of those added during it; with the log replayed from the position that the caller noted first, it
 * holds all. A crash at any moment leaves the last whole checkpoint of every shard: {@link
 * ShardFiles} has the next one written beside it.
 *
 * <p><b>Opening.</b> {@link #open} reads only the header; every shard answers "maybe". For every
 * shard, in any order and on any threads: {@link #load} it, replay the log from {@link
 * ShardLoad#position} into the filter, then {@link BloomFilter#publish} it.
 *
 * <p>Safe for use by many threads, except that one shard is loaded or checkpointed by one thread at
 * a time. Nothing to close; the storage stays with the caller. A failed checkpoint is a {@link
 * StorageException} and leaves the one before; it may be tried again.
 */
public final class FilterFiles {

    private static final String HEADER_TEMPORARY = FilterHeaderDescriptor.FILE_NAME + ".tmp";

    private static final String CLOSED_TEMPORARY = FilterClosedDescriptor.FILE_NAME + ".tmp";

    private final Storage storage;

    /** What this object knows of the shards' files, from {@link #create} or {@link #open} on. */
    private volatile @Nullable ShardFiles shardFiles;

    public FilterFiles(Storage storage) {
        this.storage = storage;
    }

    /** Where the files are, for messages: a path, or the name of a simulated disk. */
    public String location() {
        return storage.location();
    }

    /** Whether a filter was created here. */
    public boolean exist() {
        return storage.exists(FilterHeaderDescriptor.FILE_NAME);
    }

    /**
     * Whether the filter has a log of its own, and so belongs to a {@link StandaloneFilter}; the
     * positions in its files say nothing of any other log.
     */
    public boolean standAlone() {
        return storage.list().stream().anyMatch(FilterLogDescriptor::isLogFile);
    }

    // ---- opening ----

    /**
     * An empty filter whose header is durable here. It has no checkpoint yet: after a crash, all of
     * its shards are {@link State#MISSING}.
     *
     * @throws IllegalStateException if there is a filter already
     * @throws StorageException if there is one without its header
     */
    public BloomFilter create(BloomGeometry geometry, IdHash hash) {
        requireNone();
        BloomFilter filter = newFilter(geometry, hash);
        boolean created = false;
        try {
            writeWhole(
                    FilterHeaderDescriptor.FILE_NAME,
                    HEADER_TEMPORARY,
                    new FilterHeader(geometry, hash).encode());
            shardFiles = new ShardFiles(storage);
            created = true;
            return filter;
        } finally {
            if (!created) {
                filter.close();
            }
        }
    }

    /** Throws what {@link #create} does where there is a filter, and changes nothing. */
    void requireNone() {
        if (exist()) {
            throw new IllegalStateException("there is a filter in " + storage.location());
        }
        for (String name : storage.list()) {
            if (FilterShardDescriptor.isShardFile(name)
                    || name.equals(FilterClosedDescriptor.FILE_NAME)) {
                throw new StorageException("a filter's file without its header", name, 0, null);
            }
        }
    }

    /** Before its header is written: one that has no memory here could not be opened either. */
    private BloomFilter newFilter(BloomGeometry geometry, IdHash hash) {
        try {
            return BloomFilter.create(geometry, hash);
        } catch (OutOfMemoryError e) {
            throw new StorageException(
                    "no memory for a filter of " + geometry.totalLength() + " bytes, for "
                            + geometry.expectedIds() + " ids; none was made",
                    storage.location(),
                    StorageException.NO_OFFSET,
                    e);
        }
    }

    /**
     * Opens the filter for reading and adding, with none of its shards loaded. Its memory is there,
     * and the mark of a closed filter gone, once the first is loaded or added to; if either fails,
     * that call does, and may be tried again.
     *
     * @throws StorageException if its ids were hashed otherwise than by {@code hash}
     */
    public BloomFilter open(IdHash hash) {
        FilterHeader header = readHeader();
        header.requireSame(hash, FilterHeaderDescriptor.FILE_NAME);
        return open(new FilterHeader(header.geometry(), hash));
    }

    /** {@link #open(IdHash)}, with the hash that the header names. */
    public BloomFilter open() {
        return open(readHeader());
    }

    private BloomFilter open(FilterHeader header) {
        ShardFiles found = ShardFiles.find(storage, header);
        shardFiles = found;
        found.deleteTemporaries();
        HashColumn.deleteTemporaries(storage);
        long[] lines = linesOfShards(header);
        try {
            return BloomFilter.loading(
                    header.geometry(),
                    header.hash(),
                    lines,
                    Arena.ofShared(),
                    this::deleteClosedMark);
        } catch (OutOfMemoryError e) {
            throw noMemory(Arrays.stream(lines).sum() * LineProbe.LINE_LENGTH, e);
        }
    }

    /**
     * Gone for good before the first bit is set: the files no longer hold every bit then. And not
     * before all else is done that may fail: else that leaves a filter that is closed in order.
     */
    private void deleteClosedMark() {
        storage.delete(FilterClosedDescriptor.FILE_NAME);
        storage.forceDirectory();
    }

    private static StorageException noMemory(long length, OutOfMemoryError e) {
        return new StorageException(
                "no memory for a filter of " + length + " bytes, as its files have it",
                FilterHeaderDescriptor.FILE_NAME,
                FilterHeaderDescriptor.LINES_PER_SHARD_OFFSET,
                e);
    }

    /** Shards may have grown; one whose file does not tell has as many lines as the largest. */
    private long[] linesOfShards(FilterHeader header) {
        long[] lines = new long[BloomGeometry.SHARDS];
        long most = header.geometry().linesPerShard();
        for (int shard = 0; shard < lines.length; shard++) {
            lines[shard] = linesOf(header, shard);
            most = Math.max(most, lines[shard]);
        }
        for (int shard = 0; shard < lines.length; shard++) {
            lines[shard] = lines[shard] == ShardFile.NO_LINES ? most : lines[shard];
        }
        return lines;
    }

    private long linesOf(FilterHeader header, int shard) {
        String name = shardFiles(header).last(shard);
        if (name == null) {
            return ShardFile.NO_LINES;
        }
        try (StorageFile file = storage.open(name, Access.READ)) {
            return ShardFile.readLines(file, header);
        }
    }

    /** {@link #open(IdHash)}, where the filter must have that geometry. */
    public BloomFilter open(BloomGeometry geometry, IdHash hash) {
        readHeader().requireSame(geometry, FilterHeaderDescriptor.FILE_NAME);
        return open(hash);
    }

    /**
     * Opens a filter that was {@linkplain #closeInOrder closed in order} as a mapping of its files,
     * for reading only and at once: nothing is loaded, and chunks are not checked (see {@link
     * #verify}). The hash is made from the header.
     *
     * @throws StorageException if the filter was not closed in order, or its files are damaged
     */
    public BloomFilter openReadOnly() {
        FilterHeader header = readHeader();
        MemorySegment mark = readClosedMark(header);
        ShardFiles found = ShardFiles.find(storage, header);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment[] shards = new MemorySegment[BloomGeometry.SHARDS];
            for (int shard = 0; shard < shards.length; shard++) {
                int crc = mark.get(IdHash.LE_INT, shardCrcOffset(shard));
                shards[shard] = mapShard(header, shard, found.last(shard), crc, arena);
            }
            return BloomFilter.readOnly(shards, header.geometry(), header.hash(), arena);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /**
     * The position up to which the files hold every id, if the filter is closed in order; {@link
     * ShardLoad#NO_POSITION} if not, if the mark of that is damaged, or if one of the shards is not
     * the one that the filter was closed with.
     */
    public long closedPositionIfAny() {
        if (!storage.exists(FilterClosedDescriptor.FILE_NAME)) {
            return ShardLoad.NO_POSITION;
        }
        try {
            FilterHeader header = readHeader();
            MemorySegment mark = readClosedMark(header);
            ShardFiles found = ShardFiles.find(storage, header);
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                MemorySegment head = found.soundHead(shard);
                int crc = mark.get(IdHash.LE_INT, shardCrcOffset(shard));
                if (head == null || ShardFile.crc(head) != crc) {
                    return ShardLoad.NO_POSITION;
                }
            }
            return mark.get(IdHash.LE_LONG, POSITION_OFFSET);
        } catch (CorruptionException damagedMark) {
            return ShardLoad.NO_POSITION;
        }
    }

    /** The position given to {@link #closeInOrder}. */
    public long closedPosition() {
        return readClosedMark(readHeader()).get(IdHash.LE_LONG, POSITION_OFFSET);
    }

    private MemorySegment mapShard(
            FilterHeader header, int shard, @Nullable String name, int crc, Arena arena) {
        if (name == null) {
            String missing = FilterShardDescriptor.fileName(shard);
            throw new CorruptionException("shard " + shard + " is damaged", missing, 0, null);
        }
        try (StorageFile file = storage.open(name, Access.READ)) {
            ShardFile shardFile =
                    new ShardFile(file, header, shard, ShardFile.readLines(file, header));
            ShardFile.Head head = shardFile.readHead();
            if (head.valid() && head.crc() == crc && shardFile.isWhole()) {
                return shardFile.map(arena);
            }
            throw new CorruptionException(
                    "not the shard that the filter was closed with", name, 0, null);
        }
    }

    private ShardFiles shardFiles(FilterHeader header) {
        ShardFiles known = shardFiles;
        if (known == null) {
            known = ShardFiles.find(storage, header);
            shardFiles = known;
        }
        return known;
    }

    // ---- loading ----

    /**
     * Sets in the filter all bits of a shard's last checkpoint; of a damaged chunk, all bits. The
     * shard goes on to answer "maybe". Harmless on a shard in use: what a checkpoint holds was
     * added.
     *
     * @throws StorageException if a file cannot be read or is of another filter, or if there is no
     *     memory for the filter
     */
    public ShardLoad load(BloomFilter filter, int shard) {
        List<ShardLoad> loads = new ArrayList<>();
        int[] shards = {shard, BloomGeometry.SHARDS};
        loadEach(filter, Access.READ, () -> shards[loads.size()], loads::add);
        return loads.getFirst();
    }

    /**
     * {@link #load(BloomFilter, int)} of one shard after the other, with the memory into which
     * files are read taken once, and in the way that is the faster. That is past the page cache,
     * but for a single loader that has no huge page to read into: for it the system reads ahead.
     *
     * @param loaders how many threads load the filter at a time, this one included
     * @param next tells the number of the next shard; {@link BloomGeometry#SHARDS} ends the call
     * @param loaded is told of each shard, before the next is asked for
     */
    public void loadEach(
            BloomFilter filter, int loaders, IntSupplier next, Consumer<ShardLoad> loaded) {
        boolean readAhead = loaders == 1 && FilterMemory.best() == FilterMemory.PLAIN;
        loadEach(filter, readAhead ? Access.READ : Access.READ_ONCE, next, loaded);
    }

    private void loadEach(
            BloomFilter filter, Access access, IntSupplier next, Consumer<ShardLoad> loaded) {
        try (ReadBuffer buffer = new ReadBuffer()) {
            int shard = next.getAsInt();
            while (shard != BloomGeometry.SHARDS) {
                loaded.accept(load(filter, shard, access, buffer));
                shard = next.getAsInt();
            }
        }
    }

    private ShardLoad load(BloomFilter filter, int shard, Access access, ReadBuffer buffer) {
        try {
            filter.requireMemory();
        } catch (OutOfMemoryError e) {
            throw noMemory(filter.length(), e);
        }
        boolean sound = false;
        try {
            ShardMerge merge = new ShardMerge(filter, shard);
            ShardLoad load = read(headerOf(filter), shard, access, buffer, merge);
            sound =
                    load.state() == State.LOADED
                            && load.badChunks().isEmpty()
                            && !shardFiles(headerOf(filter)).isDoubtful(shard);
            return load;
        } finally {
            if (!sound) {
                // Else closing in order would keep a file that is damaged, or never was forced.
                filter.markDirty(shard);
            }
        }
    }

    /** Reads a shard's checkpoint as {@link #load} does, and changes nothing. */
    public ShardLoad verify(int shard) {
        try (ReadBuffer buffer = new ReadBuffer()) {
            ShardFile.ChunkReader none = ShardFile.ChunkReader.NONE;
            return read(readHeader(), shard, Access.READ_ONCE, buffer, none);
        }
    }

    /**
     * Reads the log of a filter that stands alone as opening it does, and changes nothing.
     *
     * @param from the highest position of all checkpoints, which the log must reach
     * @return how many ids the next opening would read from it; 0 where the log is the ledger's
     * @throws CorruptionException if a block that was durable is damaged, or a file is missing
     */
    public long verifyLog(long from) {
        return standAlone() ? new FilterLog(storage, readHeader().hash()).verify(from) : 0;
    }

    private ShardLoad read(
            FilterHeader header,
            int shard,
            Access access,
            ReadBuffer buffer,
            ShardFile.ChunkReader reader) {
        String name = shardFiles(header).last(shard);
        ShardLoad damaged = new ShardLoad(shard, State.DAMAGED, ShardLoad.NO_POSITION, List.of());
        if (name == null || !storage.exists(name)) {
            // The first file of a shard has its number, which no other has before.
            return storage.exists(FilterShardDescriptor.fileName(shard))
                    ? damaged
                    : new ShardLoad(shard, State.MISSING, ShardLoad.NO_POSITION, List.of());
        }
        try (StorageFile file = storage.open(name, access)) {
            MemorySegment begin = buffer.begin(file);
            long lines = ShardFile.lines(begin, header, name);
            if (lines == ShardFile.NO_LINES) {
                return damaged;
            }
            ShardFile shardFile = new ShardFile(file, header, shard, lines);
            ShardFile.Head head = shardFile.readHead(begin);
            if (!head.valid()) {
                return damaged;
            }
            reader.begin(lines);
            List<Integer> bad = shardFile.readChunks(head, buffer, reader);
            return new ShardLoad(shard, State.LOADED, head.position(), bad);
        }
    }

    /**
     * Deletes the checkpoints of all shards that name a position beyond {@code end}, durably: they
     * are {@link State#MISSING} from then on. A mark of a closed filter that does is deleted too.
     * To be called with the end of a log to which nothing was added since it was opened; once it
     * has passed the position that a checkpoint of another log names, nothing tells the two apart.
     */
    public void discardBeyond(long end) {
        shardFiles(readHeader()).deleteBeyond(end);
        if (closedPositionIfAny() > end) {
            deleteClosedMark();
        }
    }

    // ---- columns of hashes ----

    /** The columns of hashes beside this filter, by position. */
    public List<HashColumn> columns() {
        return HashColumn.list(storage);
    }

    /** Begins the column of the ids that the log between two positions adds to the filter. */
    public HashColumnWriter newColumn(
            BloomFilter filter, long start, long end, BandwidthBudget budget) {
        return new HashColumnWriter(storage, filter.hash(), start, end, budget);
    }

    // ---- checkpoints ----

    /**
     * Writes a checkpoint of one shard while others add to it. Once this returns, the log below
     * {@code position} is not needed for this shard any more.
     *
     * @param position noted before the call: all ids of the log below it were added before the call
     * @throws IllegalStateException if the shard is not published, so that it may lack ids
     */
    public void checkpoint(BloomFilter filter, int shard, long position, BandwidthBudget budget) {
        boolean durable = false;
        try (ShardWriting writing = ShardWriting.at(position, budget)) {
            writeShard(filter, shard, writing);
            shardFiles(headerOf(filter)).forceDirectory();
            durable = true;
        } finally {
            if (!durable) {
                filter.markDirty(shard);
            }
        }
    }

    /**
     * Writes checkpoints of all shards while others add to them; they are durable on return.
     *
     * @param position is asked before each shard is copied: all ids of the log below it were added
     *     before the answer
     */
    public void checkpointAll(
            BloomFilter filter, LongSupplier position, BandwidthBudget budget) {
        checkpointAll(filter, position, bytes -> {}, budget);
    }

    /**
     * {@link #checkpointAll(BloomFilter, LongSupplier, BandwidthBudget)}, where others need the
     * disk as well.
     *
     * @param space is told before each shard is copied how many bytes its file will be longer than
     *     it is, if any: none where it is written over. What it throws ends this
     */
    public void checkpointAll(
            BloomFilter filter,
            LongSupplier position,
            LongConsumer space,
            BandwidthBudget budget) {
        boolean durable = false;
        try (ShardWriting writing = new ShardWriting(position, space, budget)) {
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                writeShard(filter, shard, writing);
            }
            // Once for all: each name is that of a whole checkpoint, the old one or the new one.
            shardFiles(headerOf(filter)).deleteOthers();
            durable = true;
        } finally {
            if (!durable) {
                for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                    filter.markDirty(shard);
                }
            }
        }
    }

    private void writeShard(BloomFilter filter, int shard, ShardWriting writing) {
        requirePublished(filter, shard);
        ShardFiles files = shardFiles(headerOf(filter));
        ShardFiles.Place place = files.placeFor(shard);
        try {
            try (StorageFile file = files.open(place)) {
                writeShard(filter, place, file, writing);
            }
            files.written(place);
        } finally {
            files.leave(place);
        }
    }

    private static void writeShard(
            BloomFilter filter, ShardFiles.Place place, StorageFile file, ShardWriting writing) {
        int shard = place.shard();
        ShardFile shardFile;
        MemorySegment source;
        MemorySegment head;
        long position;
        do {
            position = writing.nextPosition();
            source = filter.memory(shard);
            long lines = source.byteSize() / LineProbe.LINE_LENGTH;
            shardFile = new ShardFile(file, headerOf(filter), shard, lines);
            writing.requireSpace(shardFile.length() - file.length());
            filter.markClean(shard);
            head =
                    shardFile.writeBits(
                            source, writing.buffer(source.byteSize()), writing.budget());
            // Memory that a shard moved away from may have been given back before it was
            // copied: nothing of that may ever count.
        } while (!filter.memory(shard).equals(source));
        shardFile.commit(head, position, place.generation());
    }

    private static void requirePublished(BloomFilter filter, int shard) {
        filter.checkWritable();
        if (!filter.isLoaded(shard)) {
            throw new IllegalStateException("shard " + shard + " is not published");
        }
    }

    /**
     * Checkpoints every shard that needs it, then marks the filter as closed: until it is
     * {@linkplain #open opened} and loaded or added to, its files hold every id, and {@link
     * #openReadOnly} will do. Nobody may add to the filter from the call on; the filter itself is
     * not closed.
     *
     * @param position the log's end: all its ids were added
     */
    public void closeInOrder(BloomFilter filter, long position) {
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            requirePublished(filter, shard);
        }
        ShardFiles files = shardFiles(headerOf(filter));
        boolean durable = false;
        try (ShardWriting writing = ShardWriting.at(position, BandwidthBudget.unlimited())) {
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                if (filter.isDirty(shard) || files.last(shard) == null) {
                    writeShard(filter, shard, writing);
                }
            }
            files.deleteOthers();
            durable = true;
        } finally {
            if (!durable) {
                for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                    filter.markDirty(shard);
                }
            }
        }
        // Before the mark: it may be there, and others map the files, even if forcing it fails.
        files.disown();
        writeWhole(
                FilterClosedDescriptor.FILE_NAME,
                CLOSED_TEMPORARY,
                encodeClosedMark(headerOf(filter), position));
    }

    private byte[] encodeClosedMark(FilterHeader header, long position) {
        byte[] bytes = new byte[LENGTH];
        MemorySegment out = MemorySegment.ofArray(bytes);
        out.set(IdHash.LE_LONG, MAGIC_OFFSET, MAGIC);
        out.set(IdHash.LE_INT, VERSION_OFFSET, VERSION);
        out.set(IdHash.LE_INT, SHARD_COUNT_OFFSET, BloomGeometry.SHARDS);
        out.set(IdHash.LE_LONG, POSITION_OFFSET, position);
        out.set(IdHash.LE_LONG, SELF_TEST_OFFSET, header.hash().selfTest());
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            String name = Objects.requireNonNull(shardFiles(header).last(shard));
            try (StorageFile file = storage.open(name, Access.READ)) {
                out.set(IdHash.LE_INT, shardCrcOffset(shard), readCrc(file, header, shard));
            }
        }
        out.set(IdHash.LE_INT, CRC_OFFSET, Checksum.of(out.asSlice(0, CRC_OFFSET)));
        return bytes;
    }

    private static int readCrc(StorageFile file, FilterHeader header, int shard) {
        long lines = ShardFile.readLines(file, header);
        if (lines != ShardFile.NO_LINES) {
            ShardFile.Head head = new ShardFile(file, header, shard, lines).readHead();
            if (head.valid()) {
                return head.crc();
            }
        }
        throw new CorruptionException("the shard's header is damaged", file.name(), 0, null);
    }

    private MemorySegment readClosedMark(FilterHeader header) {
        String name = FilterClosedDescriptor.FILE_NAME;
        if (!storage.exists(name)) {
            throw new StorageException(
                            "the filter is in use, or was not closed: to open it once closes it",
                            name,
                            StorageException.NO_OFFSET,
                            null)
                    .inStore(storage.location());
        }
        MemorySegment mark = readWhole(name);
        boolean valid =
                mark.byteSize() == LENGTH
                        && mark.get(IdHash.LE_LONG, MAGIC_OFFSET) == MAGIC
                        && mark.get(IdHash.LE_INT, VERSION_OFFSET) == VERSION
                        && mark.get(IdHash.LE_INT, CRC_OFFSET)
                                == Checksum.of(mark.asSlice(0, CRC_OFFSET))
                        && mark.get(IdHash.LE_LONG, SELF_TEST_OFFSET) == header.hash().selfTest();
        if (!valid) {
            throw new CorruptionException("the mark of a closed filter is damaged", name, 0, null);
        }
        return mark;
    }

    private static long shardCrcOffset(int shard) {
        return SHARD_CRCS_OFFSET + (long) shard * Integer.BYTES;
    }

    // ---- small files ----

    private static FilterHeader headerOf(BloomFilter filter) {
        return new FilterHeader(filter.geometry(), filter.hash());
    }

    private FilterHeader readHeader() {
        String name = FilterHeaderDescriptor.FILE_NAME;
        return FilterHeader.decode(readWhole(name), name);
    }

    /** A file that is there only whole: written beside, forced, renamed, the directory forced. */
    private void writeWhole(String name, String temporary, byte[] bytes) {
        try (StorageFile file = storage.createOrEmpty(temporary)) {
            file.write(MemorySegment.ofArray(bytes), 0);
            file.force();
        }
        storage.rename(temporary, name);
        storage.forceDirectory();
    }

    private MemorySegment readWhole(String name) {
        try (StorageFile file = storage.open(name, Access.READ)) {
            int length = (int) Math.min(file.length(), FilterShardDescriptor.PAGE_LENGTH);
            MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
            return bytes.asSlice(0, file.read(bytes, 0));
        }
    }
}
