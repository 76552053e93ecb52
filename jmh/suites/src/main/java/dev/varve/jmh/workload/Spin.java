package dev.varve.jmh.workload;

/** Nothing but arithmetic, as much as is asked for: by this the harness itself is tested. */
final class Spin implements Workload {

    private final long rounds;
    private long state;

    /** Makes an operation of so many rounds, each of which needs the one before. */
    Spin(long rounds, long seed) {
        this.rounds = rounds;
        this.state = seed;
    }

    @Override
    public long run(long operations) {
        long z = state;
        for (long i = 0; i < operations; i++) {
            for (long round = 0; round < rounds; round++) {
                z = Mix.at(z, round);
            }
        }
        state = z;
        return z;
    }
}
