package dev.varve.jmh.counter;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;

/**
 * Storage that leaves out the forces, so that counting them does not take the time of doing them.
 * For throw-away data only.
 */
final class UnforcedStorage extends ForwardingStorage {

    UnforcedStorage(Storage delegate) {
        super(delegate);
    }

    @Override
    public void forceDirectory() {}

    @Override
    protected StorageFile wrap(StorageFile file) {
        return new ForwardingFile(file) {
            @Override
            public void force() {}
        };
    }
}
