package dev.varve.jmh.peers;

import dev.varve.engine.LedgerStore;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.TableSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A ledger with one deduplicated table: filled, asked, kept, closed and opened again, on a disk,
 * and durably. One use, one thread and, while a checkpoint is written, another.
 */
final class GateLife {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final int BATCH = 10_000;
    private static final int MOST_SINGLES = 5_000;
    private static final int MOST_REQUESTS = 200;
    private static final int TURNS = 4;

    /** Of single additions: to warm up, and four in each turn. */
    private static final int ROUNDS = 1 + 4 * TURNS;

    /** Ids from here on are added one by one, or never. */
    private static final long FAR = 1L << 60;

    private final long count;
    private final Path folder;
    private final DedupReport report;
    private final NumberedIds ids = new NumberedIds(BATCH);
    private long added;
    private long nextSingle = 2 * FAR;

    GateLife(long count, Path folder, DedupReport report) {
        this.count = count;
        this.folder = folder;
        this.report = report;
    }

    void run() throws IOException {
        try (LedgerStore ledger = open()) {
            DuplicateGate gate = ledger.gate(TX);
            fill(ledger, gate);
            report.latency("gate, 10,000 ids that are there", requests(gate, 0, Answer.DUPLICATE));
            report.latency("gate, 10,000 new ids, durably", requests(gate, FAR, Answer.ADDED));
            singly(ledger, gate);
            LogFilter filter = Objects.requireNonNull(ledger.filter());
            double memory = filter.filter().length();
            report.storage("varve, memory of the filter", memory, added);
        }
        storage();
        new LedgerOpenings(TX, count, expected(), folder, report).run();
    }

    private LedgerStore open() {
        return LedgerStore.at(folder).expectedIds(expected()).open();
    }

    /** What is filled and what is timed behind it; the rounds beside a checkpoint are few. */
    private long expected() {
        return count + (long) requestCount() * BATCH + 2L * ROUNDS * singleCount();
    }

    private int requestCount() {
        return Math.clamp(count / BATCH / 100, 1, MOST_REQUESTS);
    }

    private int singleCount() {
        return Math.clamp(count / 100, 100, MOST_SINGLES);
    }

    private void fill(LedgerStore ledger, DuplicateGate gate) {
        long start = System.nanoTime();
        try (IdRequest request = gate.newRequest(BATCH)) {
            for (long from = 0; from < count; from += BATCH) {
                fill(request, from, (int) Math.min(BATCH, count - from));
                gate.addAllIfAbsent(request);
                if (request.count(Answer.ADDED) != request.size()) {
                    throw new IllegalStateException("not all added behind id " + from);
                }
                added += request.size();
            }
        }
        report.tell("gate, fill, durably", count / seconds(start) / 1e6, "M ids/s");
        start = System.nanoTime();
        while (ledger.maintain()) {
            // runs, merges, and columns of hashes
        }
        report.tell("upkeep behind it", seconds(start), "s");
    }

    private void fill(IdRequest request, long first, int size) {
        request.clear();
        ids.write(first, size);
        for (int i = 0; i < size; i++) {
            request.put(ids.id(i), 0, new byte[IdStorage.VALUE_BYTES]);
        }
    }

    private long[] requests(DuplicateGate gate, long first, Answer expected) {
        int requests = requestCount();
        long[] nanos = new long[requests];
        try (IdRequest request = gate.newRequest(BATCH)) {
            for (int i = 0; i < requests; i++) {
                fill(request, first + count / requests / BATCH * BATCH * i, BATCH);
                long start = System.nanoTime();
                gate.addAllIfAbsent(request);
                nanos[i] = System.nanoTime() - start;
                if (request.count(expected) != BATCH) {
                    throw new IllegalStateException("not all " + expected);
                }
                added += request.count(Answer.ADDED);
            }
        }
        return nanos;
    }

    /**
     * Durable additions of one id: beside the first checkpoint of an opening, which makes new
     * files; and in turns idle and beside those behind it, which are written over files.
     */
    private void singly(LedgerStore ledger, DuplicateGate gate) {
        singles(gate); // while the system writes back what was filled, and methods are compiled
        List<long[]> first = new ArrayList<>();
        List<long[]> later = new ArrayList<>();
        List<long[]> idle = new ArrayList<>();
        Thread checkpoint = new Thread(ledger::checkpoint);
        checkpoint.start();
        do {
            first.add(singles(gate));
        } while (checkpoint.isAlive());
        for (int turn = 0; turn < TURNS; turn++) {
            idle.add(singles(gate));
            idle.add(singles(gate));
            later.addAll(besideCheckpoints(ledger, gate));
        }
        long alone = report.latency("gate, 1 new id, durably, idle", joined(idle));
        long one = report.latency("gate, 1 new id, durably, first checkpoint", joined(first));
        long others = report.latency("gate, 1 new id, durably, later checkpoints", joined(later));
        report.tell("gate, 1 new id, first checkpoint by idle, 99 %", (double) one / alone, "x");
        report.tell(
                "gate, 1 new id, later checkpoints by idle, 99 %", (double) others / alone, "x");
    }

    /** Two rounds while one checkpoint follows another without a pause. */
    private List<long[]> besideCheckpoints(LedgerStore ledger, DuplicateGate gate) {
        AtomicBoolean done = new AtomicBoolean();
        Thread checkpoints =
                new Thread(
                        () -> {
                            while (!done.get()) {
                                ledger.checkpoint();
                            }
                        });
        checkpoints.start();
        try {
            return List.of(singles(gate), singles(gate));
        } finally {
            done.set(true);
            join(checkpoints);
        }
    }

    private static long[] joined(List<long[]> rounds) {
        return rounds.stream().flatMapToLong(LongStream::of).toArray();
    }

    /** Never the same ids again. */
    private long[] singles(DuplicateGate gate) {
        long[] nanos = new long[singleCount()];
        try (IdRequest request = gate.newRequest(1)) {
            for (int i = 0; i < nanos.length; i++) {
                fill(request, nextSingle++, 1);
                long start = System.nanoTime();
                gate.addAllIfAbsent(request);
                nanos[i] = System.nanoTime() - start;
                added++;
            }
        }
        return nanos;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void storage() throws IOException {
        report.storage("varve, log with ids and values", bytes(".log"), added);
        report.storage("varve, exact index", bytes(".run", ".heights"), added);
        report.storage("varve, filter's files", bytes(".shard"), added);
        report.storage("varve, columns of hashes", bytes(".hashes"), added);
    }

    private double bytes(String... suffixes) throws IOException {
        double bytes = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                boolean wanted = Stream.of(suffixes).anyMatch(file.toString()::endsWith);
                bytes += wanted ? Files.size(file) : 0;
            }
        }
        return bytes;
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
