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

    /**
     * What {@code cause} is told as if it comes of a file that somebody cut off, so that it ends
     * before {@code length}; else null. Also null if nobody can tell: {@code cause} then has the
     * reason of that as a suppressed exception.
     */
    public static @Nullable CorruptionException ifCutOff(
            StorageFile file, long length, Throwable cause) {
        long found;
        try {
            found = file.length();
        } catch (StorageException e) {
            cause.addSuppressed(e);
            return null;
        }
        return found >= length
                ? null
                : new CorruptionException(
                        "the file was cut off: of " + length + " bytes " + found + " are left",
                        file.name(),
                        found,
                        cause);
    }
}
