package dev.varve.jmh.peers;

import java.io.IOException;
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
        System.exit(run(List.of(arguments), scratch));
    }

    private static int run(List<String> arguments, Path scratch) {
        try {
            Peer peer = Peer.named(arguments.get(0));
            RunSpec spec = RunSpec.parse(arguments.subList(2, arguments.size()));
            Path directory = Files.createDirectory(scratch.resolve("store"));
            write(new PeerRun(peer, spec, directory).run(), PeerProcess.resultsIn(scratch));
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

    private static void write(Map<Metric, Measurement> results, Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        results.forEach((metric, result) -> lines.add(metric + "=" + result.text()));
        Files.write(file, lines);
    }

    static void endWithParent(Path scratch) {
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
                            ScratchFolder.delete(scratch);
                            Runtime.getRuntime().halt(ORPHANED);
                        },
                        "end-with-parent");
        watch.setDaemon(true);
        watch.start();
    }
}
