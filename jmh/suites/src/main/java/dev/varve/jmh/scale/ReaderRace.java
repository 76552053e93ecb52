package dev.varve.jmh.scale;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.medium.BlockDevice;
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
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Many threads that read from a device: lookups in a store, beside random reads of one page of the
 * same files through the same seam, in turns. Each turn has an empty page cache; or, if memory is
 * limited, what of the files that holds and the turn itself has read. Limited memory holds the
 * index beside the lookups, and more pages of the files beside the raw reads, which therefore wait
 * for the device less often: so the reads at the device are compared as well.
 */
final class ReaderRace {

    private static final int ROUNDS = 5;

    /** So many threads are five times as fast at least, and a quarter of a second tells little. */
    private static final long TIMES = 5;
    private static final int PAGE_BYTES = 4096;

    private final ScaleSpec spec;
    private final int readers;
    private final @Nullable BlockDevice device;
    private final PrintStream out;

    ReaderRace(ScaleSpec spec, int readers, @Nullable BlockDevice device, PrintStream out) {
        this.spec = spec;
        this.readers = readers;
        this.device = device;
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
        List<Turn> raw = new ArrayList<>();
        List<Turn> own = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            PageCache.drop(spec.folder(), "");
            raw.add(raw(round));
            PageCache.drop(spec.folder(), "");
            PageCache.load(spec.folder(), ".run");
            own.add(own(round));
        }
        List<BenchResult> results = new ArrayList<>();
        results.add(BenchResult.plain(
                ScaleRun.SUITE, name + ", raw", median(raw, Turn::rate), "reads/s"));
        results.add(compared(name + ", lookups", "lookups/s", raw, own, Turn::rate));
        if (device != null) {
            results.add(
                    compared(name + ", at the device", "reads/s", raw, own, Turn::deviceRate));
        }
        for (BenchResult one : results) {
            String ratio =
                    Double.isNaN(one.ratio())
                            ? ""
                            : String.format(Locale.ROOT, ", %.3f of raw", one.ratio());
            out.printf(
                    Locale.ROOT, "  %s: %.0f %s%s%n", one.name(), one.value(), one.unit(), ratio);
        }
        return results;
    }

    private static BenchResult compared(
            String name,
            String unit,
            List<Turn> raw,
            List<Turn> own,
            ToDoubleFunction<Turn> rate) {
        double[] rates = own.stream().mapToDouble(rate).sorted().toArray();
        double limit = median(raw, rate);
        return new BenchResult(
                ScaleRun.SUITE,
                name,
                median(own, rate),
                rates[0],
                rates[ROUNDS - 1],
                unit,
                "raw reads of a page",
                limit == 0 ? BenchResult.NONE : median(own, rate) / limit,
                BenchResult.NONE,
                Verdict.OK);
    }

    private static double median(List<Turn> turns, ToDoubleFunction<Turn> rate) {
        return turns.stream().mapToDouble(rate).sorted().toArray()[ROUNDS / 2];
    }

    private Turn raw(int round) {
        try (Storage storage = new FileStorage(spec.folder());
                Arena arena = Arena.ofShared()) {
            List<StorageFile> files = new ArrayList<>();
            try {
                TreeMap<Long, StorageFile> byFirstPage = new TreeMap<>();
                long pages = 0;
                for (String name : storage.list()) {
                    if (name.endsWith(".log")) {
                        files.add(storage.open(name, Storage.Access.READ));
                        byFirstPage.put(pages, files.getLast());
                        pages += files.getLast().length() / PAGE_BYTES;
                    }
                }
                long count = pages;
                ThreadLocal<MemorySegment> buffers = ThreadLocal.withInitial(() -> page(arena));
                return rate(
                        round,
                        chance -> {
                            long page = Long.remainderUnsigned(chance, count);
                            var file = byFirstPage.floorEntry(page);
                            long offset = (page - file.getKey()) * PAGE_BYTES;
                            file.getValue().read(buffers.get(), offset);
                        });
            } finally {
                files.forEach(StorageFile::close);
            }
        }
    }

    private static MemorySegment page(Arena arena) {
        return arena.allocate(PAGE_BYTES, PAGE_BYTES);
    }

    private Turn own(int round) {
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
    private Turn rate(int round, LongConsumer operation) {
        measure(round + ROUNDS, operation);
        if (spec.memoryLimit() == 0) {
            PageCache.drop(spec.folder(), ".log");
        }
        return measure(round, operation);
    }

    /** All threads together. */
    private Turn measure(int round, LongConsumer operation) {
        long each = Math.max(1, TIMES * spec.coldLookups() / readers);
        try (ExecutorService threads = Executors.newFixedThreadPool(readers)) {
            List<Future<?>> all = new ArrayList<>();
            long readsBefore = deviceReads();
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
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Turn(each * readers / seconds, (deviceReads() - readsBefore) / seconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reader failed", e.getCause());
        }
    }

    private long deviceReads() {
        return device == null ? 0 : device.reads().calls();
    }

    /**
     * What one turn reached.
     *
     * @param rate operations in a second
     * @param deviceRate reads that the device answered in a second
     */
    private record Turn(double rate, double deviceRate) {}
}
