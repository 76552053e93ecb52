package dev.varve.jmh.matrix;

import dev.varve.engine.exec.ExecutorMode;
import dev.varve.jmh.workload.ExecutorProgram;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures the modes of the block executor beside each other in one process: blocks of each are
 * executed in turns, so that the noise of the machine hits all alike. For one thread.
 */
final class ExecutorMatrix {

    private static final List<ExecutorMode> MODES =
            List.of(
                    ExecutorMode.SEQUENTIAL,
                    ExecutorMode.ORDERED_LOCKS,
                    ExecutorMode.SPECULATIVE,
                    ExecutorMode.ADAPTIVE);

    private final MatrixScale scale;
    private final long seed;
    private final Map<Double, Work> works = new TreeMap<>();

    ExecutorMatrix(MatrixScale scale, long seed) {
        this.scale = scale;
        this.seed = seed;
    }

    /** Every point of the scale, in the order threads, accounts, cost, mode. */
    List<MatrixPoint> measure() {
        List<MatrixPoint> points = new ArrayList<>();
        for (int threads : scale.threads()) {
            for (int accounts : scale.accounts()) {
                for (double costUs : scale.costsUs()) {
                    points.addAll(measure(threads, accounts, costUs));
                }
            }
        }
        return points;
    }

    /** One point in every mode but the sequential one, which the others are compared with. */
    List<MatrixPoint> measure(int threads, int accounts, double costUs) {
        SyntheticTransfers block = block(accounts, costUs);
        List<ExecutorProgram> executors = new ArrayList<>();
        try {
            for (ExecutorMode mode : MODES) {
                executors.add(new ExecutorProgram(mode, threads, block));
            }
            warmUp(executors);
            double[][] ns = measure(executors, block.count());
            List<MatrixPoint> points = new ArrayList<>();
            for (int i = 1; i < MODES.size(); i++) {
                points.add(
                        new MatrixPoint(
                                MODES.get(i),
                                threads,
                                accounts,
                                costUs,
                                Median.of(ns[0]).value(),
                                Median.of(ns[i]).value(),
                                Median.of(ratios(ns[0], ns[i]))));
            }
            return points;
        } finally {
            executors.forEach(ExecutorProgram::close);
        }
    }

    /** The block of a point; the same for every mode. */
    SyntheticTransfers block(int accounts, double costUs) {
        // Measured once for each cost: every point of it does the same work.
        Work work = works.computeIfAbsent(costUs, Work::ofMicroseconds);
        return new SyntheticTransfers(accounts, MatrixScale.transactions(costUs), work, seed);
    }

    private void warmUp(List<ExecutorProgram> executors) {
        long left = scale.warmUp().toNanos() * executors.size();
        while (left > 0) {
            for (ExecutorProgram executor : executors) {
                left -= executor.timeNs();
            }
        }
    }

    /** By mode: the nanoseconds per transaction of each slice. */
    private double[][] measure(List<ExecutorProgram> executors, int transactions) {
        double[][] ns = new double[executors.size()][scale.slices()];
        for (int slice = 0; slice < scale.slices(); slice++) {
            for (int i = 0; i < ns.length; i++) {
                ns[i][slice] = (double) executors.get(i).timeNs() / transactions;
            }
        }
        return ns;
    }

    private static double[] ratios(double[] sequential, double[] measured) {
        double[] ratios = new double[measured.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = sequential[i] / measured[i];
        }
        return ratios;
    }
}
