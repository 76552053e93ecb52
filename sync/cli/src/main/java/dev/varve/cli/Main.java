package dev.varve.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code varve}: reads the command line, and ends the process with an exit code. */
public final class Main {

    private Main() {}

    /** Runs one command and exits. */
    public static void main(String[] arguments) {
        PrintWriter out =
                writer(new StandardOutput(new FileOutputStream(FileDescriptor.out)));
        PrintWriter err = writer(new FileOutputStream(FileDescriptor.err));
        SignalStops stops = new SignalStops(err);
        stops.install();
        int exitCode = ExitCode.FAILED;
        try {
            Surroundings.Screen screen =
                    terminal().isPresent()
                            ? Surroundings.Screen.TERMINAL
                            : Surroundings.Screen.PIPE;
            exitCode =
                    run(
                            arguments,
                            new Surroundings(out, err, screen, stops, System::nanoTime));
        } finally {
            err.flush();
            stops.commandEnded();
        }
        System.exit(exitCode);
    }

    private static PrintWriter writer(OutputStream stream) {
        Charset charset = terminal().map(Console::charset).orElse(StandardCharsets.UTF_8);
        return new PrintWriter(stream, true, charset);
    }

    private static Optional<Console> terminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal);
    }

    /** Runs one command and returns its exit code. */
    static int run(String[] arguments, Surroundings surroundings) {
        CommandLine line = new CommandLine(new VarveCommand());
        for (CliCommand command : commands(surroundings)) {
            line.addSubcommand(command);
        }
        line.addSubcommand(new CommandLine.HelpCommand());
        List<String> given = Arrays.asList(arguments);
        line.setOut(surroundings.out());
        line.setErr(surroundings.err());
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(
                (e, args) -> {
                    String name = e.getCommandLine().getCommandSpec().qualifiedName();
                    String what = String.valueOf(e.getMessage()).replaceFirst("\\.$", "");
                    String message = what + meant(e) + " (see '" + name + " --help')";
                    Failure failure = Failure.of(ExitCode.USAGE, message);
                    return report(failure, e, given, surroundings);
                });
        line.setExecutionStrategy(parsed -> runAndFlush(parsed, given, surroundings));
        line.setExecutionExceptionHandler(
                (e, failed, parsed) ->
                        report(Failure.of(e, storeOf(failed)), e, given, surroundings));
        int exitCode = execute(line, given, surroundings);
        surroundings.err().flush();
        return exitCode;
    }

    /**
     * What may have been meant by a command or option that is unknown, as a part of a sentence. The
     * parser's own guess for "verfiy" is "filter".
     */
    private static String meant(ParameterException e) {
        CommandLine asked = e.getCommandLine();
        // The value is that of who asks for the help of a command.
        String word =
                e instanceof UnmatchedArgumentException unmatched
                        ? unmatched.getUnmatched().getFirst()
                        : e.getValue();
        if (word == null) {
            return "";
        }
        List<String> meant =
                word.startsWith("-")
                        ? Slips.meant(
                                word.replaceFirst("=.*", ""),
                                asked.getCommandSpec().optionsMap().keySet())
                        : Slips.meant(word, asked.getSubcommands().keySet());
        return meant.isEmpty() ? "" : "; did you mean " + String.join(" or ", meant) + "?";
    }

    /** Too little memory, or an error of this program, ends in a line too. */
    private static int execute(CommandLine line, List<String> given, Surroundings surroundings) {
        try {
            return line.execute(given.toArray(String[]::new));
        } catch (OutOfMemoryError | StackOverflowError | AssertionError e) {
            return report(Failure.of(e, null), e, given, surroundings);
        }
    }

    /** The output may turn out to be gone when help is printed, too, and with the last bytes. */
    private static int runAndFlush(
            CommandLine.ParseResult parsed, List<String> given, Surroundings surroundings) {
        try {
            int exitCode = new CommandLine.RunLast().execute(parsed);
            surroundings.out().flush();
            return exitCode;
        } catch (CommandException e) {
            return report(e.failure(), e, given, surroundings);
        }
    }

    private static List<CliCommand> commands(Surroundings surroundings) {
        return List.of(
                new SyncCommand(surroundings),
                new StatusCommand(surroundings),
                new GetCommand(surroundings),
                new VerifyCommand(surroundings),
                new InspectCommand(surroundings),
                new StatsCommand(surroundings),
                new ResidencyCommand(surroundings),
                new ExecCommand(surroundings),
                new FilterCommand(surroundings),
                new DoctorCommand(surroundings));
    }

    private static @Nullable Path storeOf(CommandLine failed) {
        return failed.getCommand() instanceof StoreCommand command ? command.directory() : null;
    }

    private static int report(
            Failure failure, Throwable e, List<String> arguments, Surroundings surroundings) {
        if (failure.exitCode() == ExitCode.READER_GONE) {
            return ExitCode.READER_GONE; // who has read enough is told nothing, as by any command
        }
        surroundings.err().println(failure.line());
        if (arguments.contains("-v") || arguments.contains(OutputOptions.VERBOSE)) {
            e.printStackTrace(surroundings.err());
        }
        if (arguments.contains(OutputOptions.JSON)) {
            tellPrograms(failure, surroundings);
        }
        return failure.exitCode();
    }

    private static void tellPrograms(Failure failure, Surroundings surroundings) {
        try {
            surroundings.out().println(failure.json());
        } catch (CommandException nobodyReads) {
            // The exit code and the line above it tell of the failure that was the first.
            return;
        }
    }
}
