package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * There is no space for what was asked. The call had no effect, and may be repeated once there is space.
 */
public final class StorageFullException extends StorageException {

    private static final long serialVersionUID = 1L;

    public StorageFullException(String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
