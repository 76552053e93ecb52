package dev.varve.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
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

/** The program {@code varve}: reads the command line, and ends the process with an exit code. */
public final class Main {

    private Main() {}

    /** Runs one command and exits. */
    public static void main(String[] arguments) {
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
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
            out.flush();
            err.flush();
            stops.commandEnded();
        }
        System.exit(exitCode);
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        Charset charset = terminal().map(Console::charset).orElse(StandardCharsets.UTF_8);
        return new PrintWriter(new FileOutputStream(descriptor), true, charset);
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
        List<String> given = Arrays.asList(arguments);
        line.setOut(surroundings.out());
        line.setErr(surroundings.err());
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(
                (e, args) -> {
                    String name = e.getCommandLine().getCommandSpec().qualifiedName();
                    String message = e.getMessage() + " (see '" + name + " --help')";
                    Failure failure = Failure.of(ExitCode.USAGE, message);
                    return report(failure, e, given, surroundings);
                });
        line.setExecutionExceptionHandler(
                (e, failed, parsed) ->
                        report(Failure.of(e, storeOf(failed)), e, given, surroundings));
        int exitCode = execute(line, given, surroundings);
        surroundings.err().flush();
        if (surroundings.out().checkError()) {
            // Nobody was told what was asked for: a full disk, or a reader that is gone.
            return exitCode == ExitCode.OK ? ExitCode.FAILED : exitCode;
        }
        return exitCode;
    }

    /** Too little memory, or an error of this program, ends in a line too. */
    private static int execute(CommandLine line, List<String> given, Surroundings surroundings) {
        try {
            return line.execute(given.toArray(String[]::new));
        } catch (OutOfMemoryError | StackOverflowError | AssertionError e) {
            return report(Failure.of(e, null), e, given, surroundings);
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
        surroundings.err().println(failure.line());
        if (arguments.contains("-v") || arguments.contains(OutputOptions.VERBOSE)) {
            e.printStackTrace(surroundings.err());
        }
        if (arguments.contains(OutputOptions.JSON)) {
            surroundings.out().println(failure.json());
        }
        return failure.exitCode();
    }
}
