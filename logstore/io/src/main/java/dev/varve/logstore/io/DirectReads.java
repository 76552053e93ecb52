package dev.varve.logstore.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a long file past the system's page cache ({@code O_DIRECT}): the device writes into the
 * reader's memory, and what others have in that cache stays there. Most of what a read through the
 * cache costs is memory for the cache (docs/decisions/0031).
 *
 * <p>Only where the file is not in that cache already, as two of its pages tell by how long they
 * take; and not where the system refuses. For any thread; closed with the file.
 */
final class DirectReads implements AutoCloseable {

    /** What offset, length and address must be multiples of. */
    static final long ALIGNMENT = 4096;

    /** Shorter reads go through the cache. */
    private static final long MIN_LENGTH = 64 << 10;

    /** A page from the cache takes some 3 us, one from a fast SSD 20 and more. */
    private static final long CACHED_NS = 15_000;

    private final SteadyChannel buffered;
    private final SteadyChannel direct;
    private volatile boolean decided;
    private volatile boolean used;

    private DirectReads(SteadyChannel buffered, SteadyChannel direct) {
        this.buffered = buffered;
        this.direct = direct;
    }

    /** Null where the system or its JDK cannot do it. */
    static @Nullable DirectReads open(Path path, SteadyChannel buffered) {
        try {
            Set<OpenOption> options = Set.of(StandardOpenOption.READ, option());
            return new DirectReads(buffered, SteadyChannel.open(path, options));
        } catch (IOException | UnsupportedOperationException | ReflectiveOperationException e) {
            return null;
        }
    }

    /** By name: the module that has it, jdk.unsupported, need not be there, and javac warns. */
    private static OpenOption option() throws ReflectiveOperationException {
        Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
        return (OpenOption) options.getField("DIRECT").get(null);
    }

    /**
     * Reads what one call gives, as {@link SteadyChannel#read} does.
     *
     * @return 0 if it is to be read through the cache
     */
    int read(MemorySegment destination, long offset) throws IOException {
        long multiple = offset | destination.byteSize() | destination.address();
        if (!destination.isNative()
                || destination.byteSize() < MIN_LENGTH
                || (multiple & ALIGNMENT - 1) != 0
                || !isUsed()) {
            return 0;
        }
        try {
            return direct.read(destination.asByteBuffer(), offset);
        } catch (IOException e) {
            // It wants another alignment, or cannot read; then the other channel tells why.
            used = false;
            return 0;
        }
    }

    private boolean isUsed() throws IOException {
        if (!decided) {
            long length = buffered.size();
            used = !isCached(length / 4) || !isCached(length / 4 * 3);
            decided = true;
        }
        return used;
    }

    /** A page alone, in the middle: the system reads ahead of one at the start. */
    private boolean isCached(long offset) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment page = arena.allocate(ALIGNMENT);
            long started = System.nanoTime();
            int ignored = buffered.read(page.asByteBuffer(), offset & -ALIGNMENT);
            return System.nanoTime() - started < CACHED_NS;
        }
    }

    @Override
    public void close() throws IOException {
        direct.close();
    }
}
