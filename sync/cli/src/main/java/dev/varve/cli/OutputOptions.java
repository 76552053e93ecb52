package dev.varve.cli;

import picocli.CommandLine.Option;

/** Options that every command has. */
final class OutputOptions {

    static final String JSON = "--json";
    static final String VERBOSE = "--verbose";

    @Option(
            names = JSON,
            description = "End the standard output with one line of JSON; a failure's is"
                    + " {\"error\":...}.")
    private boolean json;

    // Looked at by Main, which prints what fails.
    @Option(
            names = {"-v", VERBOSE},
            description = "Follow a failure's line by its stack trace.")
    private boolean verbose;

    boolean json() {
        return json;
    }

    boolean verbose() {
        return verbose;
    }
}
