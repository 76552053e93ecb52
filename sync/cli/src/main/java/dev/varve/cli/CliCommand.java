package dev.varve.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What all commands have. Runs in the main thread; whatever it throws, Main prints. */
@Command(mixinStandardHelpOptions = true, versionProvider = VarveCommand.Version.class)
abstract class CliCommand implements Callable<Integer> {

    @Mixin private final OutputOptions output = new OutputOptions();
    private final Surroundings surroundings;

    CliCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Does what the command is for and returns the {@link ExitCode}. */
    @Override
    public abstract Integer call();

    final Surroundings surroundings() {
        return surroundings;
    }

    final boolean isJson() {
        return output.json();
    }

    final PrintWriter out() {
        return surroundings.out();
    }
}
