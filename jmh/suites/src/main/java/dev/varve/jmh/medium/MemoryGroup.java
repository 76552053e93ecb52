package dev.varve.jmh.medium;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.varve.jmh.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A control group of Linux that bounds what memory, page cache included, this process and its
 * children take from now on. It is made inside of the group that the process is in, so that what
 * bounds that one goes on to do so. What the process has already stays with the old group.
 *
 * <p>Closing puts the process back and removes the group; so does the end of the process, if it is
 * not killed. One at a time.
 */
public final class MemoryGroup implements AutoCloseable {

    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String PROCESSES = "cgroup.procs";

    private final Path outer;
    private final Path group;
    private final Thread atExit = new Thread(this::leave, "memory-group");

    private MemoryGroup(Path outer, Path group) {
        this.outer = outer;
        this.group = group;
    }

    /**
     * Makes a group and joins it.
     *
     * @throws UsageException if the system or this user has no such groups; nothing is left behind
     */
    public static MemoryGroup join(long limitBytes) {
        Path outer = ownGroup();
        boolean unified = Files.exists(outer.resolve("cgroup.controllers"));
        String limitFile = unified ? "memory.max" : "memory.limit_in_bytes";
        MemoryGroup made =
                new MemoryGroup(outer, outer.resolve("varve-" + ProcessHandle.current().pid()));
        try {
            Files.createDirectory(made.group);
        } catch (IOException e) {
            throw refusal(e);
        }
        try {
            write(made.group.resolve(limitFile), limitBytes);
            Runtime.getRuntime().addShutdownHook(made.atExit);
            write(made.group.resolve(PROCESSES), ProcessHandle.current().pid());
            return made;
        } catch (IOException e) {
            made.close();
            throw refusal(e);
        }
    }

    private static UsageException refusal(IOException e) {
        return new UsageException(
                "no memory control group can be made here (that takes Linux and root, or a group"
                        + " that was delegated): "
                        + e);
    }

    /** Version 1 has a tree for memory, version 2 one for everything. */
    private static Path ownGroup() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/self/cgroup"));
            for (String line : lines) {
                String[] parts = line.split(":", 3);
                if (List.of(parts[1].split(",")).contains("memory")) {
                    return ROOT.resolve("memory").resolve(parts[2].substring(1));
                }
            }
            for (String line : lines) {
                if (line.startsWith("0::/")) {
                    return ROOT.resolve(line.substring("0::/".length()));
                }
            }
            throw new IOException("this process is in none");
        } catch (IOException e) {
            throw refusal(e);
        }
    }

    /** The kernel's files are written, not created or cut off. */
    private static void write(Path file, long number) throws IOException {
        Files.write(
                file,
                Long.toString(number).getBytes(US_ASCII),
                StandardOpenOption.WRITE);
    }

    /** How much memory the group has taken, and not given back. */
    public long usedBytes() {
        Path unified = group.resolve("memory.current");
        Path file = Files.exists(unified) ? unified : group.resolve("memory.usage_in_bytes");
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        leave();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This process is ending: the thread runs, and finds the group gone.
            assert !Files.exists(group);
        }
    }

    private synchronized void leave() {
        if (!Files.exists(group)) {
            return;
        }
        try {
            write(outer.resolve(PROCESSES), ProcessHandle.current().pid());
            Files.delete(group);
        } catch (IOException e) {
            throw new UncheckedIOException("the control group " + group + " is left behind", e);
        }
    }
}
