package dev.varve.jmh;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a run needs of the machine, asked before any work. Nothing is left behind; what is missing
 * is a {@link UsageException}.
 */
public final class Preflight {

    private static final long STORE_BYTES = 256L << 20;

    private Preflight() {}

    /** A file that can be written: its folder exists, and neither is in the way. */
    public static void writableFile(Path file) {
        if (Files.isDirectory(file)) {
            throw new UsageException(file + " is a folder, not a file to write");
        }
        if (!Files.exists(file)) {
            requireFolder(folderOf(file));
        }
        boolean isNew = !Files.exists(file);
        // The only question with a sure answer: what the permissions say does not hold for root.
        try (OutputStream opened = Files.newOutputStream(file, WRITE, CREATE)) {
            opened.flush();
        } catch (IOException e) {
            throw new UsageException("cannot write " + file + ": " + e);
        }
        if (isNew) {
            delete(file);
        }
    }

    /** A folder that exists and in which files can be made. */
    public static void writableFolder(Path folder) {
        requireFolder(folder);
        try {
            delete(Files.createTempFile(folder, "varve-", ".probe"));
        } catch (IOException e) {
            throw new UsageException("cannot write in the folder " + folder + ": " + e);
        }
    }

    private static void requireFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UsageException("there is no folder " + folder);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UsageException("cannot delete " + file + ": " + e);
        }
    }

    /** As {@link #diskBytes}, with what a store leaves free and what its first files take. */
    public static void storeBytes(Path folder, long needed) {
        diskBytes(folder, needed + STORE_BYTES);
    }

    /** Room on the disk of a folder that exists. */
    public static void diskBytes(Path folder, long needed) {
        long usable;
        try {
            usable = Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new UsageException("cannot tell the free space of " + folder + ": " + e);
        }
        if (usable < needed) {
            throw new UsageException(
                    "this run needs " + mebibytes(needed) + " of disk in " + folder + "; "
                            + mebibytes(usable) + " are free");
        }
    }

    /** Memory that the machine has free, for this process and its children. */
    public static void memoryBytes(long needed) {
        long free = freeMemoryBytes();
        if (free < needed) {
            throw new UsageException(
                    "this run needs " + mebibytes(needed) + " of memory; " + mebibytes(free)
                            + " are free");
        }
    }

    /** How much that is; {@link Long#MAX_VALUE} where nobody tells. */
    public static long freeMemoryBytes() {
        // Counts what the page cache would give back as used, where the system tells no better.
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os
                ? Math.min(
                        Math.max(os.getFreeMemorySize(), Machine.availableMemory()),
                        os.getTotalMemorySize()) // of the container, if this is in one
                : Long.MAX_VALUE;
    }

    private static Path folderOf(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file.toAbsolutePath() : folder;
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
