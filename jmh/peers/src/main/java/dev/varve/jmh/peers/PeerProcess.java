package dev.varve.jmh.peers;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * One store in a process of its own, with the JVM flags that it needs. All that the process writes,
 * its native libraries and crash reports included, is in one scratch folder, gone once this is
 * closed. For one thread, except {@link #close()}.
 */
final class PeerProcess implements AutoCloseable {

    private static final int LOG_TAIL_LINES = 30;

    private final ScratchFolder scratch;
    private final Process process;
    private final List<String> command;

    private PeerProcess(ScratchFolder scratch, Process process, List<String> command) {
        this.scratch = scratch;
        this.process = process;
        this.command = command;
    }

    /** Starts the measurement of a store. */
    static PeerProcess start(Peer peer, RunSpec spec, Path parent) throws IOException {
        return start(peer, spec, parent, PeerMain.class);
    }

    /**
     * Starts any program on a store.
     *
     * @param program gets the store's name, the scratch folder, and the arguments of {@code spec}
     */
    static PeerProcess start(Peer peer, RunSpec spec, Path parent, Class<?> program)
            throws IOException {
        ScratchFolder scratch = ScratchFolder.in(parent);
        try {
            Path folder = scratch.path().toAbsolutePath();
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options(peer, spec, folder));
            command.add("-cp");
            command.add(classPath());
            command.add(program.getName());
            command.add(peer.id());
            command.add(folder.toString());
            command.addAll(spec.arguments());
            Process process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(logIn(folder).toFile())
                            .start();
            return new PeerProcess(scratch, process, List.copyOf(command));
        } catch (Throwable t) {
            scratch.close();
            throw t;
        }
    }

    private static List<String> options(Peer peer, RunSpec spec, Path folder) throws IOException {
        String heap = (peer.heapBytes(spec.records()) >> 20) + "m";
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        List<String> options = new ArrayList<>();
        options.addAll(List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+UseSerialGC"));
        options.addAll(peer.flags());
        options.addAll(List.of("-XX:-UsePerfData", "-XX:-CreateCoredumpOnCrash"));
        options.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
        options.add("-Djava.io.tmpdir=" + temporary);
        return options;
    }

    /** This program's, made absolute: the process runs in another folder. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path logIn(Path scratch) {
        return scratch.resolve("log");
    }

    Path scratch() {
        return scratch.path();
    }

    Process process() {
        return process;
    }

    /** The command line, the class path left out. */
    String command() {
        List<String> shown = new ArrayList<>(command);
        shown.set(shown.indexOf("-cp") + 1, "...");
        return String.join(" ", shown);
    }

    /** Waits for the end; after {@code limitSeconds} the process is killed. */
    Outcome await(long limitSeconds) throws IOException, InterruptedException {
        if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
            kill();
            return Outcome.failed("took more than " + limitSeconds + " s\n" + logTail());
        }
        return switch (process.exitValue()) {
            case 0 -> Outcome.measured(ResultFile.ofRun(scratch.path()).read());
            case PeerMain.CANNOT_LOAD ->
                    Outcome.skipped("its native library cannot be loaded here\n" + logTail());
            default -> Outcome.failed("exit code " + process.exitValue() + '\n' + logTail());
        };
    }

    private String logTail() throws IOException {
        Path log = logIn(scratch.path());
        // What a native library printed need not be text.
        List<String> lines =
                new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1).lines().toList();
        int from = Math.max(0, lines.size() - LOG_TAIL_LINES);
        return String.join("\n", lines.subList(from, lines.size()));
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process if it still runs, and removes the scratch folder; idempotent. */
    @Override
    public void close() {
        kill();
        scratch.close();
    }
}
