package dev.varve.logstore.io;

import org.jspecify.annotations.Nullable;

/**
 * The world failed: a disk, a file system, or the bytes on them. The base of all storage errors,
 * used itself for a failed call; the subtypes say what else can be wrong. The message always tells
 * which file and, where there is one, which offset in it.
 */
public class StorageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The offset of an error that concerns a whole file. */
    public static final long NO_OFFSET = -1;

    private final String file;
    private final long offset;

    public StorageException(String message, String file, long offset, @Nullable Throwable cause) {
        super(
                message
                        + (offset == NO_OFFSET
                                ? " (file " + file + ")"
                                : " (file " + file + ", offset " + offset + ")"),
                cause);
        this.file = file;
        this.offset = offset;
    }

    /** What is wrong, with file and offset; never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** The file concerned, with its directory where that is known. */
    public String file() {
        return file;
    }

    /** The offset in {@link #file()} in bytes, or {@link #NO_OFFSET}. */
    public long offset() {
        return offset;
    }
}
