package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * The store or the file was closed before or during the call.
 */
public final class StorageClosedException extends StorageException {

    private static final long serialVersionUID = 1L;

    public StorageClosedException(
            String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
