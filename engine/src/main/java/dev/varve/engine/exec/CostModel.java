package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * Chooses the mode of the next block by what earlier blocks took per transaction. A choice changes
 * the time only. Used by the thread that calls the executor.
 *
 * <p>The rule: short blocks and cheap transactions run sequentially; otherwise the parallel mode
 * runs if it was at least {@link #MIN_SPEED_UP} times as fast. Every {@link #PROBE_INTERVAL} blocks
 * the other way is tried once, since both figures grow old; more often at first, while code is
 * warming up. What the parallel mode took before does not count then: three slow blocks of young
 * code would keep it away for hundreds of blocks.
 */
final class CostModel {

    /**
     * Below this many transactions per thread the start of the threads costs more than it saves.
     */
    private static final int MIN_TRANSACTIONS_PER_THREAD = 4;

    /** Cheapest transaction that is worth an attempt, by mode; measured, see decision 0010. */
    private static final double MIN_ORDERED_NS = 200;

    private static final double MIN_SPECULATIVE_NS = 500;
    private static final double MIN_SPEED_UP = 1.1;
    private static final int FIRST_PROBE_INTERVAL = 4;
    private static final int PROBE_INTERVAL = 64;

    private final int threads;
    private final Typical sequential = new Typical();
    private final Typical ordered = new Typical();
    private final Typical speculative = new Typical();
    private int probeInterval = FIRST_PROBE_INTERVAL;
    private int sinceProbe;

    CostModel(int threads) {
        this.threads = threads;
    }

    ExecutorMode choose(int count, ExecutorMode parallel) {
        if (threads == 1 || count < MIN_TRANSACTIONS_PER_THREAD * threads) {
            return ExecutorMode.SEQUENTIAL;
        }
        sinceProbe++;
        if (sequential.isUnknown()) {
            return ExecutorMode.SEQUENTIAL;
        }
        boolean isWorthIt = isWorthIt(parallel);
        Typical other = isWorthIt ? sequential : of(parallel);
        boolean probes = other.isUnknown() || sinceProbe >= probeInterval;
        if (probes && sequential.ns() >= cheapest(parallel)) {
            sinceProbe = 0;
            probeInterval = Math.min(probeInterval * 2, PROBE_INTERVAL);
            if (isWorthIt) {
                return ExecutorMode.SEQUENTIAL;
            }
            other.forget();
            return parallel;
        }
        return isWorthIt ? parallel : ExecutorMode.SEQUENTIAL;
    }

    void observe(ExecutorMode mode, int count, long ns) {
        if (count >= MIN_TRANSACTIONS_PER_THREAD * threads) {
            of(mode).add((double) ns / count);
        }
    }

    private boolean isWorthIt(ExecutorMode parallel) {
        Typical measured = of(parallel);
        return !measured.isUnknown()
                && sequential.ns() >= cheapest(parallel)
                && sequential.ns() >= MIN_SPEED_UP * measured.ns();
    }

    private static double cheapest(ExecutorMode parallel) {
        return parallel == ExecutorMode.ORDERED_LOCKS ? MIN_ORDERED_NS : MIN_SPECULATIVE_NS;
    }

    private Typical of(ExecutorMode mode) {
        return switch (mode) {
            case ORDERED_LOCKS -> ordered;
            case SPECULATIVE -> speculative;
            default -> sequential;
        };
    }

    /**
     * Nanoseconds per transaction: the lower median of the last blocks. A block that was
     * interrupted by other work of the machine is an outlier, and must not turn a choice that then
     * holds for long.
     */
    private static final class Typical {

        private static final int REMEMBERED = 5;

        private final double[] samples = new double[REMEMBERED];
        private final double[] sorted = new double[REMEMBERED];
        private int count;
        private double ns = Double.NaN;

        boolean isUnknown() {
            return count == 0;
        }

        double ns() {
            return ns;
        }

        void forget() {
            count = 0;
            ns = Double.NaN;
        }

        void add(double sample) {
            samples[count % REMEMBERED] = sample;
            count = count == Integer.MAX_VALUE ? REMEMBERED : count + 1;
            int known = Math.min(count, REMEMBERED);
            System.arraycopy(samples, 0, sorted, 0, known);
            Arrays.sort(sorted, 0, known);
            ns = sorted[(known - 1) / 2];
        }
    }
}
