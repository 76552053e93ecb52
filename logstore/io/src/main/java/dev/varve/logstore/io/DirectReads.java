package dev.varve.logstore.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a long file past the system's page cache ({@code O_DIRECT}): the device writes into the
 * reader's memory, and what others have in that cache stays there (docs/decisions/0031).
 *
 * <p>Only where most of the file is not in that cache, and not where the system refuses. The first
 * read that could go past the cache decides, and opens a second channel if it does; so a file that
 * is short, or read by short pieces, has one only. A thread that is interrupted then decides for
 * the cache, for its mapping is of the kind that an interrupt closes: nothing fails, and who
 * interrupts wants an end, not the rest of the file. For any thread; closed with the file.
 *
 * <p>Throws nothing: what cannot be read here is read through the cache from then on, and fails
 * there if it must.
 */
final class DirectReads implements AutoCloseable {

    /** What offset, length and address must be multiples of. */
    static final long ALIGNMENT = 4096;

    /** Shorter reads go through the cache. */
    private static final long MIN_LENGTH = 64 << 10;

    /** So many pages are asked for. One alone may be there because of a read of what is near it. */
    private static final int PAGES = 16;

    private final Path path;
    private final Object key;
    private volatile boolean decided;
    private volatile @Nullable SteadyChannel used;

    /** What is to be closed; guarded by this. */
    private @Nullable SteadyChannel opened;

    /**
     * @param key {@link RealFile#key} of the file that is open; another may have the name later
     */
    DirectReads(Path path, Object key) {
        this.path = path;
        this.key = key;
    }

    /**
     * Reads what one call gives, as {@link SteadyChannel#read} does.
     *
     * @return 0 if it is to be read through the cache
     */
    int read(MemorySegment destination, long offset) {
        long multiple = offset | destination.byteSize() | destination.address();
        if (!destination.isNative()
                || destination.byteSize() < MIN_LENGTH
                || (multiple & ALIGNMENT - 1) != 0) {
            return 0;
        }
        if (!decided) {
            decide();
        }
        SteadyChannel direct = used;
        if (direct == null) {
            return 0;
        }
        try {
            return direct.read(destination.asByteBuffer(), offset);
        } catch (IOException e) {
            // It wants another alignment, or cannot read; then the other channel tells why.
            used = null;
            return 0;
        }
    }

    private synchronized void decide() {
        if (decided) {
            return;
        }
        try {
            if (!isCached()) {
                opened = SteadyChannel.open(path, Set.of(StandardOpenOption.READ, option()));
                used = key.equals(RealFile.key(path)) ? opened : null;
            }
        } catch (IOException | UnsupportedOperationException | ReflectiveOperationException e) {
            used = null; // the system, or its JDK, cannot do it
        } finally {
            decided = true;
        }
    }

    /** By name: the module that has it, jdk.unsupported, need not be there, and javac warns. */
    private static OpenOption option() throws ReflectiveOperationException {
        Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
        return (OpenOption) options.getField("DIRECT").get(null);
    }

    /**
     * Asks a mapping: to read a page and to take the time brings it into the cache, so that the
     * next reader of the file is told wrong, and young code is as slow as a disk.
     */
    private boolean isCached() throws IOException {
        try (FileChannel mapping = FileChannel.open(path, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            long length = mapping.size();
            if (length < MIN_LENGTH) {
                return true;
            }
            MemorySegment file = mapping.map(FileChannel.MapMode.READ_ONLY, 0, length, arena);
            int cached = 0;
            for (int i = 0; i < PAGES; i++) {
                long middle = length / PAGES * i + length / PAGES / 2;
                cached += file.asSlice(middle & -ALIGNMENT, 1).isLoaded() ? 1 : 0;
            }
            return cached > PAGES / 2;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        decided = true;
        if (opened != null) {
            opened.close();
        }
    }
}
