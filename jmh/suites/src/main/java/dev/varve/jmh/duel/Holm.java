package dev.varve.jmh.duel;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Which of several findings are more than luck, if the chance of a single false one among them all
 * is bounded (Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979).
 */
final class Holm {

    private Holm() {}

    /**
     * Which of the findings stand.
     *
     * @param p for each finding the chance to see it, or more, if there were nothing to find
     * @param level largest chance of any false one, whatever depends on what
     */
    static boolean[] standing(double[] p, double level) {
        Integer[] order = new Integer[p.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> p[i]));
        boolean[] stands = new boolean[p.length];
        for (int rank = 0; rank < order.length; rank++) {
            if (p[order[rank]] > level / (order.length - rank)) {
                break;
            }
            stands[order[rank]] = true;
        }
        return stands;
    }
}
