package dev.varve.sync.ethereum.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file read at positions through a window of it in memory, so that small items that lie together
 * take one call. The window grows to the longest item asked for.
 *
 * <p>For one thread. An interrupt closes a channel under a read: the read fails, the next one opens
 * the file again. All failures are {@link SourceException}s.
 */
final class SourceFile implements AutoCloseable {

    private static final int WINDOW = 16 * 1024;

    private final Path path;
    private final long length;
    private FileChannel channel;
    private boolean closed;

    private byte[] window = new byte[WINDOW];
    private long windowOffset;
    private int windowLength;

    private SourceFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        length = channel.size();
    }

    /** Opens a file that exists. */
    static SourceFile open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            return new SourceFile(path, channel);
        } catch (IOException e) {
            String message = "cannot be opened: " + SourceException.reason(e);
            SourceException failure = new SourceException(path.toString(), 0, message, e);
            closeAfter(failure, channel);
            throw failure;
        }
    }

    /** Length of the file when it was opened, in bytes. */
    long length() {
        return length;
    }

    /** The array that {@link #load} reads into. */
    byte[] window() {
        return window;
    }

    /** Makes count bytes at an offset available, and returns where in the window they begin. */
    int load(long offset, int count) {
        if (closed) {
            throw new IllegalStateException("closed: " + path);
        }
        if (offset < 0 || count > length - offset) {
            throw damaged(offset, "ends where " + count + " bytes are expected");
        }
        if (offset < windowOffset || offset + count > windowOffset + windowLength) {
            fill(offset, count);
        }
        return (int) (offset - windowOffset);
    }

    /** Little-endian unsigned integer of up to 8 bytes. */
    long littleEndian(long offset, int count) {
        int at = load(offset, count);
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (window[at + i] & 0xffL) << (i * Byte.SIZE);
        }
        return value;
    }

    /** An exception that names this file. */
    SourceException damaged(long offset, String message) {
        return new SourceException(path.toString(), offset, message);
    }

    /** An exception that names this file. */
    SourceException damaged(long offset, String message, Throwable cause) {
        return new SourceException(path.toString(), offset, message, cause);
    }

    @Override
    public String toString() {
        return path.toString();
    }

    @Override
    public void close() {
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            throw damaged(0, "cannot be closed: " + e, e);
        }
    }

    private void fill(long offset, int count) {
        if (count > window.length) {
            window = new byte[count];
        }
        windowLength = 0;
        windowOffset = offset;
        int wanted = (int) Math.min(window.length, length - offset);
        ByteBuffer buffer = ByteBuffer.wrap(window, 0, wanted);
        try {
            if (!channel.isOpen()) {
                channel = FileChannel.open(path, StandardOpenOption.READ);
            }
            while (buffer.position() < count) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw damaged(offset + buffer.position(), "was shortened while it was read");
                }
            }
        } catch (ClosedChannelException e) {
            throw damaged(offset, "reading was interrupted", e);
        } catch (IOException e) {
            throw damaged(offset, "cannot be read: " + SourceException.reason(e), e);
        }
        windowLength = buffer.position();
    }

    private static void closeAfter(SourceException failure, @Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
