package dev.varve.logstore.io;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The real storage: one directory of a file system.
 *
 * <p>Safe for use by many threads. Whoever made it closes it, which releases the lock; files are
 * closed by those who opened them, and outlive it. Interrupting a thread in a call neither fails
 * the call nor closes anything, on Linux and macOS; the thread's interrupt status is kept.
 *
 * <p>Throws {@link StorageException}s that name the path. Memory of a confined arena is not
 * rejected here, but other storages reject it.
 */
public final class FileStorage implements Storage {

    /**
     * File systems whose free space falls when something is written, and not when it goes to the
     * disk.
     */
    private static final Set<String> GIVING_SPACE_AT_ONCE =
            Set.of("ext2", "ext3", "ext4", "xfs", "tmpfs");

    private final Path directory;

    private final LateSpace lateSpace = new LateSpace(System::nanoTime);

    private volatile boolean closed;
    private @Nullable DirectoryLock lock; // guarded by this

    /**
     * Storage in {@code directory}, which is created, durably, if it does not exist.
     *
     * @throws StorageException if the directory's parent does not exist, or it is no directory
     */
    public FileStorage(Path directory) {
        this.directory = directory.toAbsolutePath();
        try {
            if (!Files.isDirectory(this.directory)) {
                Files.createDirectory(this.directory);
                forceDirectory(Objects.requireNonNull(this.directory.getParent()));
            }
        } catch (NoSuchFileException e) {
            throw new StorageException(
                    "Cannot create the directory: the one above it does not exist",
                    this.directory.toString(),
                    StorageException.NO_OFFSET,
                    e);
        } catch (IOException e) {
            throw DiskErrors.growthFailure(
                    "Cannot create the directory",
                    this.directory,
                    StorageException.NO_OFFSET,
                    0,
                    e);
        }
    }

    @Override
    public StorageFile create(String name) {
        Path file = resolve(name);
        try {
            return RealFile.create(file, name, lateSpace);
        } catch (IOException e) {
            throw DiskErrors.growthFailure(
                    "Cannot create", file, StorageException.NO_OFFSET, 0, e);
        }
    }

    @Override
    public StorageFile open(String name, Access access) {
        Path file = resolve(name);
        try {
            return RealFile.open(file, name, access, lateSpace);
        } catch (IOException e) {
            throw failure("Cannot open", file, e);
        }
    }

    /**
     * The names of all files that {@link Storage#requireName} allows; others are not of a storage.
     */
    @Override
    public List<String> list() {
        requireOpen();
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (Storage.isName(name) && isFile(entry)) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw failure("Cannot list", directory, new IOException(e));
        } catch (IOException e) {
            throw failure("Cannot list", directory, e);
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public boolean exists(String name) {
        return isFile(resolve(name));
    }

    @Override
    public void rename(String from, String to) {
        Path source = resolve(from);
        Path target = resolve(to);
        try {
            long replaced = lengthIfAsked(target);
            Files.move(
                    source,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            lateSpace.gaveBack(replaced);
        } catch (IOException e) {
            throw DiskErrors.growthFailure(
                    "Cannot rename to " + to, source, StorageException.NO_OFFSET, 0, e);
        }
    }

    /** What goes back to the disk with a file, where somebody keeps account of that. */
    private long lengthIfAsked(Path file) throws IOException {
        return lateSpace.isAsked() && Files.exists(file) ? Files.size(file) : 0;
    }

    @Override
    public void delete(String name) {
        Path file = resolve(name);
        try {
            long length = lengthIfAsked(file);
            if (Files.deleteIfExists(file)) {
                lateSpace.gaveBack(length);
            }
        } catch (IOException e) {
            throw failure("Cannot delete", file, e);
        }
    }

    @Override
    public void forceDirectory() {
        requireOpen();
        try {
            forceDirectory(directory);
        } catch (IOException e) {
            throw failure("Cannot force the directory", directory, e);
        }
    }

    @Override
    public long usableBytes() {
        requireOpen();
        try {
            FileStore store = Files.getFileStore(directory);
            return usableBytes(store.type(), store.getUsableSpace());
        } catch (IOException e) {
            throw failure("Cannot tell the usable space", directory, e);
        }
    }

    /** What may be used of a file system of that type, which tells so much. */
    long usableBytes(String type, long free) throws IOException {
        if (GIVING_SPACE_AT_ONCE.contains(type)) {
            return free;
        }
        return lateSpace.usable(free, lateSpace.isAsked() ? 0 : recentBytes());
    }

    /** Of files that were written so short a time ago that the file system may not know yet. */
    private long recentBytes() throws IOException {
        Instant limit = Instant.now().minusNanos(LateSpace.LATE_NS);
        long bytes = 0;
        for (String name : list()) {
            try {
                BasicFileAttributes file =
                        Files.readAttributes(directory.resolve(name), BasicFileAttributes.class);
                boolean recent = file.lastModifiedTime().toInstant().isAfter(limit);
                bytes += recent ? file.size() : 0;
            } catch (NoSuchFileException e) {
                // Deleted meanwhile.
            }
        }
        return bytes;
    }

    @Override
    public synchronized void lock(String name) {
        Path file = resolve(name);
        try {
            DirectoryLock taken = DirectoryLock.take(directory, file);
            assert lock == null;
            lock = taken;
        } catch (IOException e) {
            throw DiskErrors.growthFailure(
                    "Cannot lock", file, StorageException.NO_OFFSET, 0, e);
        }
    }

    @Override
    public String location() {
        return directory.toString();
    }

    @Override
    public synchronized void close() {
        closed = true;
        DirectoryLock held = lock;
        lock = null;
        if (held != null) {
            try {
                held.close();
            } catch (IOException e) {
                throw failure("Cannot release the lock", directory, e);
            }
        }
    }

    /**
     * Windows cannot open a directory for this, and NTFS journals what happens to names by itself,
     * so there it does nothing.
     */
    private static void forceDirectory(Path directory) throws IOException {
        if (File.separatorChar == '\\') {
            return;
        }
        try (SteadyChannel channel =
                SteadyChannel.open(directory, EnumSet.of(StandardOpenOption.READ))) {
            channel.forceAll();
        }
    }

    /** One that cannot be looked at is not absent: a log without it would end before it. */
    private static boolean isFile(Path path) {
        try {
            return Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isRegularFile();
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw failure("Cannot look at", path, e);
        }
    }

    private Path resolve(String name) {
        Storage.requireName(name);
        requireOpen();
        return directory.resolve(name);
    }

    private void requireOpen() {
        if (closed) {
            throw new StorageClosedException(
                    "The storage is closed",
                    directory.toString(),
                    StorageException.NO_OFFSET,
                    null);
        }
    }

    private static StorageException failure(String what, Path file, IOException cause) {
        return DiskErrors.failure(what, file, StorageException.NO_OFFSET, cause);
    }
}
