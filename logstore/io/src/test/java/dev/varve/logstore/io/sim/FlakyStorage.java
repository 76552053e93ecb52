package dev.varve.logstore.io.sim;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Predicate;

/**
 * A {@link SimDisk} of which one call fails once. Numbered, from 1, is every call that can change
 * the disk or that opens something: files, and the directory, which listing and forcing it do. What
 * opens something fails by {@link Fault#FULL} as if too many files were open.
 *
 * <p>Counts open files, too. Safe for use by many threads.
 */
public final class FlakyStorage extends ForwardingStorage {

    private static final String DIRECTORY = "the directory";

    /** What all storages over one disk in turn have in common. */
    private static final class Plan {

        private final Predicate<String> names;
        private long calls;
        private long openFiles;
        private long failing;
        private Fault fault = Fault.EIO;
        private boolean counts = true;

        Plan(Predicate<String> names) {
            this.names = names;
        }

        /** Whether that call is the one to fail; the directory is whose file was used last. */
        synchronized boolean fails(String name) {
            counts = name.equals(DIRECTORY) ? counts : names.test(name);
            return counts && ++calls == failing;
        }
    }

    private final SimDisk disk;
    private final Plan plan;

    /**
     * @param names of the files whose calls are numbered
     */
    public FlakyStorage(SimDisk disk, Predicate<String> names) {
        this(disk, new Plan(names));
    }

    private FlakyStorage(SimDisk disk, Plan plan) {
        super(disk);
        this.disk = disk;
        this.plan = plan;
    }

    /** The same disk in the next process, where calls are numbered on. */
    public FlakyStorage restart() {
        synchronized (plan) {
            plan.openFiles = 0;
        }
        return new FlakyStorage(disk.restart(), plan);
    }

    /** Lets the call of that number fail. */
    public void failAt(long call, Fault fault) {
        synchronized (plan) {
            plan.failing = call;
            plan.fault = fault;
        }
    }

    /** How many calls were made. */
    public long calls() {
        synchronized (plan) {
            return plan.calls;
        }
    }

    /** Whether the call that was to fail was made. */
    public boolean hasFailed() {
        synchronized (plan) {
            return plan.failing > 0 && plan.calls >= plan.failing;
        }
    }

    /** How many of its files are open. */
    public long openFiles() {
        synchronized (plan) {
            return plan.openFiles;
        }
    }

    /** The disk behind it. */
    public SimDisk disk() {
        return disk;
    }

    // ---- calls that open something

    private StorageException tooManyFiles(String what, String name) {
        String message = "Simulated " + plan.fault + ": cannot " + what;
        return plan.fault.full()
                ? new StorageFullException(message, name, StorageException.NO_OFFSET, null)
                : new StorageException(message, name, StorageException.NO_OFFSET, null);
    }

    @Override
    public StorageFile open(String name, Access access) {
        if (plan.fails(name)) {
            throw tooManyFiles("open", name);
        }
        return super.open(name, access);
    }

    @Override
    public List<String> list() {
        if (plan.fails(DIRECTORY)) {
            throw tooManyFiles("list", DIRECTORY);
        }
        return super.list();
    }

    @Override
    public void forceDirectory() {
        if (plan.fails(DIRECTORY)) {
            if (plan.fault.full()) {
                throw tooManyFiles("force", DIRECTORY);
            }
            plant();
        }
        super.forceDirectory();
    }

    // ---- calls that the disk knows how to fail

    private void plant() {
        disk.failAt(disk.calls() + 1, plan.fault);
    }

    private void plantIfDue(String name) {
        if (plan.fails(name)) {
            plant();
        }
    }

    @Override
    public StorageFile create(String name) {
        plantIfDue(name);
        return super.create(name);
    }

    @Override
    public void rename(String from, String to) {
        plantIfDue(from);
        super.rename(from, to);
    }

    @Override
    public void delete(String name) {
        plantIfDue(name);
        super.delete(name);
    }

    @Override
    protected StorageFile wrap(StorageFile file) {
        synchronized (plan) {
            plan.openFiles++;
        }
        return new Flaky(file);
    }

    private final class Flaky extends ForwardingFile {

        private boolean closed;

        Flaky(StorageFile file) {
            super(file);
        }

        @Override
        public void write(MemorySegment source, long offset) {
            plantIfDue(name());
            super.write(source, offset);
        }

        @Override
        public void force() {
            plantIfDue(name());
            super.force();
        }

        @Override
        public void truncate(long length) {
            plantIfDue(name());
            super.truncate(length);
        }

        @Override
        public void close() {
            synchronized (plan) {
                plan.openFiles -= closed ? 0 : 1;
                closed = true;
            }
            super.close();
        }
    }
}
