package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * A part of the index by key: finds the records of tables found by key, and of the store's own, in
 * a range of the log. For any thread; a reader holds it through the {@link IndexView} that it is
 * in, and who takes it out of the view closes it.
 */
interface KeyPart extends AutoCloseable {

    long NONE = -1;

    /** The first position that it covers. */
    long start();

    /** The position behind the last that it covers; the highest number as long as it grows. */
    long end();

    /**
     * The highest position below {@code bound} of a record whose key may have this hash, or {@link
     * #NONE}. To walk to older candidates, call again with that position as the bound.
     */
    long findBelow(long hash, long bound);

    /**
     * Brings near what {@link #findBelow} reads first for a hash: done for many hashes before the
     * first is looked for, the memory is waited for once and not for each.
     *
     * @return what is there, for the caller to make something of: else nothing would be read
     */
    long touch(long hash);

    /** The file that it is read from, or null if it is in memory. */
    @Nullable String fileName();

    /** The error of a file that was cut off since it was opened; null if it was not. */
    default @Nullable StorageException cutOff(Throwable cause) {
        return null;
    }

    @Override
    void close();
}
