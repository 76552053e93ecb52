package dev.varve.sync.ethereum;

import java.math.BigInteger;

/**
 * What the difficulty of a block must be before the merge, by its parent and its time. See the
 * yellow paper, section 4.4.4, EIP-2 for Homestead, EIP-100 for Byzantium, and for the delays EIPs
 * 649, 1234, 2384, 3554, 4345 and 5133. Pure functions.
 */
public final class DifficultyRule {

    private static final BigInteger LEAST = BigInteger.valueOf(131_072);
    private static final int STEP_BITS = 11;
    private static final long LARGEST_DROP = -99;

    /** Blocks in which the exponential part doubles. */
    private static final long DOUBLING = 100_000;

    private DifficultyRule() {}

    /** The difficulty of the parent's child at a time, in seconds since 1970, under a fork. */
    public static BigInteger next(BlockHeader parent, byte[] noUncles, long time, Fork fork) {
        long elapsed = time - parent.timestamp();
        long steps;
        if (fork.includes(Fork.BYZANTIUM)) {
            int target = parent.matches(HeaderField.UNCLES_HASH, noUncles) ? 1 : 2;
            steps = Math.max(target - elapsed / 9, LARGEST_DROP);
        } else if (fork.includes(Fork.HOMESTEAD)) {
            steps = Math.max(1 - elapsed / 10, LARGEST_DROP);
        } else {
            steps = elapsed < 13 ? 1 : -1;
        }
        BigInteger before = parent.difficulty();
        BigInteger step = before.shiftRight(STEP_BITS);
        BigInteger base = before.add(step.multiply(BigInteger.valueOf(steps))).max(LEAST);
        return base.add(exponential(parent.number() + 1 - fork.difficultyDelay()));
    }

    /** The part that makes mining impossible in the end, known as the bomb. */
    private static BigInteger exponential(long height) {
        long periods = height / DOUBLING;
        return periods < 2 ? BigInteger.ZERO : BigInteger.ONE.shiftLeft((int) (periods - 2));
    }
}
