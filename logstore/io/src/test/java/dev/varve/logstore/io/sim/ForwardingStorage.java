package dev.varve.logstore.io.sim;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.util.List;

/**
 * Hands every call on to another storage: the base of storages that count, or that plant a bug. As
 * safe for threads as the storage behind it, which it closes.
 */
public class ForwardingStorage implements Storage {

    private final Storage delegate;

    protected ForwardingStorage(Storage delegate) {
        this.delegate = delegate;
    }

    /** What is handed out instead of a file of the storage behind; usually a {@link ForwardingFile}. */
    protected StorageFile wrap(StorageFile file) {
        return file;
    }

    @Override
    public StorageFile create(String name) {
        return wrap(delegate.create(name));
    }

    @Override
    public StorageFile open(String name, Access access) {
        return wrap(delegate.open(name, access));
    }

    @Override
    public List<String> list() {
        return delegate.list();
    }

    @Override
    public boolean exists(String name) {
        return delegate.exists(name);
    }

    @Override
    public void rename(String from, String to) {
        delegate.rename(from, to);
    }

    @Override
    public void delete(String name) {
        delegate.delete(name);
    }

    @Override
    public void forceDirectory() {
        delegate.forceDirectory();
    }

    @Override
    public long usableBytes() {
        return delegate.usableBytes();
    }

    @Override
    public void lock(String name) {
        delegate.lock(name);
    }

    @Override
    public String location() {
        return delegate.location();
    }

    @Override
    public void close() {
        delegate.close();
    }
}
