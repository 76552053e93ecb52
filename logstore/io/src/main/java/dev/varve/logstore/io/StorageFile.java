package dev.varve.logstore.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One open file of a {@link Storage}, read and written by position.
 *
 * <p>Safe for use by many threads; overlapping writes are the caller's business. Memory handed in
 * must be accessible from any thread (a shared, automatic or global arena, or the heap). Offsets and
 * lengths are bytes and may exceed 2^31.
 */
public interface StorageFile extends AutoCloseable {

    /** The name by which the file was opened. */
    String name();

    /** The file's length in bytes. */
    long length();

    /**
     * Reads up to {@code destination.byteSize()} bytes; fewer only where the file ends.
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

    /** Makes everything written to this file so far durable, and the length that reading needs. */
    void force();

    /** Cuts the file to {@code length} bytes. Not durable before {@link #force()}. */
    void truncate(long length);

    /**
     * Maps {@code length} bytes from {@code offset} for reading, valid until {@code arena} is closed.
     * The range must be within the file and must never be written or truncated while it is mapped.
     */
    MemorySegment map(long offset, long length, Arena arena);

    /** Closes the file; idempotent. */
    @Override
    void close();
}
