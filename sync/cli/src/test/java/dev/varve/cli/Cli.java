package dev.varve.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs commands inside the test, and reads what they print. */
final class Cli {

    private Cli() {}

    /** What one command did. */
    record Run(int exitCode, String out, String err) {

        /** The last line of the standard output, as JSON. */
        Json json() {
            return Json.parse(out.lines().toList().getLast());
        }

        /** The one line of the standard error that a failure has. */
        String failure() {
            List<String> lines = err.lines().filter(line -> line.startsWith("varve: ")).toList();
            if (lines.size() != 1) {
                throw new AssertionError("not one line of failure, but: " + err);
            }
            return lines.getFirst();
        }

        /** Everything, for messages. */
        String all() {
            return "exit code " + exitCode + "\nout: " + out + "\nerr: " + err;
        }
    }

    static Run run(Object... arguments) {
        return run(Surroundings.Screen.PIPE, Stops.NEVER, arguments);
    }

    static Run run(Stops stops, Object... arguments) {
        return run(Surroundings.Screen.PIPE, stops, arguments);
    }

    static Run run(Surroundings.Screen screen, Stops stops, Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        Surroundings surroundings =
                new Surroundings(
                        new PrintWriter(out),
                        new PrintWriter(err),
                        screen,
                        stops,
                        System::nanoTime);
        int exitCode = Main.run(words.toArray(String[]::new), surroundings);
        return new Run(exitCode, out.toString(), err.toString());
    }

    /** The next heights of a store's stages, by stage, for those that did something. */
    static Map<String, Long> stages(Path store) {
        Map<String, Long> next = new LinkedHashMap<>();
        for (Object stage : run("status", "--store", store, "--json").json().items("stages")) {
            Json members = Json.of(stage);
            next.put(members.text("stage"), members.number("next"));
        }
        return next;
    }

    /** The next height of one stage; 0 if it did nothing. */
    static long next(Path store, String stage) {
        return stages(store).getOrDefault(stage, 0L);
    }
}
