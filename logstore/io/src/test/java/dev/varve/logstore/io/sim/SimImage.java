package dev.varve.logstore.io.sim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated disk holds: names, files, and who has the lock. Survives a restart of the
 * simulated process. All access is under its monitor.
 */
final class SimImage {

    private final NavigableMap<String, SimInode> names;
    private final NavigableMap<String, SimInode> durableNames;
    private final List<NameChange> unforced = new ArrayList<>();
    private long capacity;
    private SpaceModel spaceModel = SpaceModel.AT_ONCE;
    private SplittableRandom writeBacks = new SplittableRandom(0);
    private long sequence;
    private @Nullable SimDisk lockHolder;

    /** An image whose names are all durable. */
    SimImage(NavigableMap<String, SimInode> names, long capacity) {
        this.names = names;
        this.durableNames = new TreeMap<>(names);
        this.capacity = capacity;
    }

    NavigableMap<String, SimInode> names() {
        return names;
    }

    NavigableMap<String, SimInode> durableNames() {
        return durableNames;
    }

    /** What happened to names since the directory was last forced, in order. */
    List<NameChange> unforced() {
        return unforced;
    }

    /** Every file that has a name or may get one back by a power cut. */
    Collection<SimInode> inodes() {
        Set<SimInode> inodes = new LinkedHashSet<>(durableNames.values());
        for (NameChange change : unforced) {
            if (change instanceof NameChange.Create create) {
                inodes.add(create.inode());
            }
        }
        inodes.addAll(names.values());
        return inodes;
    }

    /** The number of the next change, ascending over the whole disk. */
    long nextSequence() {
        return ++sequence;
    }

    void change(NameChange change) {
        change.apply(names);
        unforced.add(change);
    }

    void forceDirectory() {
        durableNames.clear();
        durableNames.putAll(names);
        unforced.clear();
    }

    boolean holds(SimInode inode) {
        return names.containsValue(inode);
    }

    void setCapacity(long bytes) {
        capacity = bytes;
    }

    long capacity() {
        return capacity;
    }

    void setSpaceModel(SpaceModel model, long seed) {
        spaceModel = model;
        writeBacks = new SplittableRandom(seed);
    }

    SpaceModel spaceModel() {
        return spaceModel;
    }

    /** Bytes left, as the file system tells them. */
    long freeBytes() {
        return free(
                inode ->
                        spaceModel == SpaceModel.AT_ONCE
                                ? inode.live().length()
                                : inode.places().toldBytes());
    }

    /** Bytes left that have been given to nothing. */
    private long unplacedBytes() {
        return free(inode -> inode.places().takenBytes());
    }

    /** Bytes left for what is written now. */
    private long unreservedBytes() {
        return free(inode -> inode.places().takenBytes() + inode.places().neededBytes());
    }

    private long free(ToLongFunction<SimInode> used) {
        return Math.max(0, capacity - names.values().stream().mapToLong(used).sum());
    }

    /** Bytes left, without what this process wrote and did not force. */
    long usableBytes() {
        return spaceModel == SpaceModel.AT_ONCE
                ? freeBytes()
                : free(inode -> inode.places().takenBytes() + inode.places().unforcedBytes());
    }

    /** How many of {@code length} bytes from {@code offset} of a file there is space for. */
    long fitting(SimInode inode, long offset, long length) {
        if (!holds(inode) || spaceModel == SpaceModel.AT_FORCE) {
            return length; // without a name it is not charged
        }
        if (spaceModel == SpaceModel.RESERVED) {
            return inode.places().fitting(offset, length, unreservedBytes());
        }
        long limit = inode.live().length() + freeBytes();
        long end = limit < 0 ? Long.MAX_VALUE : limit; // unbounded capacity
        return Math.clamp(end - offset, 0, length);
    }

    /** Whether there is a place for every page of a file that needs one. */
    boolean hasPlaceFor(SimInode inode) {
        return spaceModel == SpaceModel.AT_ONCE
                || !holds(inode)
                || inode.places().neededBytes() <= unplacedBytes();
    }

    /**
     * Now and then the system saves of its own accord what was written, here of any file, and tells
     * how much space there is.
     */
    void writeBackNowAndThen() {
        if (spaceModel == SpaceModel.AT_ONCE) {
            return;
        }
        if (writeBacks.nextInt(8) == 0) {
            List<SimInode> files = List.copyOf(names.values());
            SimInode inode = files.get(writeBacks.nextInt(files.size()));
            if (hasPlaceFor(inode)) {
                inode.places().take();
            } // else it stays as it is, and the force will fail
        }
        if (writeBacks.nextInt(64) == 0) {
            names.values().forEach(inode -> inode.places().tell());
        }
    }

    /** Another process does not know what the one before has written. */
    void forgetWriter() {
        names.values().forEach(inode -> inode.places().forgetWriter());
    }

    @Nullable SimDisk lockHolder() {
        return lockHolder;
    }

    void setLockHolder(@Nullable SimDisk holder) {
        lockHolder = holder;
    }
}
