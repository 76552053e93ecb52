package dev.varve.jmh.suite;

import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.Site;
import dev.varve.jmh.workload.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A hot path that is open for a trial, in a temporary folder of its own. Each suite has a subclass
 * that names its path; JMH makes and calls it, one for each thread.
 */
@State(Scope.Thread)
public abstract class PathState {

    /** Records in the store before the first operation, where one is needed. */
    @Param("1000000")
    public long records;

    private final HotPath path;
    private Workload workload = operations -> operations;
    private Path folder = Path.of("");

    PathState(HotPath path) {
        this.path = path;
    }

    /** The path whose suite this belongs to. */
    public HotPath path() {
        return path;
    }

    /** Called by JMH. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        folder = Files.createTempDirectory("varve-jmh-");
        workload = path.open(Site.of(folder, records, 1));
    }

    /** Called by JMH between iterations: gives back what the last one used. */
    @TearDown(Level.Iteration)
    public void tidy() {
        workload.tidy();
    }

    /** Called by JMH. */
    @TearDown(Level.Trial)
    public void close() {
        workload.close();
        Site.delete(folder);
    }

    /** The path as a program. */
    Workload workload() {
        return workload;
    }
}
