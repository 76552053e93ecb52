package dev.varve.logstore.io.sim;

import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** An open file of a {@link SimDisk}, under the disk's lock. Outlives a deletion of its name. */
final class SimFile implements StorageFile {

    /** A thread that owns no arena: memory that it may use is not confined. Never started. */
    private static final Thread STRANGER = Thread.ofPlatform().unstarted(() -> {});

    private final SimDisk disk;
    private final SimInode inode;
    private final String name;
    private final Access access;
    private boolean closed;

    SimFile(SimDisk disk, SimInode inode, String name, Access access) {
        this.disk = disk;
        this.inode = inode;
        this.name = name;
        this.access = access;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long length() {
        synchronized (disk.image()) {
            requireOpen();
            return inode.live().length();
        }
    }

    @Override
    public int read(MemorySegment destination, long offset) {
        requireShared(destination);
        require(offset >= 0, "offset", offset);
        require(destination.byteSize() <= Integer.MAX_VALUE, "length", destination.byteSize());
        synchronized (disk.image()) {
            requireOpen();
            Fault fault = disk.plan().next(IoCall.READ, name);
            if (fault != null) {
                throw failure("Cannot read: simulated " + fault, offset);
            }
            int read = inode.live().read(destination, offset);
            disk.plan().counter().read(read);
            return read;
        }
    }

    @Override
    public void write(MemorySegment source, long offset) {
        requireShared(source);
        require(offset >= 0, "offset", offset);
        synchronized (disk.image()) {
            requireOpen();
            requireWritable();
            Fault fault = disk.plan().next(IoCall.WRITE, name);
            long asked = accepted(fault, source.byteSize());
            long fitting = disk.image().fitting(inode, offset, asked);
            if (fitting > 0) {
                inode.write(disk.image().nextSequence(), source.asSlice(0, fitting), offset);
                disk.plan().counter().wrote(fitting);
                disk.image().writeBackNowAndThen();
            }
            if (fitting < asked || (fault != null && fault.full())) {
                throw new StorageFullException(
                        "Cannot write: no space for " + source.byteSize() + " bytes",
                        name,
                        offset + fitting,
                        null);
            }
            if (fault != null) {
                throw failure("Cannot write: simulated " + fault, offset + fitting);
            }
        }
    }

    @Override
    public void force() {
        synchronized (disk.image()) {
            requireOpen();
            Fault fault = disk.plan().next(IoCall.FORCE, name);
            boolean fits = disk.image().hasPlaceFor(inode);
            if (fits && (fault == null || fault == Fault.EIO_AFTER)) {
                inode.force();
            } else {
                inode.failForce();
            }
            if (!fits) {
                throw failure("Cannot force: the disk is full", StorageException.NO_OFFSET);
            }
            if (fault != null) {
                throw failure("Cannot force: simulated " + fault, StorageException.NO_OFFSET);
            }
        }
    }

    @Override
    public void truncate(long length) {
        require(length >= 0, "length", length);
        synchronized (disk.image()) {
            requireOpen();
            requireWritable();
            Fault fault = disk.plan().next(IoCall.TRUNCATE, name);
            if (fault == null || fault == Fault.EIO_AFTER) {
                inode.truncate(disk.image().nextSequence(), length);
            }
            if (fault != null) {
                throw failure("Cannot truncate: simulated " + fault, length);
            }
        }
    }

    /**
     * A copy: what is written later is not seen, but a mapped range is not to be written at all,
     * and whoever does gets an AssertionError.
     */
    @Override
    public MemorySegment map(long offset, long length, Arena arena) {
        synchronized (disk.image()) {
            requireOpen();
            require(offset >= 0, "offset", offset);
            require(length >= 0, "length", length);
            long fileLength = inode.live().length();
            if (offset > fileLength - length) {
                throw new IllegalArgumentException(
                        "offset " + offset + " with length " + length + " is outside a file of "
                                + fileLength + " bytes");
            }
            disk.plan().next(IoCall.MAP, name);
            if (disk.image().names().get(name) != inode) {
                throw failure("Cannot map: another file has the name now, or none", offset);
            }
            MemorySegment copy = arena.allocate(length);
            inode.live().read(copy, offset);
            inode.mapped(copy, offset);
            return copy.asReadOnly();
        }
    }

    @Override
    public void close() {
        synchronized (disk.image()) {
            closed = true;
        }
    }

    private static long accepted(@Nullable Fault fault, long length) {
        if (fault == null || fault == Fault.EIO_AFTER) {
            return length;
        }
        return fault.shortWrite() ? length / 2 : 0;
    }

    private void requireOpen() {
        disk.plan().requirePower();
        if (closed) {
            throw new StorageClosedException(
                    "The file is closed", name, StorageException.NO_OFFSET, null);
        }
    }

    private void requireWritable() {
        if (access != Access.READ_WRITE) {
            throw new IllegalStateException(name + " is open for reading only");
        }
    }

    private static void requireShared(MemorySegment memory) {
        if (!memory.isAccessibleBy(STRANGER)) {
            throw new IllegalArgumentException("the memory is confined to one thread: " + memory);
        }
    }

    private static void require(boolean condition, String what, long value) {
        if (!condition) {
            throw new IllegalArgumentException(what + " " + value + " is out of range");
        }
    }

    private StorageException failure(String what, long offset) {
        return new StorageException(what, name, offset, null);
    }
}
