package dev.varve.cli;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** A command that works on one store. */
abstract class StoreCommand extends CliCommand {

    @Mixin private final StoreOption store = new StoreOption();

    StoreCommand(Surroundings surroundings) {
        super(surroundings);
    }

    final StoreOption store() {
        return store;
    }

    final Path directory() {
        return store.directory();
    }
}
