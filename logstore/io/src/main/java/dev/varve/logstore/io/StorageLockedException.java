package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * Another process, or another store in this process, holds the directory. The message names its
 * process id.
 */
public final class StorageLockedException extends StorageException {

    private static final long serialVersionUID = 1L;

    public StorageLockedException(
            String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
