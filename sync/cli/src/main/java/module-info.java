/** The {@code varve} command. */
module dev.varve.cli {
    requires static org.jspecify;
    requires dev.varve.engine;
    requires dev.varve.sync.ethereum;
    requires info.picocli;
    requires java.management;
    requires jdk.management;
    // By reflection, and only where the system has it: what a second signal does, and reads past
    // the page cache.
    requires jdk.unsupported;

    opens dev.varve.cli to
            info.picocli;
}
