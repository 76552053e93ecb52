package dev.varve.logstore;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;

/**
 * Refuses a frame for which the disk has no room, before anything is written: a refusal leaves the
 * store as it was. Asks the disk once for every 16 MiB while there is plenty. Used under the
 * appender's lock.
 */
final class SpaceReserve {

    private static final long GRANT_BYTES = 16 << 20;
    private static final long PLENTY = 64;

    private final Storage storage;
    private final long spareBytes;
    private long granted;

    SpaceReserve(Storage storage, long spareBytes) {
        this.storage = storage;
        this.spareBytes = spareBytes;
    }

    /**
     * Takes room for {@code length} bytes, or throws and takes nothing.
     *
     * @param staged bytes that were taken before and are not written yet, so that the disk still
     *     counts them as free
     */
    void take(long length, long staged) {
        if (granted < length) {
            long usable = storage.usableBytes() - spareBytes - staged;
            if (usable < length) {
                granted = 0;
                throw new StorageFullException(
                        "no space for " + length + " bytes: " + Math.max(0, usable)
                                + " are left beside the spare " + spareBytes,
                        storage.location(),
                        StorageException.NO_OFFSET,
                        null);
            }
            // On a disk that is nearly full others may be faster: ask for every frame.
            granted = usable > PLENTY * GRANT_BYTES ? Math.max(length, GRANT_BYTES) : length;
        }
        granted -= length;
    }
}
