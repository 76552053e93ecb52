package dev.varve.jmh.duel;

import java.util.List;

/**
 * What is compared with what.
 *
 * @param suite the suite that the result belongs to
 * @param head the side that has a budget
 * @param base the side that it is compared with
 * @param budget the largest ratio of head to base that is still OK
 * @param leastRecords in a store for the comparison to make sense; 0 if any number will do
 * @param results whether both must return the same results
 */
public record DuelPlan(
        String suite,
        Contender head,
        Contender base,
        double budget,
        DuelEffort.Medium medium,
        long leastRecords,
        Results results) {

    /**
     * One compiler, for which the program waits: so what is known of a method when it is compiled,
     * and with it what comes out, differs less from process to process. Of processes that were
     * alike, without these, one took 1.5 times as long as the other now and then.
     */
    private static final List<String> ONE_COMPILER = List.of("-Xbatch", "-XX:-TieredCompilation");

    /**
     * For the JVMs. Two releases of one program need be alike in all but their code; two programs
     * that do different things are compared as they are deployed.
     */
    List<String> flags() {
        return results == Results.EQUAL ? ONE_COMPILER : List.of();
    }

    /**
     * How many times as long as usual both have to run before they are measured. Compilers that run
     * beside the programs have the processors in turns with both: on two of them, four threads and
     * the compilers were not done after a second.
     */
    int warmUps() {
        return results == Results.EQUAL ? 1 : 4;
    }

    /** What is known of the results of both sides. */
    public enum Results {
        /** The sides do the same, so a difference is an error. */
        EQUAL,
        /** The sides do different things. */
        UNRELATED
    }
}
