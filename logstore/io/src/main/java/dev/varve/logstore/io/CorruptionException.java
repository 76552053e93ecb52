package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that were acknowledged as durable are damaged. Never thrown for a tail that a crash tore.
 */
public final class CorruptionException extends StorageException {

    private static final long serialVersionUID = 1L;

    public CorruptionException(
            String message, String file, long offset, @Nullable Throwable cause) {
        super(message, file, offset, cause);
    }
}
