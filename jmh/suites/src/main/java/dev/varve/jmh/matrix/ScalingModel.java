package dev.varve.jmh.matrix;

import dev.varve.engine.exec.AccessHints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * What a block would gain from more threads than the machine has: a model, and no measurement.
 *
 * <p>The transactions of a block wait for those before them that write a key of theirs, and all
 * take the same time. So many threads at a time take, of those that wait for nobody, the first: the
 * number of rounds that this needs is the block's shape. To the time of the
 * rounds the model adds what the executor itself needs for a transaction, and takes all of it as
 * work that only one thread can do: then it says too little where threads share that work. It does
 * not know that threads wait longer for cache lines the more of them there are, and there it says
 * too much. Greedy scheduling in this sense is that of Graham (Bounds on Multiprocessing Timing
 * Anomalies, 1969).
 */
final class ScalingModel {

    /** By transaction: the later ones that wait for it. */
    private final List<List<Integer>> successors = new ArrayList<>();

    /** By transaction: how many earlier ones it waits for. */
    private final int[] waitsFor;

    /** A model of a block in which every declared key is written. */
    ScalingModel(AccessHints hints, int count) {
        waitsFor = new int[count];
        Keys keys = new Keys();
        for (int i = 0; i < count; i++) {
            successors.add(new ArrayList<>());
            keys.transaction = i;
            hints.declare(i, keys);
        }
    }

    /** Rounds that so many threads need; with one for each transaction, the longest chain. */
    int rounds(int threads) {
        int[] waiting = waitsFor.clone();
        PriorityQueue<Integer> ready = new PriorityQueue<>();
        for (int i = 0; i < waiting.length; i++) {
            if (waiting[i] == 0) {
                ready.add(i);
            }
        }
        int rounds = 0;
        for (; !ready.isEmpty(); rounds++) {
            List<Integer> done = new ArrayList<>();
            while (done.size() < threads && !ready.isEmpty()) {
                done.add(ready.remove());
            }
            for (int transaction : done) {
                for (int later : successors.get(transaction)) {
                    if (--waiting[later] == 0) {
                        ready.add(later);
                    }
                }
            }
        }
        return rounds;
    }

    /**
     * The speed-up over sequential execution.
     *
     * @param sequentialNs time of a transaction, sequentially
     * @param executorNs what the executor itself needs for a transaction
     */
    double speedUp(int threads, double sequentialNs, double executorNs) {
        double sequential = waitsFor.length * sequentialNs;
        double parallel = rounds(threads) * sequentialNs + waitsFor.length * executorNs;
        return sequential / parallel;
    }

    /** Notes who waits for whom: the last one before that has named the key. */
    private final class Keys implements AccessHints.KeySink {

        private final Map<String, Integer> lastWriters = new HashMap<>();
        private int transaction;

        @Override
        public void read(byte[] key) {
            write(key);
        }

        @Override
        public void write(byte[] key) {
            Integer earlier = lastWriters.put(HexFormat.of().formatHex(key), transaction);
            if (earlier != null && earlier != transaction) {
                successors.get(earlier).add(transaction);
                waitsFor[transaction]++;
            }
        }

        @Override
        public void add(byte[] key, long low, long high) {
            write(key);
        }
    }
}
