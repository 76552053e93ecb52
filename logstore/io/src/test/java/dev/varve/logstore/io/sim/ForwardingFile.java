package dev.varve.logstore.io.sim;

import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Hands every call on to another file: the base of files that count, or that plant a bug. As safe for
 * threads as the file behind it, which it closes.
 */
public class ForwardingFile implements StorageFile {

    private final StorageFile delegate;

    protected ForwardingFile(StorageFile delegate) {
        this.delegate = delegate;
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public long length() {
        return delegate.length();
    }

    @Override
    public int read(MemorySegment destination, long offset) {
        return delegate.read(destination, offset);
    }

    @Override
    public void write(MemorySegment source, long offset) {
        delegate.write(source, offset);
    }

    @Override
    public void force() {
        delegate.force();
    }

    @Override
    public void truncate(long length) {
        delegate.truncate(length);
    }

    @Override
    public MemorySegment map(long offset, long length, Arena arena) {
        return delegate.map(offset, length, arena);
    }

    @Override
    public void close() {
        delegate.close();
    }
}
