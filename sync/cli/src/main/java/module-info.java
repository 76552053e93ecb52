/** The {@code varve} command. */
module dev.varve.cli {
    requires static org.jspecify;
    requires dev.varve.sync.ethereum;
    requires info.picocli;
}
