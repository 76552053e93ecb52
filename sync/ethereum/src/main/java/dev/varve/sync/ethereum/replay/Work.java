package dev.varve.sync.ethereum.replay;

/**
 * Arithmetic that takes a given time and touches no memory: it stands for what a transaction would
 * compute. Immutable.
 */
public final class Work {

    /** None. */
    public static final Work NONE = new Work(0);

    private static final int PROBE_ROUNDS = 100_000;
    private static final int PROBES = 50;
    private static final double MAX_MICROSECONDS = 1e6;

    private final long rounds;

    private Work(long rounds) {
        this.rounds = rounds;
    }

    /**
     * Work of so many steps, each of which needs the one before, about a nanosecond each: the same
     * in every process, where times of several are compared.
     */
    public static Work ofRounds(long rounds) {
        if (rounds < 0) {
            throw new IllegalArgumentException(rounds + " rounds of work");
        }
        return rounds == 0 ? NONE : new Work(rounds);
    }

    /**
     * Work of about so many microseconds on this machine, found out by a measurement of some
     * milliseconds: the fastest of many, so a disturbed one does not count.
     *
     * @param microseconds 0 to 1,000,000
     */
    public static Work ofMicroseconds(double microseconds) {
        if (!(microseconds >= 0 && microseconds <= MAX_MICROSECONDS)) {
            throw new IllegalArgumentException(
                    "a cost of " + microseconds + " us is not between 0 and 1000000");
        }
        return microseconds == 0
                ? NONE
                : ofRounds(Math.max(1, Math.round(microseconds * 1_000 / nanosPerRound())));
    }

    /** Does it; the result depends on every step, so that none can be left out. */
    public long from(long start) {
        return mix(start, rounds);
    }

    private static double nanosPerRound() {
        long best = Long.MAX_VALUE;
        long mixed = 1;
        for (int i = 0; i < PROBES; i++) {
            long from = System.nanoTime();
            mixed = mix(mixed, PROBE_ROUNDS);
            best = Math.min(best, System.nanoTime() - from);
        }
        // The result has to be used, or nothing needs to be computed.
        return (double) Math.max(1, mixed == 0 ? best + 1 : best) / PROBE_ROUNDS;
    }

    private static long mix(long start, long rounds) {
        long x = start;
        for (long i = 0; i < rounds; i++) {
            x = x * 0x9e3779b97f4a7c15L ^ (x >>> 31);
        }
        return x;
    }
}
