package dev.varve.jmh.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The process of one store: measures it, and leaves the results in a file. What stores print goes
 * to the log that {@link PeerProcess} keeps. Ends at once, and removes the scratch folder, when its
 * standard input ends: then the process that started it is gone.
 */
final class PeerMain {

    /** Exit code if the store's native library is not there for this machine. */
    static final int CANNOT_LOAD = 77;

    private static final int FAILED = 1;
    private static final int ORPHANED = 3;

    private PeerMain() {}

    /** Arguments: the store's name, the scratch folder, and those of {@link RunSpec}. */
    public static void main(String[] arguments) {
        Path scratch = Path.of(arguments[1]);
        endWithParent(scratch);
        exit(run(() -> measure(List.of(arguments), scratch)));
    }

    private static void measure(List<String> arguments, Path scratch)
            throws IOException, InterruptedException {
        Peer peer = Peer.named(arguments.get(0));
        RunSpec spec = RunSpec.parse(arguments.subList(2, arguments.size()));
        Files.createDirectory(storeIn(scratch));
        load(arguments);
        Map<Metric, Measurement> loaded = ResultFile.ofLoad(scratch).read();
        ResultFile.ofRun(scratch)
                .write(new PeerRun(peer, spec, storeIn(scratch)).run(loaded));
    }

    /** Where the store of a measurement is. */
    static Path storeIn(Path scratch) {
        return scratch.resolve("store");
    }

    /** In a process like this one, which ends as if it was killed. */
    private static void load(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(PeerLoad.class.getName());
        command.addAll(arguments);
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .start();
        int code = process.waitFor();
        if (code == CANNOT_LOAD) {
            throw new UnsatisfiedLinkError("the process that loads could not");
        }
        if (code != PeerLoad.KILLED) {
            throw new IllegalStateException("the process that loads ended with " + code);
        }
    }

    /** Runs a program; returns its exit code. */
    static int run(Program program) {
        try {
            program.run();
            return 0;
        } catch (Exception | LinkageError e) {
            e.printStackTrace();
            return isLinkError(e) ? CANNOT_LOAD : FAILED;
        }
    }

    /** Whether a native library is behind an error, however it was wrapped. */
    static boolean isLinkError(Throwable error) {
        for (Throwable t = error; t != null; t = t.getCause()) {
            if (t instanceof UnsatisfiedLinkError) {
                return true;
            }
        }
        return false;
    }

    /** Ends this process, unless {@link #endWithParent} has begun to, which deletes files too. */
    static void exit(int code) {
        synchronized (PeerMain.class) {
            System.exit(code);
        }
    }

    /** Lets this process, and those that it started, end when its standard input does. */
    static void endWithParent(Path scratch) {
        whenParentIsGone(() -> endNow(scratch));
    }

    /** Has something done when the standard input of this process ends. */
    static void whenParentIsGone(Runnable end) {
        Thread watch =
                new Thread(
                        () -> {
                            try {
                                while (System.in.read() >= 0) {
                                    // Nobody writes; only the end is waited for.
                                }
                            } catch (IOException e) {
                                System.err.println("cannot read the standard input: " + e);
                            }
                            end.run();
                        },
                        "end-with-parent");
        watch.setDaemon(true);
        watch.start();
    }

    /** Who waits for a process that is killed here would exit before all is deleted. */
    private static void endNow(Path scratch) {
        synchronized (PeerMain.class) {
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            ScratchFolder.delete(scratch);
            Runtime.getRuntime().halt(ORPHANED);
        }
    }

    /** What a process is started for. */
    interface Program {
        void run() throws Exception;
    }
}
