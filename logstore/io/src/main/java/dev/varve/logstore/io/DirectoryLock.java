package dev.varve.logstore.io;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive lock of a directory: a lock on a file in it, which holds the owner's process id in
 * decimal text, or nothing where the disk has no room for it. The file stays behind, empty, when
 * the lock is released; the lock itself dies with the process.
 *
 * <p>A POSIX lock belongs to the process, and closing <em>any</em> channel to a file drops the
 * process's lock on it. So a second attempt in this process must be refused before it opens the
 * lock file. The JDK keeps the one table of locks that all code in the process shares, and it
 * answers for any file; here it is asked by a shared lock on the directory itself, which nobody
 * else needs and which may be dropped without harm. Windows locks by handle and needs no such
 * guard.
 *
 * <p>Used by one thread at a time; closed by the {@link FileStorage} that took it.
 */
final class DirectoryLock implements AutoCloseable {

    private static final int LONGEST_PID = 20;

    private final @Nullable FileChannel guard;
    private final SteadyChannel channel;

    private DirectoryLock(@Nullable FileChannel guard, SteadyChannel channel) {
        this.guard = guard;
        this.channel = channel;
    }

    /** Takes the lock, or throws a {@link StorageLockedException}. */
    static DirectoryLock take(Path directory, Path file) throws IOException {
        FileChannel guard = null;
        SteadyChannel channel = null;
        boolean taken = false;
        try {
            guard = guard(directory);
            channel =
                    SteadyChannel.open(
                            file,
                            EnumSet.of(
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE));
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw locked(directory, file, "process " + readPid(channel));
            }
            writePid(channel);
            taken = true;
            return new DirectoryLock(guard, channel);
        } catch (OverlappingFileLockException e) {
            throw locked(directory, file, "this process, " + ProcessHandle.current().pid());
        } finally {
            if (!taken) {
                close(guard, channel);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.truncate(0);
        } finally {
            close(guard, channel);
        }
    }

    private static @Nullable FileChannel guard(Path directory) throws IOException {
        if (File.separatorChar == '\\') {
            return null;
        }
        FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ);
        boolean locked = false;
        try {
            locked = channel.tryLock(0, Long.MAX_VALUE, true) != null;
            return channel;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static void close(@Nullable FileChannel guard, @Nullable SteadyChannel channel)
            throws IOException {
        try (guard) {
            if (channel != null) {
                channel.close();
            }
        }
    }

    /** Only for a message: a disk that is full can still be locked, and what is there be read. */
    private static void writePid(SteadyChannel channel) throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        channel.truncate(0);
        ByteBuffer text = ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII));
        try {
            while (text.hasRemaining()) {
                channel.write(text, text.position());
            }
        } catch (IOException e) {
            channel.truncate(0);
        }
    }

    private static String readPid(SteadyChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(LONGEST_PID);
        channel.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
        return pid.matches("[0-9]+") ? pid : "(unknown)";
    }

    private static StorageLockedException locked(Path directory, Path file, String holder) {
        return new StorageLockedException(
                "The directory " + directory + " is locked by " + holder,
                file.toString(),
                StorageException.NO_OFFSET,
                null);
    }
}
