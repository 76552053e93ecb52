package dev.varve.logstore;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.run.HeightCursor;
import dev.varve.logstore.run.HeightsFile;
import dev.varve.logstore.run.RunRange;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A part of the index by height that is a file, opened when it is first needed: a store has as many
 * of them as segments. Where it turns out then that the file cannot be one of this store, lookups
 * are answered from its part of the log, which the first of them reads into memory, until the file
 * is written again.
 *
 * <p>For any thread; closes the file.
 */
final class HeightsPart implements HeightPart {

    private final RunRange range;
    private final Function<RunRange, HeightsFile> opening;
    private final Function<RunRange, HotPart> reading;
    private final ToLongFunction<RunRange> measuring;

    // Written under the monitor.
    private volatile @Nullable HeightsFile file;
    private volatile @Nullable StorageException damage;
    private volatile @Nullable HotPart instead;
    private boolean closed;

    /** Bytes of the file, 0 as long as nobody asked. */
    private volatile long fileLength;

    /** A part whose file is open. */
    HeightsPart(HeightsFile file) {
        this(file.range(), range -> file, HeightsPart::neverRead, range -> file.fileLength());
        this.file = file;
    }

    /**
     * A part whose file is opened later.
     *
     * @param reading reads the range from the log
     * @param measuring tells how long the file is, which then need not stay open
     */
    HeightsPart(
            RunRange range,
            Function<RunRange, HeightsFile> opening,
            Function<RunRange, HotPart> reading,
            ToLongFunction<RunRange> measuring) {
        this.range = range;
        this.opening = opening;
        this.reading = reading;
        this.measuring = measuring;
    }

    private static HotPart neverRead(RunRange range) {
        throw new AssertionError("the file of " + range + " is open");
    }

    RunRange range() {
        return range;
    }

    /**
     * The file.
     *
     * @throws CorruptionException if it is damaged
     * @throws FormatVersionException if a later release wrote it
     */
    HeightsFile file() {
        HeightsFile open = fileUnlessDamaged();
        if (open == null) {
            throw Objects.requireNonNull(damage);
        }
        return open;
    }

    /** Whether somebody needed the file and found that it is damaged. */
    boolean isDamaged() {
        return damage != null;
    }

    /** Bytes of the file, 0 if somebody found that it is damaged. */
    long fileLength() {
        if (damage != null) {
            return 0;
        }
        long known = fileLength;
        if (known == 0) {
            known = measuring.applyAsLong(range);
            fileLength = known;
        }
        return known;
    }

    /** Native memory of what stands for a damaged file. */
    long memoryBytes() {
        HotPart read = instead;
        return read == null ? 0 : read.memoryBytes();
    }

    private @Nullable HeightsFile fileUnlessDamaged() {
        HeightsFile open = file;
        return open != null || damage != null ? open : open();
    }

    private synchronized @Nullable HeightsFile open() {
        checkOpen();
        if (file == null && damage == null) {
            try {
                file = opening.apply(range);
            } catch (CorruptionException | FormatVersionException e) {
                damage = e;
            }
        }
        return file;
    }

    private HotPart instead() {
        HotPart read = instead;
        return read == null ? readLog() : read;
    }

    private synchronized HotPart readLog() {
        checkOpen();
        HotPart read = instead;
        if (read == null) {
            read = reading.apply(range);
            instead = read;
        }
        return read;
    }

    private void checkOpen() {
        if (closed) {
            throw new StorageClosedException(
                    "the store is closed", fileName(), StorageException.NO_OFFSET, null);
        }
    }

    @Override
    public long start() {
        return range.start();
    }

    @Override
    public long end() {
        return range.end();
    }

    @Override
    public long findBelow(int table, long height, long bound) {
        HeightsFile open = fileUnlessDamaged();
        return open == null
                ? instead().findBelow(table, height, bound)
                : open.find(table, height, bound);
    }

    @Override
    public long nextHeight(int table, long from, long bound) {
        HeightsFile open = fileUnlessDamaged();
        return open == null
                ? instead().nextHeight(table, from, bound)
                : open.next(table, from, bound);
    }

    @Override
    public long lastHeight(int table, long bound) {
        HeightsFile open = fileUnlessDamaged();
        return open == null ? instead().lastHeight(table, bound) : open.last(table, bound);
    }

    @Override
    public long lowest(int table) {
        HeightsFile open = file;
        return open == null ? 0 : open.lowest(table);
    }

    @Override
    public long highest(int table) {
        HeightsFile open = file;
        return open == null ? Long.MAX_VALUE : open.highest(table);
    }

    @Override
    public HeightCursor cursor() {
        return file().cursor();
    }

    @Override
    public String fileName() {
        return range.heightsName();
    }

    @Override
    public @Nullable StorageException cutOff(Throwable cause) {
        HeightsFile open = file;
        return open == null ? null : open.cutOff(cause);
    }

    @Override
    public synchronized void close() {
        closed = true;
        HeightsFile open = file;
        HotPart read = instead;
        if (read != null) {
            read.close();
        }
        if (open != null) {
            open.close();
        }
    }
}
