package dev.varve.logstore.io.sim;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Counts the calls to any storage and its files, exactly. A call is counted before it is made, its
 * bytes after it succeeded. Safe for use by many threads; closes the storage behind it.
 */
public final class CountingStorage extends ForwardingStorage {

    private final IoCounter counter = new IoCounter();

    public CountingStorage(Storage delegate) {
        super(delegate);
    }

    /** All calls and bytes since this object was made. */
    public IoCounts counts() {
        return counter.snapshot();
    }

    @Override
    protected StorageFile wrap(StorageFile file) {
        return new CountingFile(file, counter);
    }

    @Override
    public StorageFile create(String name) {
        counter.call(IoCall.CREATE);
        return super.create(name);
    }

    @Override
    public StorageFile open(String name, Access access) {
        counter.call(IoCall.OPEN);
        return super.open(name, access);
    }

    @Override
    public void rename(String from, String to) {
        counter.call(IoCall.RENAME);
        super.rename(from, to);
    }

    @Override
    public void delete(String name) {
        counter.call(IoCall.DELETE);
        super.delete(name);
    }

    @Override
    public void forceDirectory() {
        counter.call(IoCall.FORCE_DIRECTORY);
        super.forceDirectory();
    }

    private static final class CountingFile extends ForwardingFile {

        private final IoCounter counter;

        CountingFile(StorageFile delegate, IoCounter counter) {
            super(delegate);
            this.counter = counter;
        }

        @Override
        public int read(MemorySegment destination, long offset) {
            counter.call(IoCall.READ);
            int read = super.read(destination, offset);
            counter.read(read);
            return read;
        }

        @Override
        public void write(MemorySegment source, long offset) {
            counter.call(IoCall.WRITE);
            super.write(source, offset);
            counter.wrote(source.byteSize());
        }

        @Override
        public void force() {
            counter.call(IoCall.FORCE);
            super.force();
        }

        @Override
        public void truncate(long length) {
            counter.call(IoCall.TRUNCATE);
            super.truncate(length);
        }

        @Override
        public MemorySegment map(long offset, long length, Arena arena) {
            counter.call(IoCall.MAP);
            return super.map(offset, length, arena);
        }
    }
}
