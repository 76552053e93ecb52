package dev.varve.logstore.io;

import java.util.List;

/**
 * One flat directory of files: everything that Varve asks of a disk.
 *
 * <p>What survives a power cut is what was forced: the bytes of a file by {@link
 * StorageFile#force()}, the existence and the name of a file by {@link #forceDirectory()}. A caller
 * that needs a new file to survive forces both.
 *
 * <p>Safe for use by many threads. {@link #close()} releases the lock and whatever else the storage
 * itself holds; files are closed by those who opened them. A thread that is interrupted during a
 * call completes the call: it closes nothing, and its interrupt status is kept.
 *
 * <p>A file's name is one or more of {@code A-Z a-z 0-9 . _ -} without two dots in a row; anything
 * else is an {@link IllegalArgumentException}. Every failure of the disk is a {@link
 * StorageException} that names the file.
 */
public interface Storage extends AutoCloseable {

    /**
     * Creates an empty file, open for reading and writing. Its name is not durable before {@link
     * #forceDirectory()}.
     *
     * @throws StorageException if a file of that name exists
     */
    StorageFile create(String name);

    /**
     * An empty file that is to be written, forced and renamed, open for reading and writing. One of
     * that name is emptied, not deleted: a power cut may keep the renaming and lose a deletion and
     * creation before it, and so give what was there before the new name.
     */
    default StorageFile createOrEmpty(String name) {
        if (!exists(name)) {
            return create(name);
        }
        StorageFile file = open(name, Access.READ_WRITE);
        try {
            file.truncate(0);
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Opens an existing file.
     *
     * @throws StorageException if there is none of that name
     */
    StorageFile open(String name, Access access);

    /** The names of all files, in ascending order of their characters. */
    List<String> list();

    /** Whether a file of that name exists. */
    boolean exists(String name);

    /** Renames a file, replacing {@code to} atomically. Not durable before a directory force. */
    void rename(String from, String to);

    /** Deletes a file; does nothing if there is none. Not durable before a directory force. */
    void delete(String name);

    /** Makes every creation, deletion and renaming so far durable. */
    void forceDirectory();

    /**
     * Bytes that can still be written before the disk is full; an estimate that others may use up.
     * What was written here and not forced does not count as free, even if the file system has not
     * given it space yet; it may count twice, so that there is more once it is forced.
     */
    long usableBytes();

    /**
     * Takes the exclusive lock of this directory, held until {@link #close()}. Makes a file of that
     * name, which {@link #list()} shows and which stays.
     *
     * @throws StorageLockedException if another process, or a storage of this process, holds it;
     *     names the holder's process id
     */
    void lock(String name);

    /** Where this storage is, for messages: a path, or the name of a simulated disk. */
    String location();

    @Override
    void close();

    /** Whether a storage may hold a file of that name. */
    static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (!isNameCharacter(name.charAt(i))) {
                return false;
            }
        }
        return !name.isEmpty() && !name.equals(".") && !name.contains("..");
    }

    /** Throws an {@link IllegalArgumentException} unless {@link #isName} holds. */
    static void requireName(String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no file name of [A-Za-z0-9._-]+ without '..'");
        }
    }

    private static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    /** What an opened file may be used for. */
    enum Access {
        READ,

        /**
         * Reading, of a file that is long and that nobody needs again soon: it need not take the
         * place of others in the system's page cache. Reads of 64 KiB and more can pass it by where
         * offset, length and address of the memory are multiples of 4,096, so that the last one
         * may ask for more than the file has; on the module path only if module jdk.unsupported
         * is resolved. A hint: where it cannot be done, or the thread that reads first is
         * interrupted, the file is read through the cache, and nobody is told.
         */
        READ_ONCE,
        READ_WRITE
    }
}
