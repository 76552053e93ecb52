package dev.varve.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A short measurement of a disk: what a sequential write and read, a small forced write and a small
 * random read take. One use, one thread; its file is gone when it returns or throws.
 */
final class DiskProbe {

    private static final int FILE_BYTES = 16 << 20;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int PAGE_BYTES = 4096;
    private static final int FORCES = 20;
    private static final int RANDOM_READS = 50;

    private final Path file;

    /** What a random read reads: less cannot pass the page cache by. */
    private final int blockBytes;

    private final ByteBuffer buffer;

    private DiskProbe(Path file) throws IOException {
        this.file = file;
        blockBytes = blockBytes(Files.getFileStore(file).getBlockSize());
        // Direct reads want memory, offset and length aligned to the blocks of the file system.
        this.buffer = ByteBuffer.allocateDirect(CHUNK_BYTES + blockBytes).alignedSlice(blockBytes);
    }

    /** A page, or a block of a file system if that is longer: some have blocks of 64 KiB. */
    static int blockBytes(long ofFileSystem) {
        return Integer.highestOneBit(Math.clamp(ofFileSystem, PAGE_BYTES, CHUNK_BYTES));
    }

    /**
     * What was measured; times are medians.
     *
     * @param forceUs writing and forcing 4 KiB
     * @param isDirect whether reads went past the page cache
     * @param randomReadUs reading 4 KiB, or a block of the file system if that is longer
     */
    record Result(
            long writeMiBPerSecond,
            long forceUs,
            boolean isDirect,
            long readMiBPerSecond,
            long randomReadUs,
            long slowestReadUs) {}

    /** Measures the disk that a directory is on. */
    static Result measure(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, ".varve-doctor-", ".tmp");
        try {
            return new DiskProbe(file).run();
        } finally {
            Files.delete(file);
        }
    }

    private Result run() throws IOException {
        long writeNanos;
        long[] forces = new long[FORCES];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            writeNanos = writeAll(channel);
            for (int i = 0; i < FORCES; i++) {
                long start = System.nanoTime();
                write(channel, PAGE_BYTES, (long) i * PAGE_BYTES);
                channel.force(false);
                forces[i] = System.nanoTime() - start;
            }
        }
        OpenOption direct = isInMemory() ? null : directOption();
        try (FileChannel channel = openForReading(direct)) {
            return read(channel, direct != null, writeNanos, median(forces));
        } catch (IOException e) {
            if (direct == null) {
                throw e;
            }
            // Some file systems cannot.
            try (FileChannel channel = openForReading(null)) {
                return read(channel, false, writeNanos, median(forces));
            }
        }
    }

    /** Whether there is no disk; Linux lets the page cache, which is all there is, be passed by. */
    private boolean isInMemory() throws IOException {
        String type = Files.getFileStore(file).type();
        return type.equals("tmpfs") || type.equals("ramfs");
    }

    private Result read(FileChannel channel, boolean isDirect, long writeNanos, long forceNanos)
            throws IOException {
        long start = System.nanoTime();
        for (long at = 0; at < FILE_BYTES; at += CHUNK_BYTES) {
            read(channel, CHUNK_BYTES, at);
        }
        long readNanos = System.nanoTime() - start;
        SplittableRandom random = new SplittableRandom(1);
        long[] reads = new long[RANDOM_READS];
        for (int i = 0; i < RANDOM_READS; i++) {
            long at = (long) random.nextInt(FILE_BYTES / blockBytes) * blockBytes;
            long before = System.nanoTime();
            read(channel, blockBytes, at);
            reads[i] = System.nanoTime() - before;
        }
        long middle = median(reads);
        LongUnaryOperator mibPerSecond =
                nanos -> (long) (FILE_BYTES / (double) (1 << 20) / (Math.max(1, nanos) / 1e9));
        return new Result(
                mibPerSecond.applyAsLong(writeNanos),
                forceNanos / 1000,
                isDirect,
                mibPerSecond.applyAsLong(readNanos),
                middle / 1000,
                reads[RANDOM_READS - 1] / 1000);
    }

    private long writeAll(FileChannel channel) throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        byte[] bytes = new byte[CHUNK_BYTES];
        random.nextBytes(bytes); // nothing that a disk could leave out or compress
        buffer.clear().put(bytes);
        long start = System.nanoTime();
        for (long at = 0; at < FILE_BYTES; at += CHUNK_BYTES) {
            write(channel, CHUNK_BYTES, at);
        }
        channel.force(true);
        return System.nanoTime() - start;
    }

    private void write(FileChannel channel, int length, long offset) throws IOException {
        buffer.clear().limit(length);
        while (buffer.hasRemaining()) {
            channel.write(buffer, offset + buffer.position());
        }
    }

    private void read(FileChannel channel, int length, long offset) throws IOException {
        buffer.clear().limit(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException(file + " was shortened while it was read");
            }
        }
    }

    private FileChannel openForReading(@Nullable OpenOption direct) throws IOException {
        return direct == null
                ? FileChannel.open(file, StandardOpenOption.READ)
                : FileChannel.open(file, StandardOpenOption.READ, direct);
    }

    /** Sorts the times. */
    private static long median(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    /**
     * Reading past the page cache. By reflection, because compilers warn of the option, which is in
     * the module jdk.unsupported; null where it is not known.
     */
    private static @Nullable OpenOption directOption() {
        try {
            Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
            return (OpenOption) options.getField("DIRECT").get(null);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
