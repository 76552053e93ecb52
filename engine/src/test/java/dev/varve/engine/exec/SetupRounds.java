package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws configurations: a round has one for each number of threads from 1 to 8 in each mode. The
 * rest is drawn anew for each of them: in {@link #CYCLE} rounds each meets every number of stripes
 * with every window, and every collision of hashes with every disturbance.
 */
final class SetupRounds {

    static final int MAX_THREADS = 8;
    static final int[] STRIPES = {1, 2, 64, 65_536};
    static final int[] WINDOWS = {1, 2, 8, Setup.DEFAULT_WINDOW};
    static final long[] HASH_MASKS = {-1, 3, 0, -1L << 32};
    static final List<Disturbance.Kind> KINDS = List.of(Disturbance.Kind.values());
    static final int CYCLE = 16;

    static final List<ExecutorMode> MODES =
            List.of(
                    ExecutorMode.ORDERED_LOCKS, ExecutorMode.SPECULATIVE, ExecutorMode.ADAPTIVE);

    private final SplittableRandom random;
    private final int[][] conflicts = new int[MODES.size() * MAX_THREADS][];
    private final int[][] accidents = new int[MODES.size() * MAX_THREADS][];
    private int rounds;

    SetupRounds(long seed) {
        random = new SplittableRandom(seed);
    }

    /** The next round, with its threads; to be closed by the caller. */
    List<Setup> start() {
        return next().stream().map(choice -> Setup.of(choice, random)).toList();
    }

    /** The next round. */
    List<Setup.Choice> next() {
        List<Setup.Choice> round = new ArrayList<>();
        int turn = rounds++ % CYCLE;
        for (int i = 0; i < conflicts.length; i++) {
            if (turn == 0) {
                conflicts[i] = shuffled();
                accidents[i] = shuffled();
            }
            int conflict = conflicts[i][turn];
            int accident = accidents[i][turn];
            round.add(
                    new Setup.Choice(
                            MODES.get(i / MAX_THREADS),
                            1 + i % MAX_THREADS,
                            STRIPES[conflict % STRIPES.length],
                            WINDOWS[conflict / STRIPES.length],
                            HASH_MASKS[accident % HASH_MASKS.length],
                            KINDS.get(accident / HASH_MASKS.length)));
        }
        return round;
    }

    private int[] shuffled() {
        int[] numbers = new int[CYCLE];
        for (int i = 0; i < CYCLE; i++) {
            int other = random.nextInt(i + 1);
            numbers[i] = numbers[other];
            numbers[other] = i;
        }
        return numbers;
    }
}
