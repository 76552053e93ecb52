package dev.varve.cli;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which store a command works on. */
final class StoreOption {

    @Option(
            names = "--store",
            paramLabel = "DIR",
            converter = DirectoryConverter.class,
            description = "The store's directory; ./varve-data if not given.")
    private Path directory = Path.of("varve-data");

    Path directory() {
        return directory;
    }

    /** Opens the store, creating it if there is none; its last directory alone. */
    LogStore open() {
        return LogStore.open(directory, LogOptions.bulk());
    }

    /** Opens a store that is there; the caller closes it. */
    LogStore openExisting() {
        requireExisting();
        return open();
    }

    /** Ends the command if there is no store. */
    void requireExisting() {
        if (!LogStore.exists(directory)) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "there is no store in " + directory,
                            Failure.Place.file(directory.toString(), -1)));
        }
    }
}
