package dev.varve.logstore;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import org.jspecify.annotations.Nullable;

/**
 * One segment of the log and its file. Of a segment that was sealed before the store was opened,
 * and that the index covers, the file is opened when it is first needed, and its length checked
 * then.
 *
 * <p>Threads: changed by the one thread that appends or recovers, read by all. Closed by the store.
 */
final class Segment implements AutoCloseable {

    private static final int BASE_DIGITS = 20;
    private static final String SUFFIX = ".log";

    private final long basePosition;
    private final SegmentMapping mapping = new SegmentMapping();
    private final String name;
    private final Storage storage;

    // Under the monitor, but for reading the file.
    private volatile @Nullable StorageFile file;
    private boolean closed;

    /** Where the next frame goes; behind the last valid one. 0 if only the footer knows. */
    private volatile long framesEnd;

    /** The file's length once the segment is sealed, else 0. */
    private volatile long sealedLength;

    /** A segment whose file is open, and whose frames end there. */
    Segment(long basePosition, Storage storage, StorageFile file, long framesEnd) {
        this.basePosition = basePosition;
        this.storage = storage;
        this.name = file.name();
        this.file = file;
        this.framesEnd = framesEnd;
    }

    /** A segment that ends where the next one begins. */
    Segment(long basePosition, Storage storage, long nextBasePosition) {
        this.basePosition = basePosition;
        this.storage = storage;
        this.name = fileName(basePosition);
        this.sealedLength = nextBasePosition - basePosition;
    }

    /** What a record of this segment that is damaged ends in. */
    CorruptionException damaged(String what, long offset, @Nullable Throwable cause) {
        CorruptionException damage = new CorruptionException(what, name, offset, cause);
        damage.inStore(storage.location());
        return damage;
    }

    static String fileName(long basePosition) {
        String digits = Long.toString(basePosition);
        return "0".repeat(BASE_DIGITS - digits.length()) + digits + SUFFIX;
    }

    /** The base position that a segment file's name tells, or -1 for the name of another file. */
    static long basePosition(String fileName) {
        if (fileName.length() != BASE_DIGITS + SUFFIX.length() || !fileName.endsWith(SUFFIX)) {
            return -1;
        }
        long base = 0;
        for (int i = 0; i < BASE_DIGITS; i++) {
            int digit = fileName.charAt(i) - '0';
            if (digit < 0 || digit > 9 || base > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            base = 10 * base + digit;
        }
        return base;
    }

    long basePosition() {
        return basePosition;
    }

    /** The name of the file. */
    String name() {
        return name;
    }

    /**
     * The file, opened now if it is not.
     *
     * @throws CorruptionException if it does not reach to the next segment
     */
    StorageFile file() {
        StorageFile open = file;
        return open == null ? openFile() : open;
    }

    private synchronized StorageFile openFile() {
        StorageFile open = file;
        if (open != null) {
            return open;
        }
        if (closed) {
            throw new StorageClosedException(
                    "the store is closed", name, StorageException.NO_OFFSET, null);
        }
        StorageFile opened = storage.open(name, Storage.Access.READ);
        long length = opened.length();
        if (length != sealedLength) {
            opened.close();
            throw new CorruptionException(
                    "a segment of " + length + " bytes in front of one that begins behind "
                            + sealedLength,
                    name,
                    Math.min(length, sealedLength),
                    null);
        }
        file = opened;
        return opened;
    }

    /** The error of a file that was cut off since it was opened or mapped; null if it was not. */
    @Nullable CorruptionException cutOff(Throwable cause) {
        StorageFile open = file;
        long expected = isSealed() ? sealedLength : mapping.prefix().end();
        return open == null ? null : CorruptionException.ifCutOff(open, expected, cause);
    }

    /** The file as memory. */
    SegmentMapping mapping() {
        return mapping;
    }

    /**
     * Offset behind the last frame.
     *
     * @throws CorruptionException if only the footer knows, and it is damaged
     */
    long framesEnd() {
        long end = framesEnd;
        if (end == 0) {
            SegmentFooter footer = SegmentFooter.read(file(), basePosition);
            if (footer == null) {
                throw new CorruptionException(
                        "the segment's footer is damaged", name, sealedLength, null);
            }
            end = footer.framesEnd();
            framesEnd = end;
        }
        return end;
    }

    void framesEnd(long offset) {
        framesEnd = offset;
    }

    boolean isSealed() {
        return sealedLength != 0;
    }

    void sealed(long length) {
        sealedLength = length;
    }

    /** Base position of the segment behind this sealed one. */
    long nextBasePosition() {
        assert isSealed();
        return basePosition + sealedLength;
    }

    /** Bytes of the file. */
    long length() {
        return isSealed() ? sealedLength : file().length();
    }

    @Override
    public synchronized void close() {
        closed = true;
        StorageFile open = file;
        try (open) {
            mapping.close();
        }
    }
}
