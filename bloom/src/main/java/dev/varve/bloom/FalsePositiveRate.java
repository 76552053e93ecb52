package dev.varve.bloom;

/**
 * The false positive rate that the layout of {@link LineProbe} has in theory. Static, without
 * state.
 *
 * <p>With L ids per line on average, the ids of a line are Poisson distributed. Take a query that
 * was never added, and a subset S of its k bits: an added id, whose first word is one of eight with
 * equal probability, misses all of S with probability q(S), the mean over the eight first words of
 * (63/64)^c, where c counts the words of S that the id shares. All of S is still clear with
 * probability exp(-L (1 - q(S))), and inclusion and exclusion over the subsets give the probability
 * that no bit is clear. This is exact but for the Poisson limit.
 */
public final class FalsePositiveRate {

    /** The lowest rate that can be asked for; it costs about 100 bits per id. */
    public static final double MIN = 1e-9;

    /** The highest rate that can be asked for. */
    public static final double MAX = 0.5;

    private static final double LINE_BITS = 8.0 * LineProbe.LINE_LENGTH;
    private static final double MISS = 63.0 / 64;
    private static final double MIN_BITS_PER_ID = 1;
    private static final double MAX_BITS_PER_ID = 512;

    private FalsePositiveRate() {}

    /**
     * The rate with that many bits of filter per id and that many words in which an id owns a bit.
     */
    public static double of(double bitsPerId, int wordsPerId) {
        checkWordsPerId(wordsPerId);
        if (!(bitsPerId > 0)) {
            throw new IllegalArgumentException("bits per id must be positive, not " + bitsPerId);
        }
        double idsPerLine = LINE_BITS / bitsPerId;
        double rate = 0;
        for (int subset = 0; subset < 1 << wordsPerId; subset++) {
            double clear = Math.exp(-idsPerLine * (1 - missProbability(subset, wordsPerId)));
            rate += (Integer.bitCount(subset) & 1) == 0 ? clear : -clear;
        }
        return Math.max(rate, 0);
    }

    /** The number of words with the lowest rate at that many bits per id. */
    public static int bestWordsPerId(double bitsPerId) {
        int best = LineProbe.MIN_WORDS_PER_ID;
        for (int words = best + 1; words <= LineProbe.MAX_WORDS_PER_ID; words++) {
            if (of(bitsPerId, words) < of(bitsPerId, best)) {
                best = words;
            }
        }
        return best;
    }

    /**
     * Refuses a rate that no filter is made for.
     *
     * @throws IllegalArgumentException unless it is {@link #MIN} to {@link #MAX}
     */
    public static void check(double rate) {
        if (!(rate >= MIN && rate <= MAX)) {
            throw new IllegalArgumentException(
                    "a false positive rate is between " + MIN + " and " + MAX + ", not " + rate);
        }
    }

    /**
     * The fewest bits per id whose rate, with the best number of words, is at most {@code rate}.
     */
    public static double bitsPerIdFor(double rate) {
        check(rate);
        double low = MIN_BITS_PER_ID;
        double high = MAX_BITS_PER_ID;
        while (high - low > 1e-6) {
            double middle = (low + high) / 2;
            if (of(middle, bestWordsPerId(middle)) <= rate) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /** The probability that one added id misses a subset of the words 0 to k - 1 of a query. */
    private static double missProbability(int subset, int wordsPerId) {
        int window = (1 << wordsPerId) - 1;
        double sum = 0;
        for (int first = 0; first < LineProbe.WORDS; first++) {
            int rotated = (window << first | window << first >>> LineProbe.WORDS) & 0xff;
            sum += Math.pow(MISS, Integer.bitCount(rotated & subset));
        }
        return sum / LineProbe.WORDS;
    }

    static void checkWordsPerId(int wordsPerId) {
        if (wordsPerId < LineProbe.MIN_WORDS_PER_ID || wordsPerId > LineProbe.MAX_WORDS_PER_ID) {
            throw new IllegalArgumentException(
                    "an id owns a bit in "
                            + LineProbe.MIN_WORDS_PER_ID
                            + " to "
                            + LineProbe.MAX_WORDS_PER_ID
                            + " words, not in "
                            + wordsPerId);
        }
    }
}
