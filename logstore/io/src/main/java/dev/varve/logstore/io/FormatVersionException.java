package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * A file was written by a format that this release cannot read: a newer version, or a record kind
 * or flag that it does not know.
 */
public final class FormatVersionException extends StorageException {

    private static final long serialVersionUID = 1L;

    public FormatVersionException(
            String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
