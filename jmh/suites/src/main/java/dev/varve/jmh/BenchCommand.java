package dev.varve.jmh;

import java.io.PrintStream;
import java.util.List;

/**
 * One word after {@code varve bench}. Found by {@link java.util.ServiceLoader}, so that a module on
 * top of this one adds its own; made anew for each run.
 */
public interface BenchCommand {

    /** The word. */
    String name();

    /** One line for the list of commands: the arguments, and what it does. */
    String usage();

    /**
     * Runs the command. Looks at its arguments and at what it needs of the machine before it does
     * any work.
     *
     * @return what was measured; the worst verdict is the exit code of the program
     * @throws UsageException if the command cannot be run as it was given
     */
    List<BenchResult> run(List<String> arguments, PrintStream out);
}
