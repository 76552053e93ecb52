package dev.varve.jmh.duel;

import dev.varve.jmh.ChildJvm;

/**
 * One side of a duel.
 *
 * @param label for reports
 * @param program as {@link dev.varve.jmh.workload.Programs} knows it
 * @param classPath the code that it runs
 */
public record Contender(String label, String program, String classPath) {

    /** A program of this process's own code. */
    public static Contender own(String program) {
        return new Contender(program, program, ChildJvm.ownClassPath());
    }
}
