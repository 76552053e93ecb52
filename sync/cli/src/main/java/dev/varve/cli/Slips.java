package dev.varve.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * How far a mistyped word is from another: how many letters were left out, put in, mistaken, or
 * exchanged with their neighbour. Stateless.
 */
final class Slips {

    private static final int MOST = 2;
    private static final int LETTERS_PER_SLIP = 3;

    private Slips() {}

    /** Those of some words that may have been meant, the nearest first. */
    static List<String> meant(String word, Collection<String> words) {
        int most = Math.min(word.length() / LETTERS_PER_SLIP, MOST);
        return words.stream()
                .filter(other -> between(word, other) <= most)
                .sorted(
                        Comparator.comparingInt((String other) -> between(word, other))
                                .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** The fewest slips between two words, of which none is made at the place of another. */
    static int between(String from, String to) {
        int[][] slips = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                slips[i][j] = i == 0 || j == 0 ? i + j : fewest(slips, from, i, to, j);
            }
        }
        return slips[from.length()][to.length()];
    }

    private static int fewest(int[][] slips, String from, int i, String to, int j) {
        boolean isSame = from.charAt(i - 1) == to.charAt(j - 1);
        int found = Math.min(slips[i - 1][j], slips[i][j - 1]) + 1;
        found = Math.min(found, slips[i - 1][j - 1] + (isSame ? 0 : 1));
        boolean isExchanged =
                i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
        return isExchanged ? Math.min(found, slips[i - 2][j - 2] + 1) : found;
    }
}
