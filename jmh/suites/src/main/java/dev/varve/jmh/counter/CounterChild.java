package dev.varve.jmh.counter;

import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counts one suite in a process of its own, in which only C1 compiles: see {@link CounterRun}.
 */
public final class CounterChild {

    private static final List<String> FLAGS = List.of("-XX:TieredStopAtLevel=1");

    private CounterChild() {}

    /** Counts the suite of that name in a folder. */
    public static void main(String[] arguments) {
        print(CounterRun.of(HotPath.of(arguments[0]).orElseThrow(), Path.of(arguments[1])));
    }

    /** Prints one line for each counter, as {@link #read} reads it. */
    static void print(Map<Counter, Double> counts) {
        counts.forEach((counter, value) -> System.out.println(counter.label() + ' ' + value));
    }

    /**
     * Runs a child for a path in an empty folder.
     *
     * @param classPath of a build that has this class and the path
     */
    static Map<Counter, Double> count(HotPath path, Path folder, String classPath)
            throws IOException {
        return read(
                List.of(CounterChild.class.getName(), path.suite(), folder.toString()), classPath);
    }

    /** Runs a main class that counts, and reads what it prints. */
    static Map<Counter, Double> read(List<String> program, String classPath) throws IOException {
        Map<Counter, Double> counts = new EnumMap<>(Counter.class);
        try (ChildJvm child = ChildJvm.start(classPath, FLAGS, program)) {
            String line = child.readLine();
            while (line != null) {
                int space = line.indexOf(' ');
                counts.put(
                        Counter.of(line.substring(0, space)),
                        Double.parseDouble(line.substring(space + 1)));
                line = child.readLine();
            }
            child.awaitSuccess();
        }
        return counts;
    }
}
