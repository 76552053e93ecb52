package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * An earlier write or force failed, so that what is on disk is unknown: nothing is acknowledged any
 * more. The cause is that first failure. Reading goes on; only reopening heals.
 */
public final class StoragePoisonedException extends StorageException {

    private static final long serialVersionUID = 1L;

    public StoragePoisonedException(
            String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
