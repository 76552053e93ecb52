package dev.varve.logstore.io.sim;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StorageLockedException;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that knows what a power cut would take from it.
 *
 * <p>It keeps two images of every file and of the directory, what programs see and what is durable,
 * and all that happened in between. {@link #crash} makes from them the disk that a machine would
 * find after a power cut at this moment; this disk is not touched by it and can be asked again, and
 * used on. {@link #restart} is what a kill of the process does: only locks and open files go.
 *
 * <p>Every call that can change the disk has a number, from 1: {@link StorageFile#write write},
 * {@link StorageFile#force force}, {@link StorageFile#truncate truncate}, {@link #create}, {@link
 * #rename}, {@link #delete}, {@link #forceDirectory}. Reads have numbers of their own. A test
 * counts the calls of a run, and then runs it again for each of them with {@link #crashAt} or
 * {@link #failAt}. Nothing depends on anything but the calls and the seeds.
 *
 * <p>Safe for use by many threads, under one lock. Memory of a confined arena is rejected, for real
 * storages need not support it. {@link #close} releases the lock; later calls are {@link
 * StorageClosedException}s, while the planning and reading out of faults goes on.
 */
public final class SimDisk implements Storage {

    private final SimImage image;
    private final CallPlan plan = new CallPlan();
    private boolean closed;

    /** An empty disk of unbounded capacity. */
    public SimDisk() {
        this(new SimImage(new TreeMap<>(), Long.MAX_VALUE));
    }

    private SimDisk(SimImage image) {
        this.image = image;
    }

    // ---- what a test does to the disk

    /** The disk that the machine finds after a power cut now. Everything on it is durable. */
    public SimDisk crash(CrashModel model, long seed) {
        synchronized (image) {
            return new SimDisk(new Aftermath(image, model, seed).build());
        }
    }

    /**
     * The same disk in the next process, after this one was killed: every later call to this object
     * or its files is a {@link SimPowerCut}, and the lock is free. What was not forced still is
     * not.
     */
    public SimDisk restart() {
        synchronized (image) {
            plan.kill("the process was killed");
            releaseLock();
            image.names().values().forEach(SimInode::unmap);
            image.forgetWriter();
            return new SimDisk(image);
        }
    }

    /**
     * Cuts the power at a call: it does nothing, and it and all later calls are {@link
     * SimPowerCut}s.
     */
    public void crashAt(long call) {
        synchronized (image) {
            plan.cutPowerAt(call);
        }
    }

    /** Lets one call fail. */
    public void failAt(long call, Fault fault) {
        synchronized (image) {
            plan.changeFaults().addOnce(call, fault);
        }
    }

    /** Lets all calls from one on fail, until {@link #clearFaults}. */
    public void failFrom(long call, Fault fault) {
        synchronized (image) {
            plan.changeFaults().addSticky(call, fault);
        }
    }

    /** Lets one read fail. */
    public void failReadAt(long readCall) {
        synchronized (image) {
            plan.readFaults().addOnce(readCall, Fault.EIO);
        }
    }

    /** Lets all reads from one on fail, until {@link #clearFaults}. */
    public void failReadFrom(long readCall) {
        synchronized (image) {
            plan.readFaults().addSticky(readCall, Fault.EIO);
        }
    }

    /** Takes all planned faults back; a power cut stays planned. */
    public void clearFaults() {
        synchronized (image) {
            plan.changeFaults().clear();
            plan.readFaults().clear();
        }
    }

    /** Sets how many bytes the disk holds, where files are charged by their lengths. */
    public void setCapacity(long bytes) {
        synchronized (image) {
            image.setCapacity(bytes);
        }
    }

    /**
     * Sets when what is written takes space. What the disk holds now has its place.
     *
     * @param seed of the choice what the system saves of its own accord, and when
     */
    public void setSpaceModel(SpaceModel model, long seed) {
        synchronized (image) {
            image.setSpaceModel(model, seed);
        }
    }

    /** How many bytes are free as the disk tells it, late. */
    public long freeBytes() {
        synchronized (image) {
            return image.freeBytes();
        }
    }

    /** Flips one stored bit, durably: bit {@code n} is bit {@code n % 8} of byte {@code n / 8}. */
    public void flipBit(String file, long bit) {
        synchronized (image) {
            SimInode inode = image.names().get(file);
            if (inode == null || bit < 0 || bit / 8 >= inode.live().length()) {
                throw new IllegalArgumentException("there is no bit " + bit + " of file " + file);
            }
            inode.flipBit(bit);
        }
    }

    /** How many calls that can change the disk were made. */
    public long calls() {
        synchronized (image) {
            return plan.calls();
        }
    }

    /** How many reads were made. */
    public long readCalls() {
        synchronized (image) {
            return plan.readCalls();
        }
    }

    /** All calls and bytes since this object was made. */
    public IoCounts counts() {
        synchronized (image) {
            return plan.counter().snapshot();
        }
    }

    // ---- what a program does with it

    @Override
    public StorageFile create(String name) {
        Storage.requireName(name);
        synchronized (image) {
            Fault fault = begin(IoCall.CREATE, name);
            if (image.names().containsKey(name)) {
                throw failure("Cannot create: a file of that name exists", name);
            }
            SimInode inode = new SimInode();
            image.change(new NameChange.Create(image.nextSequence(), name, inode));
            end(fault, "Cannot create", name);
            return new SimFile(this, inode, name, Access.READ_WRITE);
        }
    }

    @Override
    public StorageFile open(String name, Access access) {
        Storage.requireName(name);
        synchronized (image) {
            begin(IoCall.OPEN, name);
            return new SimFile(this, require(name, "Cannot open"), name, access);
        }
    }

    @Override
    public List<String> list() {
        synchronized (image) {
            requireOpen();
            return List.copyOf(image.names().keySet());
        }
    }

    @Override
    public boolean exists(String name) {
        Storage.requireName(name);
        synchronized (image) {
            requireOpen();
            return image.names().containsKey(name);
        }
    }

    @Override
    public void rename(String from, String to) {
        Storage.requireName(from);
        Storage.requireName(to);
        synchronized (image) {
            Fault fault = begin(IoCall.RENAME, from);
            require(from, "Cannot rename to " + to);
            image.change(new NameChange.Rename(image.nextSequence(), from, to));
            end(fault, "Cannot rename to " + to, from);
        }
    }

    @Override
    public void delete(String name) {
        Storage.requireName(name);
        synchronized (image) {
            Fault fault = begin(IoCall.DELETE, name);
            if (image.names().containsKey(name)) {
                image.change(new NameChange.Delete(image.nextSequence(), name));
            }
            end(fault, "Cannot delete", name);
        }
    }

    @Override
    public void forceDirectory() {
        synchronized (image) {
            Fault fault = begin(IoCall.FORCE_DIRECTORY, ".");
            image.forceDirectory();
            end(fault, "Cannot force the directory", ".");
        }
    }

    @Override
    public long usableBytes() {
        synchronized (image) {
            requireOpen();
            return image.usableBytes();
        }
    }

    /** The lock file appears, as in a real directory, but this call has no number and no fault. */
    @Override
    public void lock(String name) {
        Storage.requireName(name);
        synchronized (image) {
            requireOpen();
            if (image.lockHolder() != null) {
                throw new StorageLockedException(
                        location() + " is locked by this process, " + ProcessHandle.current().pid(),
                        name,
                        StorageException.NO_OFFSET,
                        null);
            }
            if (!image.names().containsKey(name)) {
                image.change(new NameChange.Create(image.nextSequence(), name, new SimInode()));
            }
            image.setLockHolder(this);
        }
    }

    @Override
    public String location() {
        return "sim:disk";
    }

    @Override
    public void close() {
        synchronized (image) {
            closed = true;
            releaseLock();
        }
    }

    // ---- what its files need; all under the lock

    SimImage image() {
        return image;
    }

    CallPlan plan() {
        return plan;
    }

    StorageException failure(String what, String file) {
        return new StorageException(what, file, StorageException.NO_OFFSET, null);
    }

    /**
     * Admits a call to the directory. A fault by which the call does nothing is thrown at once; one
     * that comes after the work is returned.
     */
    private @Nullable Fault begin(IoCall kind, String file) {
        requireOpen();
        Fault fault = plan.next(kind, file);
        if (fault == null || fault == Fault.EIO_AFTER) {
            return fault;
        }
        String what = "Simulated " + fault + " of " + kind;
        throw fault.full() && kind != IoCall.DELETE && kind != IoCall.FORCE_DIRECTORY
                ? new StorageFullException(what, file, StorageException.NO_OFFSET, null)
                : failure(what, file);
    }

    private void end(@Nullable Fault fault, String what, String file) {
        if (fault != null) {
            throw failure(what + ": simulated " + fault, file);
        }
    }

    private SimInode require(String name, String what) {
        SimInode inode = image.names().get(name);
        if (inode == null) {
            throw failure(what + ": there is no such file", name);
        }
        return inode;
    }

    private void requireOpen() {
        plan.requirePower();
        if (closed) {
            throw new StorageClosedException(
                    "The storage is closed", location(), StorageException.NO_OFFSET, null);
        }
    }

    private void releaseLock() {
        if (image.lockHolder() == this) {
            image.setLockHolder(null);
        }
    }
}
