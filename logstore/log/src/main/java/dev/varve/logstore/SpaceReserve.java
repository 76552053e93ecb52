package dev.varve.logstore;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import java.util.function.LongSupplier;

/**
 * Refuses what the disk has no room for, before anything is written: a refusal leaves the store as
 * it was. Asks the disk once for every 16 MiB of frames while there is plenty.
 *
 * <p>A file system that writes nothing in place needs as much space as recovery writes again of the
 * log. So before so little is left that this has no room, the log is forced, and that is noted: the
 * fuller the disk, the less there is to write again.
 *
 * <p>Frames leave free what is spared, the low-space mark. Files of the index that are written
 * beside the commits may use it, for they give back memory, and disk once runs are merged; but not
 * the last of it, from which segments are sealed and manifests written.
 *
 * <p>Frames are accounted for under the appender's lock; files of the index by any thread.
 */
final class SpaceReserve {

    private static final long GRANT_BYTES = 16 << 20;
    private static final long PLENTY = 64;

    /** What files of the index leave of the spare. */
    private static final long LAST_BYTES = 1 << 20;

    private final Storage storage;
    private final long spareBytes;

    // Set before anybody asks.
    private LongSupplier unsettledBytes = () -> 0;
    private Runnable settling = () -> {};

    private long granted;

    /** What frames were promised and have not taken from the disk yet. */
    private volatile long promised;

    SpaceReserve(Storage storage, long spareBytes) {
        this.storage = storage;
        this.spareBytes = spareBytes;
    }

    /**
     * Tells of the log that frames go to.
     *
     * @param bytes of its frames that recovery would write again
     * @param force forces them, and sees to it that recovery knows; for any thread
     */
    void ofLog(LongSupplier bytes, Runnable force) {
        unsettledBytes = bytes;
        settling = force;
    }

    /**
     * Takes room for {@code length} bytes of a frame, or throws and takes nothing.
     *
     * @param staged bytes that were taken before and are not written yet, so that the disk still
     *     counts them as free
     */
    void take(long length, long staged) {
        if (granted < length) {
            long usable = usableBytes(spareBytes + staged, length);
            if (usable < length) {
                granted = 0;
                throw refusal(length, usable);
            }
            // On a disk that is nearly full others may be faster: ask for every frame.
            granted = usable > PLENTY * GRANT_BYTES ? Math.max(length, GRANT_BYTES) : length;
        }
        promised = granted + staged;
        granted -= length;
    }

    /** Everything that was taken is written. */
    void settled() {
        promised = granted;
    }

    /** Returns if a file of {@code length} bytes leaves room for what frames were promised. */
    void require(long length) {
        long usable = usableBytes(spareBytes + promised, length);
        if (usable < length) {
            throw refusal(length, usable);
        }
    }

    /** As {@link #require}, for a file that may use what is spared, but for the last of it. */
    void requireOfSpare(long length) {
        long usable = usableBytes(Math.min(spareBytes, LAST_BYTES) + promised, length);
        if (usable < length) {
            throw refusal(length, usable);
        }
    }

    /** As {@link #require}, for a file that may use all that is spared: at the end. */
    void requireAtLast(long length) {
        long usable = usableBytes(0, length);
        if (usable < length) {
            throw refusal(length, usable);
        }
    }

    /**
     * What may be used if so much is left. If {@code length} may, and leaves no room for what
     * recovery would write again, there is little of that on return.
     */
    private long usableBytes(long left, long length) {
        long usable = usableBytes() - left;
        if (usable >= length && usable - length < unsettledBytes.getAsLong()) {
            settling.run();
            usable = usableBytes() - left;
        }
        return usable;
    }

    /** As {@link #requireAtLast}, as the disk is now. */
    void requireNow(long length) {
        long usable = usableBytes();
        if (usable < length) {
            throw refusal(length, usable);
        }
    }

    /** Space of which nobody can tell is none: refused, for nothing was written that could fail. */
    private long usableBytes() {
        try {
            return storage.usableBytes();
        } catch (StorageClosedException e) {
            throw e;
        } catch (StorageException e) {
            throw new StorageFullException(
                    "cannot tell how much space is left: " + e.getMessage(),
                    e.file(),
                    e.offset(),
                    e);
        }
    }

    private StorageFullException refusal(long length, long usable) {
        return new StorageFullException(
                "no space for " + length + " bytes: " + Math.max(0, usable)
                        + " may be used, for commits leave " + spareBytes + " of the disk free",
                storage.location(),
                StorageException.NO_OFFSET,
                null);
    }

    /** Where the disk is, for messages. */
    String location() {
        return storage.location();
    }
}
