package dev.varve.logstore.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
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

    /** Null as long as it is not known. */
    private @Nullable String store;

    /**
     * @param offset in bytes, or {@link #NO_OFFSET}
     */
    public StorageException(String message, String file, long offset, @Nullable Throwable cause) {
        super(message, cause);
        this.file = file;
        this.offset = offset;
    }

    /**
     * Says in which store this happened, unless that was said before or the file's name tells it:
     * whoever finds damage knows a file, and who hands it on to the embedder the store.
     *
     * @param location a path, or what {@link Storage#location()} is
     * @return this
     */
    public StorageException inStore(String location) {
        if (store == null) {
            store = location;
        }
        return this;
    }

    /** What is wrong, with file, offset and store; never null. */
    @Override
    public String getMessage() {
        String where = store == null || file.startsWith(store) ? "" : ", store " + store;
        String place = offset == NO_OFFSET ? "" : ", offset " + offset;
        return super.getMessage() + " (file " + file + place + where + ")";
    }

    /** Where the store is, a path for one on a real disk; null if that is not known. */
    public @Nullable String store() {
        return store;
    }

    /** The file concerned, with its directory where that is known. */
    public String file() {
        return file;
    }

    /** The offset in {@link #file()} in bytes, or {@link #NO_OFFSET}. */
    public long offset() {
        return offset;
    }

    /** What an exception of the JDK says is wrong, in words and without the file's name. */
    public static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "a file of that name exists";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied"; // the JDK gives the file's name only
        }
        String text =
                cause instanceof FileSystemException e && e.getReason() != null
                        ? e.getReason()
                        : cause.getMessage();
        return text == null ? cause.getClass().getSimpleName() : text;
    }
}
