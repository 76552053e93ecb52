package dev.varve.jmh.peers;

import dev.varve.engine.LedgerStore;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.jmh.medium.PageCache;
import dev.varve.logstore.TableSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A ledger that was closed, opened again: how soon its gate answers, and how soon its filter does;
 * from the filter's files, from columns of hashes, and from nothing but the log. One use; one
 * thread, and where the ledger is given some, those.
 */
final class LedgerOpenings {

    private static final int BATCH = 10_000;
    private static final String SHARDS = ".shard";
    private static final String COLUMNS = ".hashes";

    private final TableSpec table;
    private final long count;
    private final long expected;
    private final Path folder;
    private final DedupReport report;
    private final NumberedIds ids = new NumberedIds(BATCH);

    /**
     * What there is to open.
     *
     * @param table deduplicated
     * @param count ids of the numbers from 0 on that are in it
     * @param expected for how many a filter is made where there is none
     */
    LedgerOpenings(
            TableSpec table, long count, long expected, Path folder, DedupReport report) {
        this.table = table;
        this.count = count;
        this.expected = expected;
        this.folder = folder;
        this.report = report;
    }

    /** What the filter is made of. */
    private enum Source {
        FILES("from its files", SHARDS),
        COLUMNS("from columns", LedgerOpenings.COLUMNS),
        LOG("from the log", ".log");

        private final String words;

        /** How the names of files end that are read. */
        private final String read;

        Source(String words, String read) {
            this.words = words;
            this.read = read;
        }

        /** How the names of files end that are lost. */
        List<String> lost() {
            return switch (this) {
                case FILES -> List.of();
                case COLUMNS -> List.of(SHARDS);
                case LOG -> List.of(SHARDS, LedgerOpenings.COLUMNS);
            };
        }
    }

    void run() throws IOException {
        for (Source source : Source.values()) {
            alone(source);
            withThreads(source);
        }
    }

    /** The default: opening does it all, in the calling thread. */
    private void alone(Source source) throws IOException {
        prepare(source);
        double before = processorSeconds();
        long start = System.nanoTime();
        try (LedgerStore ledger = LedgerStore.at(folder).expectedIds(expected).open()) {
            double opened = seconds(start);
            double worked = processorSeconds() - before;
            ask(ledger);
            tellFirst(source, "without threads", seconds(start));
            requireReady(ledger);
            report.tell(named("filter ready", source, "without threads"), opened, "s");
            if (source != Source.FILES) {
                report.tell(
                        "replay " + source.words + ", by one thread",
                        count / opened / 1e6,
                        "M ids/s");
                // That it is one: collector and compiler are all that is beside it.
                report.tell(
                        "replay " + source.words + ", processors used", worked / opened, "");
            }
            check(ledger);
        }
    }

    private void withThreads(Source source) throws IOException {
        prepare(source);
        List<Thread> loaders = new ArrayList<>();
        long start = System.nanoTime();
        try (LedgerStore ledger =
                LedgerStore.at(folder)
                        .expectedIds(expected)
                        .threads(
                                work -> {
                                    Thread loader = new Thread(work);
                                    loaders.add(loader);
                                    return loader;
                                })
                        .open()) {
            ask(ledger);
            tellFirst(source, "with threads", seconds(start));
            loaders.forEach(LedgerOpenings::join);
            report.tell(named("filter ready", source, "with threads"), seconds(start), "s");
            requireReady(ledger);
            check(ledger);
        }
    }

    private void tellFirst(Source source, String how, double seconds) {
        report.tell(named("first answer", source, how), seconds, "s");
    }

    private static String named(String what, Source source, String how) {
        return what + ", " + source.words + ", " + how;
    }

    /** What is read is in the page cache; but the filter's own files come from the disk. */
    private void prepare(Source source) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                if (source.lost().stream().anyMatch(file.toString()::endsWith)) {
                    Files.delete(file);
                }
            }
        }
        if (source == Source.FILES) {
            PageCache.drop(folder, source.read);
        } else {
            PageCache.load(folder, source.read);
        }
    }

    /** Whether one id is there: it is. */
    private void ask(LedgerStore ledger) {
        ask(ledger, count / 2, 1);
    }

    private void check(LedgerStore ledger) {
        ask(ledger, 0, (int) Math.min(BATCH, count));
    }

    private void ask(LedgerStore ledger, long first, int size) {
        DuplicateGate gate = ledger.gate(table);
        try (IdRequest request = gate.newRequest(size)) {
            ids.write(first, size);
            for (int i = 0; i < size; i++) {
                request.put(ids.id(i), 0, new byte[IdStorage.VALUE_BYTES]);
            }
            gate.exists(request);
            int there = request.count(Answer.DUPLICATE);
            if (there != size) {
                throw new IllegalStateException(there + " of " + size + " ids are there");
            }
        }
    }

    private static void requireReady(LedgerStore ledger) {
        LogFilter filter = Objects.requireNonNull(ledger.filter());
        if (!filter.isReady()) {
            throw new IllegalStateException("the filter is not loaded", filter.failure());
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static double processorSeconds() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime() / 1e9
                : Double.NaN;
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
