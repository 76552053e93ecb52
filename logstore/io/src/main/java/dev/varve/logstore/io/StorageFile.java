package dev.varve.logstore.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One open file of a {@link Storage}, read and written by position.
 *
 * <p>Safe for use by many threads; overlapping writes are the caller's business. Memory handed in
 * must be accessible from any thread (a shared, automatic or global arena, or a heap byte array):
 * whether the caller's own thread does the work is not promised. Offsets and lengths are bytes and
 * may exceed 2^31. Using a closed file is a {@link StorageClosedException}; writing to one that was
 * opened for reading is an {@link IllegalStateException}.
 */
public interface StorageFile extends AutoCloseable {

    /** The name by which the file was opened. */
    String name();

    /** The file's length in bytes. */
    long length();

    /**
     * Reads up to {@code destination.byteSize()} bytes, at most 2^31 - 1; fewer only where the file
     * ends.
     *
     * @return how many bytes were read; 0 at or behind the end of the file
     */
    int read(MemorySegment destination, long offset);

    /**
     * Writes all bytes of {@code source}. A write behind the end of the file leaves zeros between.
     * After a failure any part of the range may hold old, new or no bytes.
     *
     * @throws StorageFullException if the disk is full
     */
    void write(MemorySegment source, long offset);

    /**
     * Makes everything written to this file so far durable, and the length that reading needs.
     *
     * <p>After a failure it is unknown what is durable, and a later force that succeeds does not
     * make up for it: the system has forgotten what it could not write. Never a {@link
     * StorageFullException}, whatever the reason was.
     */
    void force();

    /**
     * Cuts the file to {@code length} bytes; does nothing to a shorter file. Not durable before
     * {@link #force()}: until then a crash may leave the bytes cut off, zero, or as they were.
     */
    void truncate(long length);

    /**
     * Maps {@code length} bytes from {@code offset} for reading, valid until {@code arena} is
     * closed. The range must be within the file and must never be written or truncated while it is
     * mapped; the file may grow behind it. The file must still have the name by which it was
     * opened.
     */
    MemorySegment map(long offset, long length, Arena arena);

    /** Closes the file; idempotent. */
    @Override
    void close();
}
