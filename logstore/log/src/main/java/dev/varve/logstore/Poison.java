package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StoragePoisonedException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The first write or force that failed, after which a store acknowledges nothing more. For any
 * thread.
 */
final class Poison {

    private final AtomicReference<StorageException> first = new AtomicReference<>();
    private final String location;

    /**
     * @param location where the store is
     */
    Poison(String location) {
        this.location = location;
    }

    boolean isPresent() {
        return first.get() != null;
    }

    /**
     * Returns if nothing has failed.
     *
     * @throws StoragePoisonedException if something has
     */
    void check() {
        StorageException failure = first.get();
        if (failure != null) {
            throw asPoisoned(failure);
        }
    }

    /** Takes note of a failure, unless it is not the first; returns what is to be thrown. */
    StoragePoisonedException by(StorageException failure) {
        if (failure instanceof StoragePoisonedException already) {
            return already;
        }
        StorageException earlier = first.compareAndExchange(null, failure);
        return asPoisoned(earlier == null ? failure : earlier);
    }

    private StoragePoisonedException asPoisoned(StorageException first) {
        StoragePoisonedException poisoned =
                new StoragePoisonedException(
                        "an earlier write or force failed; reopen the store: "
                                + first.getMessage(),
                        first.file(),
                        first.offset(),
                        first);
        poisoned.inStore(location);
        return poisoned;
    }
}
