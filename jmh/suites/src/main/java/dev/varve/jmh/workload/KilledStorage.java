package dev.varve.jmh.workload;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import java.lang.foreign.MemorySegment;

/**
 * Storage that a process was killed on: from {@link #kill} on nothing can be changed any more, so
 * that closing the store frees its memory and leaves the disk as it is.
 */
final class KilledStorage extends ForwardingStorage {

    private volatile boolean killed;

    KilledStorage(Storage delegate) {
        super(delegate);
    }

    void kill() {
        killed = true;
    }

    boolean isKilled() {
        return killed;
    }

    private void requireAlive() {
        if (killed) {
            throw new StorageException(
                    "the process was killed", location(), StorageException.NO_OFFSET, null);
        }
    }

    @Override
    public StorageFile create(String name) {
        requireAlive();
        return super.create(name);
    }

    @Override
    public void rename(String from, String to) {
        requireAlive();
        super.rename(from, to);
    }

    @Override
    protected StorageFile wrap(StorageFile file) {
        return new KilledFile(file);
    }

    /** Writes nothing once the storage is killed. */
    private final class KilledFile extends ForwardingFile {

        KilledFile(StorageFile delegate) {
            super(delegate);
        }

        @Override
        public void write(MemorySegment source, long offset) {
            requireAlive();
            super.write(source, offset);
        }

        @Override
        public void force() {
            requireAlive();
            super.force();
        }
    }
}
