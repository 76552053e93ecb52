package dev.varve.bloom;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which file of a directory holds the last checkpoint of each shard, and which one the next goes
 * to.
 *
 * <p><b>A file is written over</b> once the checkpoint of another file has taken its place: its
 * blocks are there, so a force of it changes nothing in the file system's own journal, for which
 * the forces of a log beside it would have to wait. So with one file more than there are shards,
 * every shard goes to the file that is spare, and leaves its own spare for the next. Each
 * checkpoint has a generation, which tells it from the one that it took the place of.
 *
 * <p>Only files that were made since the filter was opened are written over; another one is
 * replaced by a new file under its name. For a closed filter may have been mapped by others, who
 * must go on to see what they saw.
 *
 * <p>Safe for use by many threads, of which each writes another shard. Nothing to close.
 */
final class ShardFiles {

    private final Storage storage;

    // All guarded by this.
    private final @Nullable String[] last = new @Nullable String[BloomGeometry.SHARDS];
    private final long[] generations = new long[BloomGeometry.SHARDS];

    /** Shards of which two checkpoints were found: the newer may not have been forced. */
    private final BitSet doubtful = new BitSet();

    /** Numbers of files that are there or given out. */
    private final BitSet numbers = new BitSet();

    /** Files that are being written. */
    private final Set<String> underWay = new HashSet<>();

    /** Made since the filter was opened, and their names are durable. */
    private final Set<String> own = new HashSet<>();

    /** Made since the filter was opened; a crash may still give their names to older files. */
    private final Set<String> renamed = new HashSet<>();

    /** Own files without a checkpoint that counts. */
    private final Deque<String> spare = new ArrayDeque<>();

    private long generation;

    /** Those of a filter that has none yet. */
    ShardFiles(Storage storage) {
        this.storage = storage;
    }

    /** Those that are found there, of which none is written over. */
    static ShardFiles find(Storage storage, FilterHeader header) {
        ShardFiles found = new ShardFiles(storage);
        for (String name : names(storage)) {
            found.numbers.set(FilterShardDescriptor.number(name));
            MemorySegment head = soundHead(storage, name);
            if (head != null) {
                found.consider(name, head, header);
            }
        }
        return found;
    }

    private static List<String> names(Storage storage) {
        return storage.list().stream().filter(FilterShardDescriptor::isShardFile).toList();
    }

    private static @Nullable MemorySegment soundHead(Storage storage, String name) {
        try (StorageFile file = storage.open(name, Access.READ)) {
            return ShardFile.readSoundHead(file);
        }
    }

    /** Of two checkpoints of one shard the newer counts, unless a crash cut it short. */
    private void consider(String name, MemorySegment head, FilterHeader header) {
        int shard = ShardFile.shard(head, name);
        long found = ShardFile.generation(head);
        generation = Math.max(generation, found);
        String other = last[shard];
        if (other != null) {
            doubtful.set(shard);
            boolean newer = found > generations[shard];
            boolean newerCounts =
                    isIntact(newer ? name : other, shard, header)
                            || !isIntact(newer ? other : name, shard, header);
            if (newer != newerCounts) {
                return;
            }
        }
        last[shard] = name;
        generations[shard] = found;
    }

    private boolean isIntact(String name, int shard, FilterHeader header) {
        try (StorageFile file = storage.open(name, Access.READ);
                ReadBuffer buffer = new ReadBuffer()) {
            MemorySegment begin = buffer.begin(file);
            long lines = ShardFile.lines(begin, header, name);
            ShardFile shardFile = new ShardFile(file, header, shard, lines);
            ShardFile.Head head = shardFile.readHead(begin);
            return head.valid()
                    && shardFile.readChunks(head, buffer, ShardFile.ChunkReader.NONE).isEmpty();
        }
    }

    /** The file of the shard's last checkpoint, or null if none can be used. */
    synchronized @Nullable String last(int shard) {
        return last[shard];
    }

    /**
     * Whether the shard's last checkpoint, though it is whole when it is read, may be gone after a
     * crash of the machine: it was found beside the one before, and so whoever wrote it was killed,
     * or could not force it.
     */
    synchronized boolean isDoubtful(int shard) {
        return doubtful.get(shard);
    }

    /** The header of the shard's last checkpoint; null if there is none, or it is damaged now. */
    @Nullable MemorySegment soundHead(int shard) {
        String name = last(shard);
        return name == null || !storage.exists(name) ? null : soundHead(storage, name);
    }

    // ---- writing

    /**
     * Where a checkpoint goes to.
     *
     * @param inPlace whether into the file of that name, and not one that takes the name
     */
    record Place(int shard, String name, boolean inPlace, long generation) {

        private String temporary() {
            return ShardFiles.temporary(name);
        }
    }

    private static String temporary(String name) {
        return FilterShardDescriptor.temporaryName(FilterShardDescriptor.number(name));
    }

    /**
     * Where the next checkpoint of a shard goes to. Nobody else uses or deletes that before {@link
     * #leave}.
     */
    synchronized Place placeFor(int shard) {
        Place place = choosePlace(shard);
        underWay.add(place.name());
        return place;
    }

