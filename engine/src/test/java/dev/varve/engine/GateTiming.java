package dev.varve.engine;

import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.TableSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Prints what the gate costs with a filter and a log on a real disk: requests of 10,000 ids added
 * durably and asked for, closing, loading, replaying the whole log, and what a checkpoint does to
 * those who add meanwhile. Asserts nothing. Run its main method, with a directory that does not
 * exist yet and the number of ids as its arguments.
 */
final class GateTiming {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final int REQUEST_IDS = 10_000;
    private static final int SMALL_REQUESTS = 2_000;
    private static final byte[] VALUE = new byte[12];

    private final Path directory;
    private final long ids;

    private GateTiming(Path directory, long ids) {
        this.directory = directory;
        this.ids = ids;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        new GateTiming(Path.of(arguments[0]), Long.parseLong(arguments[1])).run();
    }

    private void run() throws IOException, InterruptedException {
        LedgerStore ledger = open();
        DuplicateGate gate = ledger.gate(TX);
        print("add 10,000, durable, median", median(requests(gate, 0, Answer.ADDED)));
        print("add 10,000 again, median", median(requests(gate, 0, Answer.DUPLICATE)));
        print("ask for 10,000 absent, median", median(asked(gate)));
        System.out.println(gate.stats());
        double[] idle = small(gate, ids);
        print("add 1, durable, idle, median", median(idle));
        print("add 1, durable, idle, 99 %", percentile99(idle));
        AtomicBoolean done = new AtomicBoolean();
        Thread checkpoints =
                new Thread(
                        () -> {
                            while (!done.get()) {
                                ledger.checkpoint();
                            }
                        });
        checkpoints.start();
        double[] busy = small(gate, ids + SMALL_REQUESTS);
        done.set(true);
        checkpoints.join();
        print("add 1, during checkpoints, 99 %", percentile99(busy));
        while (ledger.maintain()) {
            // runs, merges and columns of hashes
        }
        long start = System.nanoTime();
        ledger.close();
        print("close", (double) (System.nanoTime() - start));
        reopen("open, log and filter");
        delete(".shard");
        start = System.nanoTime();
        LedgerStore again = open();
        double nanos = System.nanoTime() - start;
        System.out.printf(
                Locale.ROOT,
                "filled from columns              %10.1f M ids/s%n",
                ids / nanos * 1e3);
        System.out.println(Objects.requireNonNull(again.filter()).stats());
        again.close();
        delete("bloom");
        replay();
    }

    private void delete(String which) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.toString().contains(which)).toList()) {
                Files.delete(file);
            }
        }
    }

    private LedgerStore open() {
        return LedgerStore.at(directory).expectedIds(ids).open();
    }

    private void reopen(String what) {
        long start = System.nanoTime();
        LedgerStore ledger = open();
        print(what, (double) (System.nanoTime() - start));
        ledger.close();
    }

    /** Makes the filter anew from the log. */
    private void replay() {
        try (LedgerStore ledger = open()) {
            long start = System.nanoTime();
            ledger.gate(TX);
            double nanos = System.nanoTime() - start;
            LogFilter filter = Objects.requireNonNull(ledger.filter());
            System.out.printf(
                    Locale.ROOT,
                    "replay                           %10.1f M ids/s, ready %s%n",
                    ids / nanos * 1e3,
                    filter.isReady());
        }
    }

    private double[] requests(DuplicateGate gate, long first, Answer expected) {
        double[] nanos = new double[(int) (ids / REQUEST_IDS)];
        try (IdRequest request = gate.newRequest(REQUEST_IDS)) {
            for (int i = 0; i < nanos.length; i++) {
                fill(request, first + (long) i * REQUEST_IDS, REQUEST_IDS);
                long start = System.nanoTime();
                gate.addAllIfAbsent(request);
                nanos[i] = System.nanoTime() - start;
                if (request.count(expected) != REQUEST_IDS) {
                    throw new IllegalStateException("not all " + expected);
                }
            }
        }
        return nanos;
    }

    private static double[] asked(DuplicateGate gate) {
        double[] nanos = new double[200];
        try (IdRequest request = gate.newRequest(REQUEST_IDS)) {
            for (int i = 0; i < nanos.length; i++) {
                fill(request, (1L << 50) + (long) i * REQUEST_IDS, REQUEST_IDS);
                long start = System.nanoTime();
                gate.exists(request);
                nanos[i] = System.nanoTime() - start;
            }
        }
        return nanos;
    }

    private static double[] small(DuplicateGate gate, long first) {
        double[] nanos = new double[SMALL_REQUESTS];
        try (IdRequest request = gate.newRequest(1)) {
            for (int i = 0; i < nanos.length; i++) {
                fill(request, first + i, 1);
                long start = System.nanoTime();
                gate.addAllIfAbsent(request);
                nanos[i] = System.nanoTime() - start;
            }
        }
        return nanos;
    }

    private static void fill(IdRequest request, long first, int count) {
        request.clear();
        byte[] id = new byte[32];
        ByteBuffer buffer = ByteBuffer.wrap(id);
        for (int i = 0; i < count; i++) {
            SplittableRandom random = new SplittableRandom(first + i);
            buffer.clear().putLong(random.nextLong()).putLong(random.nextLong());
            buffer.putLong(random.nextLong()).putLong(first + i);
            request.put(id, 0, VALUE);
        }
    }

    private static double median(double[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    private static double percentile99(double[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length * 99 / 100];
    }

    private static void print(String what, double nanos) {
        System.out.printf(Locale.ROOT, "%-32s %,12.1f us%n", what, nanos / 1e3);
    }
}
