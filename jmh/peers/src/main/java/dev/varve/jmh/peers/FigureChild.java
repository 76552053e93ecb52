package dev.varve.jmh.peers;

import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.Preflight;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program in a JVM of its own, whose heap is as large as what it measures, and which prints its
 * figures; both sides of that. Static, without state. A program that fails, or has too little heap,
 * is an {@link IllegalStateException} here; what it says goes to the error stream.
 */
final class FigureChild {

    /** Before each figure: a JVM may print warnings of its own. */
    private static final String MARK = "figure ";

    private static final int ORPHANED = 3;

    private FigureChild() {}

    /** What a child may take: an eighth of the memory that is free is left to all others. */
    static long usableMemory() {
        return Preflight.freeMemoryBytes() / 8 * 7;
    }

    /**
     * Runs a program, and waits for its end.
     *
     * @param young of the heap, where what was just made is
     * @return the figures by name, in order
     */
    static Map<String, Double> run(
            Class<?> program, long heap, long young, List<String> arguments) {
        // Huge pages, which filters outside of the heap have too.
        List<String> flags =
                List.of(
                        "-Xms" + mebibytes(heap),
                        "-Xmx" + mebibytes(heap),
                        "-Xmn" + mebibytes(young),
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        "-XX:+UseTransparentHugePages",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED");
        List<String> command = new ArrayList<>(List.of(program.getName()));
        command.addAll(arguments);
        Map<String, Double> figures = new LinkedHashMap<>();
        try (ChildJvm child = ChildJvm.start(ChildJvm.ownClassPath(), flags, command)) {
            String line = child.readLine();
            while (line != null) {
                if (line.startsWith(MARK)) {
                    int equals = line.lastIndexOf('=');
                    figures.put(
                            line.substring(MARK.length(), equals),
                            Double.valueOf(line.substring(equals + 1)));
                }
                line = child.readLine();
            }
            child.awaitSuccess();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return figures;
    }

    private static String mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1 >> 20) + "m";
    }

    /** In the program: tells a figure. */
    static void print(String name, double value) {
        System.out.println(MARK + name + '=' + value);
    }

    /** In the program: lets it end when its standard input does, for then its parent is gone. */
    static void endWithParent() {
        PeerMain.whenParentIsGone(() -> Runtime.getRuntime().halt(ORPHANED));
    }
}
