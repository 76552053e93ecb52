package dev.varve.jmh.scale;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.medium.MemoryGroup;
import dev.varve.jmh.medium.PageCache;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Many threads that read from a device: lookups in a store, beside random reads of one page of the
 * same files through the same seam, in turns. Each turn has an empty page cache; or, if memory is
 * limited, what of the files that holds and the turn itself has read.
 */
final class ReaderRace {

    private static final int ROUNDS = 3;
    private static final int PAGE_BYTES = 4096;

    private final ScaleSpec spec;
    private final int readers;
    private final PrintStream out;

    ReaderRace(ScaleSpec spec, int readers, PrintStream out) {
        this.spec = spec;
        this.readers = readers;
        this.out = out;
    }

    List<BenchResult> run() {
        if (spec.memoryLimit() == 0) {
            return race(readers + " readers");
        }
        PageCache.drop(spec.folder(), ""); // what is in memory counts for the group that read it
        try (MemoryGroup group = MemoryGroup.join(spec.memoryLimit())) {
            double times = (double) PageCache.bytes(spec.folder(), "") / spec.memoryLimit();
            String what = String.format(Locale.ROOT, "data %.1fx memory", times);
            List<BenchResult> results = race(readers + " readers, " + what);
            out.printf("  the group used %d of %d bytes%n", group.usedBytes(), spec.memoryLimit());
            return results;
        }
    }

    private List<BenchResult> race(String name) {
        double[] raw = new double[ROUNDS];
        double[] own = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            PageCache.drop(spec.folder(), "");
            raw[round] = raw(round);
            PageCache.drop(spec.folder(), "");
            PageCache.load(spec.folder(), ".run");
            own[round] = own(round);
        }
        Arrays.sort(raw);
        Arrays.sort(own);
        double rawRate = raw[ROUNDS / 2];
        double ownRate = own[ROUNDS / 2];
        BenchResult limit =
                BenchResult.plain(ScaleRun.SUITE, name + ", raw", rawRate, "reads/s");
        BenchResult reached =
                new BenchResult(
                        ScaleRun.SUITE,
                        name + ", lookups",
                        ownRate,
                        own[0],
                        own[ROUNDS - 1],
                        "lookups/s",
                        "raw reads of a page",
                        ownRate / rawRate,
                        BenchResult.NONE,
                        Verdict.OK);
        out.printf(
                Locale.ROOT,
                "  %s: %.0f lookups/s, %.3f of %.0f raw reads/s%n",
                name,
                ownRate,
                ownRate / rawRate,
                rawRate);
        return List.of(limit, reached);
    }

    private double raw(int round) {
        try (Storage storage = new FileStorage(spec.folder());
                Arena arena = Arena.ofShared()) {
            List<StorageFile> files = new ArrayList<>();
            try {
                for (String name : storage.list()) {
                    if (name.endsWith(".log")) {
                        files.add(storage.open(name, Storage.Access.READ));
                    }
                }
                long[] lengths = files.stream().mapToLong(StorageFile::length).toArray();
                ThreadLocal<MemorySegment> pages =
                        ThreadLocal.withInitial(() -> page(arena));
                return rate(
                        round,
                        chance -> {
                            int file = (int) Long.remainderUnsigned(chance, lengths.length);
                            long page = (chance >>> 20) % (lengths[file] / PAGE_BYTES);
                            files.get(file).read(pages.get(), page * PAGE_BYTES);
                        });
            } finally {
                files.forEach(StorageFile::close);
            }
        }
    }

    private static MemorySegment page(Arena arena) {
        return arena.allocate(PAGE_BYTES, PAGE_BYTES);
    }

    private double own(int round) {
        try (LogStore store = LogStore.open(spec.folder(), LogOptions.bulk())) {
            Table table = store.table(ScaleRun.TABLE);
            Snapshot snapshot = store.snapshot();
            ThreadLocal<MemorySegment> keys =
                    ThreadLocal.withInitial(
                            () -> MemorySegment.ofArray(new byte[KeyShape.LENGTH]));
            return rate(
                    round,
                    chance -> {
                        MemorySegment key = keys.get();
                        long index = Long.remainderUnsigned(chance, spec.records());
                        spec.keys().fill(key, spec.seed(), index);
                        if (snapshot.get(table, key) == null) {
                            throw new IllegalStateException("record " + index + " is gone");
                        }
                    });
        }
    }

    /** The same twice: the first time compiles what runs, and brings the index into memory. */
    private double rate(int round, LongConsumer operation) {
        measure(round + ROUNDS, operation);
        if (spec.memoryLimit() == 0) {
            PageCache.drop(spec.folder(), ".log");
        }
        return measure(round, operation);
    }

    /** Operations per second of all threads together. */
    private double measure(int round, LongConsumer operation) {
        long each = Math.max(1, spec.coldLookups() / readers);
        try (ExecutorService threads = Executors.newFixedThreadPool(readers)) {
            List<Future<?>> all = new ArrayList<>();
            long start = System.nanoTime();
            for (int reader = 0; reader < readers; reader++) {
                long seed = spec.seed() + 1_000L * round + reader;
                all.add(
                        threads.submit(
                                () -> {
                                    SplittableRandom random = new SplittableRandom(seed);
                                    for (long i = 0; i < each; i++) {
                                        operation.accept(random.nextLong());
                                    }
                                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            return each * readers * 1e9 / (System.nanoTime() - start);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reader failed", e.getCause());
        }
    }
}
