package dev.varve.sync.ethereum.source;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * A block source is damaged, truncated or unreadable. Says nothing about the store: another source
 * may have the same blocks whole.
 */
public final class SourceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;

    public SourceException(String file, long offset, String message) {
        this(file, offset, message, null);
    }

    public SourceException(String file, long offset, String message, @Nullable Throwable cause) {
        super(message + " (file " + file + ", offset " + offset + ")", cause);
        this.file = file;
        this.offset = offset;
    }

    /** The file concerned, as it was given to the source. */
    public String file() {
        return file;
    }

    /** Offset in {@link #file()} where the damage was noticed, in bytes. */
    public long offset() {
        return offset;
    }

    /** What is wrong, in words: the message of some exceptions is a file's name only. */
    static String reason(IOException cause) {
        return switch (cause) {
            case NoSuchFileException e -> "there is no such file";
            case AccessDeniedException e -> "permission denied";
            default -> cause.getMessage() == null ? cause.toString() : cause.getMessage();
        };
    }
}
