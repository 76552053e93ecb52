package dev.varve.engine.exec;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Measures the modes beside each other in one process: blocks of each are executed in turn, so that
 * noise hits all alike. Prints a line per point; run as a program, see decision 0010.
 *
 * <p>Arguments: {@code overhead | allocation | pair | matrix | serial | busy [slices]}.
 */
final class ExecutorMatrix {

    private static final int COUNT = 10_000;
    private static final ExecutorMode[] MODES = {
        ExecutorMode.SEQUENTIAL, ExecutorMode.ORDERED_LOCKS, ExecutorMode.SPECULATIVE
    };

    private ExecutorMatrix() {}

    public static void main(String[] arguments) throws Exception {
        int slices = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 41;
        switch (arguments[0]) {
            case "overhead" -> overhead(slices);
            case "allocation" -> allocation();
            case "pair" -> pair(slices);
            case "matrix" -> matrix(slices);
            case "serial" -> serial(slices);
            case "busy" -> busy(slices);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    static BlockExecutor executor(ExecutorMode mode, int threads) {
        return BlockExecutor.builder().mode(mode).threads(threads, Setup.DAEMONS).build();
    }

    /** Nanoseconds per transaction above the sequential mode, at one thread. */
    static void overhead(int slices) {
        for (int accounts : new int[] {100, 10_000}) {
            Transfers block = new Transfers(accounts, COUNT, 0, 1);
            double[] ns = medians(block, slices, 1, MODES);
            for (int i = 1; i < MODES.length; i++) {
                print("overhead accounts=%d %s %.0f ns/tx over %.0f", accounts, MODES[i],
                        ns[i] - ns[0], ns[0]);
            }
        }
    }

    /** Bytes allocated per transaction by the calling thread, which does all the work. */
    static void allocation() {
        Transfers block = new Transfers(1_000, COUNT, 0, 1);
        for (ExecutorMode mode : MODES) {
            print("allocation %s %.2f bytes/tx", mode, allocatedPerTransaction(mode, block));
        }
    }

    static double allocatedPerTransaction(ExecutorMode mode, Transfers block) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (BlockExecutor executor = executor(mode, 1)) {
            int blocks = 20;
            for (int i = 0; i < blocks; i++) {
                run(executor, block);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < blocks; i++) {
                run(executor, block);
            }
            long after = threads.getCurrentThreadAllocatedBytes();
            return (double) (after - before) / blocks / block.count();
        }
    }

    /** Two threads on one block against two that do the same work with nothing in common. */
    static void pair(int slices) throws InterruptedException {
        for (int us : new int[] {1, 3, 15}) {
            Transfers block = new Transfers(100, COUNT, rounds(us), 2);
            Transfers[] halves = {
                new Transfers(100, COUNT / 2, rounds(us), 3),
                new Transfers(100, COUNT / 2, rounds(us), 4)
            };
            double[][] ns = new double[3][slices];
            try (BlockExecutor ordered = executor(ExecutorMode.ORDERED_LOCKS, 2);
                    BlockExecutor speculative = executor(ExecutorMode.SPECULATIVE, 2);
                    BlockExecutor left = executor(ExecutorMode.SEQUENTIAL, 1);
                    BlockExecutor right = executor(ExecutorMode.SEQUENTIAL, 1)) {
                for (int i = -slices / 2; i < slices; i++) {
                    double a = independent(left, right, halves);
                    double b = run(ordered, block);
                    double c = run(speculative, block);
                    if (i >= 0) {
                        ns[0][i] = a;
                        ns[1][i] = b;
                        ns[2][i] = c;
                    }
                }
            }
            print("pair %d us/tx: independent %.0f ns/tx, ordered %.1f %%, speculative %.1f %%",
                    us, median(ns[0]) / COUNT, ratio(ns[0], ns[1]), ratio(ns[0], ns[2]));
        }
    }

    /** Speed-up over the sequential mode of the same run. */
    static void matrix(int slices) {
        for (int threads : new int[] {1, 2}) {
            for (int accounts : new int[] {2, 10, 100, 1_000, 10_000}) {
                for (double us : new double[] {0.3, 1, 3, 15, 60}) {
                    int count = us > 10 ? COUNT / 5 : COUNT;
                    Transfers block = new Transfers(accounts, count, rounds(us), 5);
                    double[] ns = medians(block, slices, threads, MODES);
                    print(
                            "matrix threads=%d accounts=%d us=%.1f sequential=%.0f ns/tx"
                                    + " ordered=%.2fx speculative=%.2fx",
                            threads, accounts, us, ns[0], ns[0] / ns[1], ns[0] / ns[2]);
                }
            }
        }
    }

    /** A block in which every transaction needs the one before. */
    static void serial(int slices) {
        for (double us : new double[] {0.3, 3, 15}) {
            Transfers block = new Transfers(2, COUNT / 4, rounds(us), 6);
            ExecutorMode[] modes = {
                ExecutorMode.SEQUENTIAL,
                ExecutorMode.ADAPTIVE,
                ExecutorMode.ORDERED_LOCKS,
                ExecutorMode.SPECULATIVE
            };
            for (AccessHints hints : new @Nullable AccessHints[] {block, null}) {
                double[] ns = medians(block, hints, slices * 8, 2, modes);
                print("serial us=%.1f %s adaptive=%.3fx ordered=%.2fx speculative=%.2fx", us,
                        hints == null ? "unknown" : "declared",
                        ns[0] / ns[1], ns[0] / ns[2], ns[0] / ns[3]);
            }
        }
    }

    /** Eight threads where there are fewer cores. */
    static void busy(int slices) {
        Transfers block = new Transfers(1_000, COUNT / 2, rounds(10), 7);
        double[] ns = medians(block, slices, 8, MODES);
        print("busy threads=8 us=10 ordered=%.2fx speculative=%.2fx", ns[0] / ns[1], ns[0] / ns[2]);
    }

    /** Nanoseconds of a recorded block in the three modes. */
    static double[] recorded(RecordedReplay replay, int count, int threads) {
        int slices = 21;
        double[][] ns = new double[MODES.length][slices];
        BlockExecutor[] executors = new BlockExecutor[MODES.length];
        Arrays.setAll(executors, i -> executor(MODES[i], threads));
        for (int slice = -slices; slice < slices; slice++) {
            for (int i = 0; i < MODES.length; i++) {
                long from = System.nanoTime();
                AccessHints hints = MODES[i] == ExecutorMode.ORDERED_LOCKS ? replay : null;
                executors[i].execute(replay, count, replay, hints, null);
                if (slice >= 0) {
                    ns[i][slice] = System.nanoTime() - from;
                }
            }
        }
        for (BlockExecutor executor : executors) {
            executor.close();
        }
        return Arrays.stream(ns).mapToDouble(ExecutorMatrix::median).toArray();
    }

    private static double[] medians(
            Transfers block, int slices, int threads, ExecutorMode... modes) {
        return medians(block, block, slices, threads, modes);
    }

    private static double[] medians(
            Transfers block,
            @Nullable AccessHints hints,
            int slices,
            int threads,
            ExecutorMode... modes) {
        double[][] ns = new double[modes.length][slices];
        BlockExecutor[] executors = new BlockExecutor[modes.length];
        Arrays.setAll(executors, i -> executor(modes[i], threads));
        for (int slice = -slices / 2 - 10; slice < slices; slice++) {
            for (int i = 0; i < modes.length; i++) {
                boolean isOrdered = modes[i] == ExecutorMode.ORDERED_LOCKS;
                boolean isAdaptive = modes[i] == ExecutorMode.ADAPTIVE;
                AccessHints given = isOrdered ? block : isAdaptive ? hints : null;
                double took = run(executors[i], block, given);
                if (slice >= 0) {
                    ns[i][slice] = took / block.count();
                }
            }
        }
        for (BlockExecutor executor : executors) {
            executor.close();
        }
        return Arrays.stream(ns).mapToDouble(ExecutorMatrix::median).toArray();
    }

    private static double independent(
            BlockExecutor left, BlockExecutor right, Transfers[] halves)
            throws InterruptedException {
        Thread other = new Thread(() -> run(right, halves[1], null));
        long from = System.nanoTime();
        other.start();
        run(left, halves[0], null);
        other.join();
        return System.nanoTime() - from;
    }

    private static double run(BlockExecutor executor, Transfers block) {
        return run(executor, block, block);
    }

    private static double run(
            BlockExecutor executor, Transfers block, @Nullable AccessHints hints) {
        long from = System.nanoTime();
        executor.execute(block, block.count(), block, hints, null);
        return System.nanoTime() - from;
    }

    static int rounds(double us) {
        return (int) (us * 1000 / NS_PER_ROUND);
    }

    private static final double NS_PER_ROUND = 1.6;

    private static double ratio(double[] reference, double[] measured) {
        double[] ratios = new double[reference.length];
        Arrays.setAll(ratios, i -> 100 * reference[i] / measured[i]);
        return median(ratios);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    @SuppressWarnings("AnnotateFormatMethod") // Error Prone's annotation is not on our class path
    private static void print(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}
