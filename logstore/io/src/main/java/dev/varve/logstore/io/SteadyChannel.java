package dev.varve.logstore.io;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A channel to one file that an interrupt neither closes nor disturbs.
 *
 * <p>{@link java.nio.channels.FileChannel} closes itself when a thread that uses it is interrupted,
 * and then hides what the call's own outcome was: a failed force looks like an interrupt, and the
 * kernel reports a lost write only once. {@link AsynchronousFileChannel} has no such rule. Given an
 * executor that runs in the caller it is a plain positional read or write with a small object around
 * it. docs/decisions/0001-uninterruptible-files.md has the figures.
 *
 * <p>Safe for use by many threads; closed by its opener, which waits for calls under way. Throws
 * {@link IOException}s as the JDK made them.
 */
final class SteadyChannel implements AutoCloseable {

    /**
     * Windows completes its operations by events that threads of the executor wait for, so that a
     * caller-runs executor would wait for ever; there the JDK's own threads serve.
     */
    private static final @Nullable ExecutorService EXECUTOR =
            File.separatorChar == '\\' ? null : new CallerRunsExecutor();

    private final AsynchronousFileChannel channel;

    private SteadyChannel(AsynchronousFileChannel channel) {
        this.channel = channel;
    }

    static SteadyChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        return new SteadyChannel(AsynchronousFileChannel.open(file, options, EXECUTOR));
    }

    /** Reads what one call gives: at least one byte, or -1 at the end of the file. */
    int read(ByteBuffer destination, long offset) throws IOException {
        return await(channel.read(destination, offset));
    }

    /** Writes what one call takes: at least one byte. */
    int write(ByteBuffer source, long offset) throws IOException {
        int written = await(channel.write(source, offset));
        if (written <= 0) {
            throw new IOException("The file took none of " + source.remaining() + " bytes");
        }
        return written;
    }

    /** Makes the content durable, and the length that reading it needs. */
    void forceContent() throws IOException {
        channel.force(false);
    }

    /** Makes the content and everything known about it durable. */
    void forceAll() throws IOException {
        channel.force(true);
    }

    long size() throws IOException {
        return channel.size();
    }

    void truncate(long size) throws IOException {
        channel.truncate(size);
    }

    /**
     * The lock of the whole file, or null if another process holds it.
     *
     * @throws java.nio.channels.OverlappingFileLockException if this process holds it
     */
    @Nullable FileLock tryLock() throws IOException {
        return channel.tryLock();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static int await(Future<Integer> operation) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return operation.get();
                } catch (InterruptedException e) {
                    interrupted = true; // only where threads of the JDK do the work: wait on
                } catch (ExecutionException e) {
                    throw cause(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException cause(ExecutionException e) {
        return e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
}
