package dev.varve.cli;

import java.io.PrintWriter;
import java.util.function.LongSupplier;

/**
 * What a command has around it, for tests to replace.
 *
 * @param out what the user asked for
 * @param err progress and failures
 * @param nanoClock nanoseconds since some moment
 */
record Surroundings(
        PrintWriter out, PrintWriter err, Screen screen, Stops stops, LongSupplier nanoClock) {

    /** What looks at {@link #err}. */
    enum Screen {
        /** Somebody: one line that is written over and over. */
        TERMINAL,
        /** A file or a program: a line now and then. */
        PIPE
    }
}
