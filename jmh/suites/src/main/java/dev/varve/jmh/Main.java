package dev.varve.jmh;

import dev.varve.logstore.io.StorageFullException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code varve bench} and {@code varve gate}. Exit codes: 0 all within budget, 1 a measurement
 * failed, 2 the command cannot be run as given, 4 something regressed, 5 nothing regressed but
 * something is inconclusive, 141 nobody reads the output any more.
 */
public final class Main {

    static final int FAILED = 1;
    static final int USAGE = 2;

    /** What a shell reports of a program that SIGPIPE ends, which the JVM ignores. */
    static final int READER_GONE = 128 + 13;

    private static final String GATE = "gate";
    private static final String JSON_OPTION = "--json";
    private static final Set<String> HELP_OPTIONS = Set.of("--help", "-h");

    private final PrintStream out;
    private final PrintStream err;

    Main(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    public static void main(String[] arguments) {
        System.exit(new Main(StandardOutput.ofProcess(), System.err).run(List.of(arguments)));
    }

    /** Runs a command line; returns the exit code. */
    int run(List<String> arguments) {
        try {
            return runCommand(arguments);
        } catch (UsageException e) {
            err.println("varve: " + e.getMessage());
            return USAGE;
        } catch (OutputException e) {
            if (e.isReaderGone()) {
                return READER_GONE; // who has read enough is told nothing, as by any command
            }
            err.println("varve: " + e.getMessage());
            return FAILED;
        } catch (IncompleteException e) {
            err.println("varve: " + e.getMessage());
            return FAILED;
        } catch (StorageFullException e) {
            err.println("varve: the disk became full: " + e.getMessage());
            return FAILED;
        } catch (IOException | RuntimeException e) {
            err.println("varve: " + e);
            e.printStackTrace(err);
            return FAILED;
        }
    }

    private int runCommand(List<String> arguments) throws IOException {
        List<String> rest = new ArrayList<>(arguments);
        if (rest.removeIf(HELP_OPTIONS::contains)) {
            out.println(help(rest));
            return 0;
        }
        Path json = takeJson(rest);
        BenchCommand command = command(rest);
        try {
            List<BenchResult> results = command.run(rest, out);
            tell(arguments, results, json);
            again(arguments, results);
            return Verdict.worst(results).exitCode();
        } catch (IncompleteException e) {
            tell(arguments, e.results(), json);
            throw e;
        }
    }

    private void tell(
            List<String> arguments, List<BenchResult> results, @Nullable Path json)
            throws IOException {
        if (!results.isEmpty()) {
            out.print(ResultTable.of(results));
            out.println(
                    "by: varve " + String.join(" ", arguments) + ", built from "
                            + Report.commit());
            Findings.of(results).forEach(out::println);
            out.println("verdict: " + Verdict.worst(results));
        }
        if (json != null) {
            Files.writeString(json, ResultsJson.of(results));
        }
    }

    /** A gate takes minutes; what it found in it can be looked at in less. */
    private void again(List<String> arguments, List<BenchResult> results) {
        List<String> suites = Findings.suites(results);
        if (!suites.isEmpty() && arguments.getFirst().equals(GATE)) {
            List<String> options =
                    arguments.stream().dropWhile(word -> !word.startsWith("-")).toList();
            out.println(
                    "these alone: varve " + GATE + " " + String.join(" ", suites)
                            + (options.isEmpty() ? "" : " " + String.join(" ", options)));
        }
    }

    private static @Nullable Path takeJson(List<String> arguments) {
        int at = arguments.indexOf(JSON_OPTION);
        if (at < 0) {
            return null;
        }
        if (at + 1 == arguments.size()) {
            throw new UsageException(JSON_OPTION + " needs a file");
        }
        Path file = Path.of(arguments.get(at + 1));
        Preflight.writableFile(file);
        arguments.subList(at, at + 2).clear();
        return file;
    }

    /** Takes the words that name the command off the arguments. */
    private static BenchCommand command(List<String> arguments) {
        return find(arguments).orElseThrow(() -> new UsageException(usage(commands())));
    }

    private static Optional<BenchCommand> find(List<String> arguments) {
        String first = arguments.isEmpty() ? "" : arguments.removeFirst();
        String wanted =
                switch (first) {
                    case GATE -> first;
                    case "bench" -> arguments.isEmpty() ? "" : arguments.removeFirst();
                    default -> "";
                };
        return commands().stream()
                .filter(command -> command.name().equals(wanted))
                .filter(command -> isTopLevel(wanted) == first.equals(GATE))
                .findFirst();
    }

    private static boolean isTopLevel(String name) {
        return name.equals(GATE);
    }

    private static List<BenchCommand> commands() {
        return ServiceLoader.load(BenchCommand.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** How to use the command that is named, or all. */
    private static String help(List<String> arguments) {
        return usage(find(arguments).map(List::of).orElseGet(Main::commands));
    }

    private static String usage(List<BenchCommand> commands) {
        StringBuilder usage = new StringBuilder("usage:");
        for (BenchCommand command : commands) {
            usage.append("\n  varve ").append(isTopLevel(command.name()) ? "" : "bench ");
            usage.append(command.name()).append(' ').append(command.usage());
        }
        return usage.append("\n  everywhere: --json FILE writes the results as JSON").toString();
    }
}
