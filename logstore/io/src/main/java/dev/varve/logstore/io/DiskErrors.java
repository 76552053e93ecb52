package dev.varve.logstore.io;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The one place where an {@link IOException} becomes a {@link StorageException}. */
final class DiskErrors {

    private static final int BLOCK_LENGTH = 4096;

    private DiskErrors() {}

    /** For a call that needs no space, or whose failure says nothing about what is on disk. */
    static StorageException failure(String what, Path file, long offset, IOException cause) {
        if (cause instanceof ClosedChannelException) {
            return new StorageClosedException(
                    what + ": it is closed", file.toString(), offset, cause);
        }
        // Of a call that opens something, and so had no effect; "in system" may follow.
        if (String.valueOf(cause.getMessage()).contains("Too many open files")) {
            return new StorageFullException(
                    what + ": too many files are open", file.toString(), offset, cause);
        }
        String message = what + ": " + StorageException.reason(cause);
        return new StorageException(message, file.toString(), offset, cause);
    }

    /** For a call that asked for up to {@code length} more bytes of space from {@code offset}. */
    static StorageException growthFailure(
            String what, Path file, long offset, long length, IOException cause) {
        if (isDiskFull(file, length, cause)) {
            return new StorageFullException(
                    what + ": no space for " + length + " bytes", file.toString(), offset, cause);
        }
        return failure(what, file, offset, cause);
    }

    /**
     * The JDK tells a full disk by the text of the C library alone. The English texts are matched;
     * an error of any other text, if the JDK knows no more about it, counts as a full disk when the
     * bytes asked for do not fit into what is left.
     */
    private static boolean isDiskFull(Path file, long length, IOException cause) {
        String text = String.valueOf(cause.getMessage());
        if (text.contains("No space left on device")
                || text.contains("Disk quota exceeded")
                || text.contains("not enough space on the disk")) {
            return true;
        }
        boolean unknown =
                cause.getClass() == IOException.class
                        || cause.getClass() == FileSystemException.class;
        return unknown
                && !text.contains("Input/output error")
                && !hasSpace(file, length, cause);
    }

    private static boolean hasSpace(Path file, long length, IOException cause) {
        long blocks = Math.ceilDiv(Math.max(length, 1), BLOCK_LENGTH);
        try {
            return Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace()
                    >= blocks * BLOCK_LENGTH;
        } catch (IOException e) {
            cause.addSuppressed(e);
            return true; // unknown: then the graver reading, which is not "full"
        }
    }
}
