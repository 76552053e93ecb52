package dev.varve.cli;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command above all others, which does nothing by itself. */
@Command(
        name = "varve",
        description = "Imports a chain into a store and proves every state root.",
        mixinStandardHelpOptions = true,
        versionProvider = VarveCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 ok, 1 failed, 2 wrong command line, 3 corruption found;"
                    + " 130 and 143 after SIGINT and SIGTERM, 141 when nobody reads the output any"
                    + " more.",
        })
final class VarveCommand implements Runnable {

    @Override
    public void run() {
        throw CommandException.usage("no command is named (see 'varve --help')");
    }

    /** The version that the module was built with. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            String version =
                    Optional.ofNullable(Main.class.getModule().getDescriptor())
                            .flatMap(ModuleDescriptor::rawVersion)
                            .orElse("of no module");
            return new String[] {"varve " + version};
        }
    }
}