    /**
     * Nobody writes to that place any more. What failed leaves no file but an empty one without
     * meaning: neither one that it has made, nor a spare one, to which the next may fail to write
     * as well.
     */
    synchronized void leave(Place place) {
        underWay.remove(place.name());
        if (generations[place.shard()] == place.generation()) {
            return;
        }
        try {
            if (isNewName(place)) {
                // It may have its name, and that may not be durable.
                own.remove(place.name());
                renamed.remove(place.name());
                storage.delete(place.name());
                numbers.clear(FilterShardDescriptor.number(place.name()));
            }
            if (storage.exists(place.temporary())) {
                storage.createOrEmpty(place.temporary()).close(); // not deleted: see there
            }
        } catch (StorageException e) {
            // What failed before is told. Its number is not used again, and so no file in use is
            // taken for it; it is deleted once all shards are written.
        }
    }

    /** Whether no checkpoint can be under that name but the one that was to be written. */
    private boolean isNewName(Place place) {
        String before = last[place.shard()];
        return !place.name()
                .equals(before == null ? FilterShardDescriptor.fileName(place.shard()) : before);
    }

    private Place choosePlace(int shard) {
        generation++;
        String before = last[shard];
        if (before != null && own.contains(before)) {
            return spare.isEmpty()
                    ? new Place(shard, newName(), false, generation)
                    : new Place(shard, spare.remove(), true, generation);
        }
        if (before == null) {
            // Its own number, by which a shard that was never written is told from a damaged one.
            String first = FilterShardDescriptor.fileName(shard);
            before = Arrays.asList(last).contains(first) ? newName() : first;
            numbers.set(FilterShardDescriptor.number(before));
            // Another shard may have left it, and nobody else may write to it any more.
            spare.remove(before);
        }
        return new Place(shard, before, false, generation);
    }

    /** A number of a shard that has its checkpoint elsewhere, or of none. */
    private String newName() {
        int number = numbers.nextClearBit(0);
        while (number < BloomGeometry.SHARDS && last[number] == null) {
            number = numbers.nextClearBit(number + 1);
        }
        numbers.set(number);
        return FilterShardDescriptor.fileName(number);
    }

    /** Opens what is to be written; its caller closes it. */
    StorageFile open(Place place) {
        if (place.inPlace()) {
            return storage.open(place.name(), Access.READ_WRITE);
        }
        return storage.createOrEmpty(place.temporary());
    }

    /** The file of that place was written and forced: it holds the shard's last checkpoint now. */
    synchronized void written(Place place) {
        String before = last[place.shard()];
        boolean moved = before != null && !before.equals(place.name());
        if (!place.inPlace()) {
            storage.rename(place.temporary(), place.name());
            renamed.add(place.name());
            own.remove(place.name());
            if (moved) {
                // What was there before may be written over only then.
                forceDirectory();
            }
        }
        last[place.shard()] = place.name();
        generations[place.shard()] = place.generation();
        doubtful.clear(place.shard());
        if (moved) {
            spare.add(before);
        }
    }

    /** Makes the names durable. */
    synchronized void forceDirectory() {
        storage.forceDirectory();
        own.addAll(renamed);
        renamed.clear();
    }

    /**
     * Deletes all files but those of the last checkpoints and those that are being written,
     * durably: a log below these may be cut off, of which older ones would have need. What a crash
     * left of others goes with them. To be called if every shard has one.
     */
    synchronized void deleteOthers() {
        Set<@Nullable String> kept = new HashSet<>(Arrays.asList(last));
        kept.addAll(underWay);
        for (String name : names(storage)) {
            if (!kept.contains(name)) {
                own.remove(name);
                spare.remove(name);
                storage.delete(name);
            }
        }
        deleteTemporaries();
        forceDirectory();
        // Not before: were that to fail, the number of a file that counts would be given out.
        numbers.clear();
        for (String name : kept) {
            if (name != null) {
                numbers.set(FilterShardDescriptor.number(name));
            }
        }
    }

    /** Deletes what a crash left of files that were being written, which may be long. */
    synchronized void deleteTemporaries() {
        Set<String> unfinished =
                underWay.stream().map(ShardFiles::temporary).collect(Collectors.toSet());
        storage.list().stream()
                .filter(FilterShardDescriptor::isTemporary)
                .filter(name -> !unfinished.contains(name))
                .forEach(storage::delete);
    }

    /** Deletes all checkpoints of shards of which one names a position beyond {@code end}. */
    synchronized void deleteBeyond(long end) {
        BitSet beyond = new BitSet();
        for (String name : names(storage)) {
            MemorySegment head = soundHead(storage, name);
            if (head != null && ShardFile.position(head) > end) {
                beyond.set(ShardFile.shard(head, name));
            }
        }
        if (beyond.isEmpty()) {
            return;
        }
        for (String name : names(storage)) {
            MemorySegment head = soundHead(storage, name);
            if (head != null && beyond.get(ShardFile.shard(head, name))) {
                storage.delete(name);
                numbers.clear(FilterShardDescriptor.number(name));
            }
        }
        beyond.stream().forEach(shard -> last[shard] = null);
        storage.forceDirectory();
    }

    /** From now on none of them is written over: they may be mapped. */
    synchronized void disown() {
        own.clear();
        renamed.clear();
        spare.clear();
    }
}
