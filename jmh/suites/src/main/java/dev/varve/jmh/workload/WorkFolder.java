package dev.varve.jmh.workload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A folder that is gone, with all in it, once it is closed, or once this process is told to end.
 * Closed by who made it; a process that is killed outright leaves it behind.
 */
public final class WorkFolder implements AutoCloseable {

    private static final int ATTEMPTS = 40;
    private static final long PAUSE_NS = 50_000_000;

    private final Path path;
    private final Thread atExit = new Thread(this::deleteOnce, "varve-work-folder");
    private boolean isGone;

    private WorkFolder(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Makes one below a folder that exists. */
    public static WorkFolder in(Path parent, String prefix) throws IOException {
        return new WorkFolder(Files.createTempDirectory(parent, prefix));
    }

    /** Makes one where the system has temporary files. */
    public static WorkFolder temporary(String prefix) throws IOException {
        return new WorkFolder(Files.createTempDirectory(prefix));
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        deleteOnce();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending: the thread runs, and finds nothing left to do.
            assert !Files.exists(path);
        }
    }

    /** Who comes second waits for the first: at the end of the process nobody else would. */
    private synchronized void deleteOnce() {
        if (!isGone) {
            isGone = true;
            delete();
        }
    }

    /** A child that is just being ended may still make a file. */
    private void delete() {
        for (int attempt = 1; ; attempt++) {
            try {
                Site.delete(path);
                return;
            } catch (UncheckedIOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                LockSupport.parkNanos(this, PAUSE_NS);
            }
        }
    }
}
