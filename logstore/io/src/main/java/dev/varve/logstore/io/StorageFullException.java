package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * There is no space for what was asked, or the process has as many files open as it may; it may be
 * asked again once that has changed. A {@link
 * StorageFile#write} may have written a part of its range before; every other call had no effect.
 */
public final class StorageFullException extends StorageException {

    private static final long serialVersionUID = 1L;

    public StorageFullException(
            String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
