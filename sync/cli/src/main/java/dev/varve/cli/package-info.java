/**
 * The {@code varve} command line: an import of a chain into a store, and looks at the store.
 *
 * <p>One class for each command. What a user asked for goes to the standard output, everything else
 * to the standard error; {@link dev.varve.cli.ExitCode} has the exit codes, {@link
 * dev.varve.cli.Failure} the one line that a failure prints. Only {@link dev.varve.cli.Main} ends
 * the process.
 */
@NullMarked
package dev.varve.cli;

import org.jspecify.annotations.NullMarked;
