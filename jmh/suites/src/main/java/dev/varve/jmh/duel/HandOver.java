package dev.varve.jmh.duel;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long a word takes from one core to another and back. Programs whose threads share data follow
 * it, others do not, and a host of virtual machines may change it tenfold from one second to the
 * next; so it stands beside the ratio of such programs. One measurement, one object, one thread.
 */
final class HandOver {

    /** Enough for the system to part two threads that it has put on one core. */
    private static final int PARTS = 20;

    private static final long PART_NS = 1_000_000;
    private static final int STOP = -1;

    /** The turn: odd if it is the partner's, even if it is the caller's. */
    private final AtomicInteger word = new AtomicInteger();

    private HandOver() {}

    /** Nanoseconds of a round trip, of the best of some parts; NaN if there is one core only. */
    static double roundTripNs() {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            return Double.NaN;
        }
        HandOver measured = new HandOver();
        Thread partner = Thread.ofPlatform().daemon().start(measured::answer);
        try {
            double best = Double.MAX_VALUE;
            for (int part = 0; part < PARTS; part++) {
                best = Math.min(best, measured.part());
            }
            return best;
        } finally {
            measured.word.set(STOP);
            join(partner);
        }
    }

    private double part() {
        long from = System.nanoTime();
        long ns = 0;
        int turns = 0;
        while (ns < PART_NS) {
            word.set(2 * turns + 1);
            while (word.get() == 2 * turns + 1) {
                Thread.onSpinWait();
            }
            turns++;
            ns = System.nanoTime() - from;
        }
        return (double) ns / turns;
    }

    private void answer() {
        int seen = word.get();
        while (seen != STOP) {
            if (seen % 2 == 1) {
                word.set(seen + 1);
            } else {
                Thread.onSpinWait();
            }
            seen = word.get();
        }
    }

    private static void join(Thread partner) {
        try {
            partner.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
