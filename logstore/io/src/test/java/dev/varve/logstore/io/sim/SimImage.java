package dev.varve.logstore.io.sim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated disk holds: names, files, and who has the lock. Survives a restart of the simulated
 * process. All access is under its monitor.
 */
final class SimImage {

    private final NavigableMap<String, SimInode> names;
    private final NavigableMap<String, SimInode> durableNames;
    private final List<NameChange> unforced = new ArrayList<>();
    private long capacity;
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

    /** Bytes left, where files are charged by their lengths. */
    long usableBytes() {
        long used = 0;
        for (SimInode inode : names.values()) {
            used += inode.live().length();
        }
        return Math.max(0, capacity - used);
    }

    @Nullable SimDisk lockHolder() {
        return lockHolder;
    }

    void setLockHolder(@Nullable SimDisk holder) {
        lockHolder = holder;
    }
}
