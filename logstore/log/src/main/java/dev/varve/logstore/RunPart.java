package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.run.Run;
import dev.varve.logstore.run.RunRange;
import org.jspecify.annotations.Nullable;

/** A part of the index by key that is a run. For any thread; closes the run. */
record RunPart(Run run) implements KeyPart {

    RunRange range() {
        return run.range();
    }

    @Override
    public long start() {
        return run.range().start();
    }

    @Override
    public long end() {
        return run.range().end();
    }

    @Override
    public String fileName() {
        return run.range().runName();
    }

    @Override
    public long findBelow(long hash, long bound) {
        return run.find(hash, bound);
    }

    @Override
    public long touch(long hash) {
        return run.touch(hash);
    }

    @Override
    public @Nullable StorageException cutOff(Throwable cause) {
        return run.cutOff(cause);
    }

    @Override
    public void close() {
        run.close();
    }
}
