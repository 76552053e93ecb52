package dev.varve.jmh.duel;

import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** A contender's process while a pair of them runs. Confined to one thread; closing ends it. */
final class Fighter implements AutoCloseable {

    private final ChildJvm child;
    private final WorkFolder folder;
    private final String verb;
    private final String label;
    private long lastResult;
    private long processorNs;
    private long wallNs;

    private Fighter(ChildJvm child, WorkFolder folder, String verb, String label) {
        this.label = label;
        this.child = child;
        this.folder = folder;
        this.verb = verb;
    }

    /**
     * Starts a process that prepares itself; {@link #awaitReady} waits for it.
     *
     * @param flags for the JVM
     */
    static Fighter start(
            Contender contender, DuelEffort.Medium medium, List<String> flags, Arena arena)
            throws IOException {
        WorkFolder folder = WorkFolder.in(arena.folder(), "varve-duel-");
        ChildJvm child =
                ChildJvm.start(
                        contender.classPath(),
                        flags,
                        List.of(
                                DuelChild.class.getName(),
                                contender.program(),
                                folder.path().toString(),
                                Long.toString(arena.records()),
                                Long.toString(arena.seed())));
        String verb = medium == DuelEffort.Medium.DISK ? "round " : "run ";
        return new Fighter(child, folder, verb, contender.label());
    }

    void awaitReady() throws IOException {
        String line = child.readLine();
        if (!"ready".equals(line)) {
            throw new IllegalStateException(
                    label + " failed before its first operation"
                            + (line == null ? "" : ": it said '" + line + "'"));
        }
    }

    /** Does so many operations; returns how many nanoseconds they took. */
    long run(long operations) {
        begin(operations);
        return end();
    }

    /** Begins so many operations. */
    void begin(long operations) {
        child.tell(verb + operations);
    }

    /** Waits for those that it began; returns how many nanoseconds they took. */
    long end() {
        String[] answer = answer().split(" ", -1);
        lastResult = Long.parseLong(answer[1]);
        long took = Long.parseLong(answer[0]);
        wallNs += took;
        return took;
    }

    private String answer() {
        try {
            return child.answer();
        } catch (IllegalStateException | UncheckedIOException e) {
            throw new IllegalStateException(label + " failed: " + e.getMessage(), e);
        }
    }

    /** Begins to count what {@link #processors} tells. */
    void countProcessors() {
        processorNs = child.processorNs();
        wallNs = 0;
    }

    /** How many processors its operations had at a time, on average since counting began. */
    double processors() {
        return (double) (child.processorNs() - processorNs) / wallNs;
    }

    /** What the last operations returned. */
    long lastResult() {
        return lastResult;
    }

    @Override
    public void close() {
        child.close();
        folder.close();
    }

    /**
     * Where a duel is fought.
     *
     * @param folder exists; what the processes write in it is deleted
     * @param records in a store before the first operation
     */
    record Arena(Path folder, long records, long seed) {}
}
