package dev.varve.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A command that works on one store. Runs in the main thread; whatever it throws, Main prints. */
@Command(mixinStandardHelpOptions = true, versionProvider = VarveCommand.Version.class)
abstract class StoreCommand implements Callable<Integer> {

    @Mixin private final StoreOption store = new StoreOption();
    @Mixin private final OutputOptions output = new OutputOptions();
    private final Surroundings surroundings;

    StoreCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Does what the command is for and returns the {@link ExitCode}. */
    @Override
    public abstract Integer call();

    final Surroundings surroundings() {
        return surroundings;
    }

    final StoreOption store() {
        return store;
    }

    final Path directory() {
        return store.directory();
    }

    final boolean isJson() {
        return output.json();
    }

    final PrintWriter out() {
        return surroundings.out();
    }
}
