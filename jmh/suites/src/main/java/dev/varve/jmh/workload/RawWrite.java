package dev.varve.jmh.workload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The physical limit of writing a log: the bytes that the store writes for the same operations,
 * already encoded, in writes of the same length to one file. Starts at the file's front again when
 * it has become as long as a store may.
 */
final class RawWrite implements Workload {

    private static final long MAX_FILE_BYTES = 256 << 20;

    private final FileChannel channel;
    private final ByteBuffer bytes;
    private final int operationsOfWrite;
    private final Force force;
    private long position;
    private long done;

    /**
     * Opens a new file.
     *
     * @param operationsOfWrite after how many operations there is a write
     * @param writeBytes the length of a write
     */
    RawWrite(Site site, int operationsOfWrite, int writeBytes, Force force) {
        this.operationsOfWrite = operationsOfWrite;
        this.force = force;
        bytes = ByteBuffer.allocateDirect(writeBytes);
        Path file = site.folder().resolve("raw");
        try {
            channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            if (force == Force.EACH_WRITE) {
                preallocate();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the whole file once, so that later forces have no new blocks to record. */
    private void preallocate() throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        for (long at = 0; at < MAX_FILE_BYTES; at += zeros.capacity()) {
            channel.write(zeros.clear(), at);
        }
        channel.force(true);
    }

    @Override
    public long run(long operations) {
        try {
            for (long i = 0; i < operations; i++) {
                if (++done % operationsOfWrite == 0) {
                    write();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return done;
    }

    private void write() throws IOException {
        if (position + bytes.capacity() > MAX_FILE_BYTES) {
            position = 0;
        }
        bytes.clear();
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
        if (force == Force.EACH_WRITE) {
            channel.force(false);
        }
    }

    @Override
    public void force() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** When the file is forced. */
    enum Force {
        /** At the end of a round. */
        ROUND,
        /** After each write; the file was allocated before. */
        EACH_WRITE
    }
}
