package dev.varve.jmh.duel;

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

    /** What is known of the results of both sides. */
    public enum Results {
        /** The sides do the same, so a difference is an error. */
        EQUAL,
        /** The sides do different things. */
        UNRELATED
    }
}
