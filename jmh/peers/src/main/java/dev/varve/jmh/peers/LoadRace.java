package dev.varve.jmh.peers;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.ShardLoad;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.medium.PageCache;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageFile;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Loads a filter from its files, beside raw reads of the same files, all by as many threads, in
 * turns of which each begins with none of the files in the page cache:
 *
 * <ul>
 *   <li>raw reads, <i>one buffer</i>: each thread reads everything into the same memory, a huge
 *       page, so that a device past the page cache has one address to write to. That is the rate of
 *       the device.
 *   <li>raw reads, <i>new memory</i>: every piece to a place of its own, in memory as a filter's
 *       that nobody has touched. That is the least that any loader must do: a filter ends up in as
 *       much memory as its files are long. Some hosts of virtual machines give new memory slower
 *       than a disk reads.
 *   <li>the <i>load</i> into a filter that was just opened, whose memory is new too. Against the
 *       second of these it tells what checking and joining cost, against the first what the memory
 *       costs besides.
 *   <li>the load again, <i>its memory there</i>: against the first it tells what the loader costs
 *       where memory costs nothing.
 * </ul>
 *
 * <p>Raw reads are of 2 MiB, once through and once past the page cache, and the faster counts. What
 * takes new memory goes first in every second round, for who comes second may get what the first
 * gave back. A ratio is the median of those of the rounds.
 */
final class LoadRace {

    private static final int ROUNDS = 4;
    private static final int[] THREADS = {1, 2, 4};
    private static final int PIECE = 2 << 20;
    private static final int PAGE = 4096;
    private static final String SUFFIX = ".shard";
    private static final String ONE_BUFFER = "raw reads, one buffer";
    private static final String NEW_MEMORY = "raw reads, new memory";

    private final String suite;
    private final Path folder;
    private final FilterFiles files;
    private final IdHash hash;
    private final PrintStream out;
    private final List<BenchResult> results = new ArrayList<>();

    LoadRace(String suite, Path folder, FilterFiles files, IdHash hash, PrintStream out) {
        this.suite = suite;
        this.folder = folder;
        this.files = files;
        this.hash = hash;
        this.out = out;
    }

    /** One kind of turn: its name, and its seconds by round. */
    private static final class Turns {

        private final String name;
        private final double[] seconds = new double[ROUNDS];

        Turns(String name) {
            this.name = name;
        }
    }

    List<BenchResult> run() {
        out.println(
                "loading: '" + ONE_BUFFER + "' is what the device gives, '" + NEW_MEMORY
                        + "' the least that a loader must do whose memory is new");
        for (int threads : THREADS) {
            run(threads);
        }
        return results;
    }

    private void run(int threads) {
        Turns buffer = new Turns(ONE_BUFFER);
        Turns fresh = new Turns(NEW_MEMORY);
        Turns load = new Turns("load");
        Turns again = new Turns("load, its memory there");
        for (int round = 0; round < ROUNDS; round++) {
            buffer.seconds[round] = faster(access -> intoOneBuffer(threads, access));
            if (round % 2 == 0) {
                fresh.seconds[round] = faster(access -> intoNewMemory(threads, access));
            }
            try (BloomFilter filter = files.open(hash)) {
                load.seconds[round] = load(filter, threads);
                again.seconds[round] = load(filter, threads);
            }
            if (round % 2 == 1) {
                fresh.seconds[round] = faster(access -> intoNewMemory(threads, access));
            }
        }
        String name = ", threads: " + threads;
        tell(buffer.name + name, buffer, null);
        tell(fresh.name + name, fresh, buffer);
        tell(load.name + name, load, buffer);
        tell("load into new memory" + name, load, fresh);
        tell(again.name + name, again, buffer);
    }

    private static double faster(ToDoubleFunction<Access> seconds) {
        return Math.min(
                seconds.applyAsDouble(Access.READ), seconds.applyAsDouble(Access.READ_ONCE));
    }

    private void tell(String name, Turns turns, @Nullable Turns limit) {
        double gigabytes = PageCache.bytes(folder, SUFFIX) / 1e9;
        double[] seconds = turns.seconds.clone();
        Arrays.sort(seconds);
        double rate = gigabytes / median(turns.seconds);
        double ratio = limit == null ? BenchResult.NONE : ratio(turns, limit);
        results.add(
                new BenchResult(
                        suite,
                        name,
                        rate,
                        gigabytes / seconds[ROUNDS - 1],
                        gigabytes / seconds[0],
                        "GB/s",
                        limit == null ? "" : limit.name,
                        ratio,
                        BenchResult.NONE,
                        Verdict.OK));
        String of =
                limit == null ? "" : String.format(Locale.ROOT, ", %.2f of %s", ratio, limit.name);
        out.printf(Locale.ROOT, "%-40s %,14.3f GB/s%s%n", name, rate, of);
    }

    /** Of rates, so above 1 is faster than the limit. */
    private static double ratio(Turns turns, Turns limit) {
        double[] ratios = new double[ROUNDS];
        Arrays.setAll(ratios, round -> limit.seconds[round] / turns.seconds[round]);
        return median(ratios);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(ROUNDS - 1) / 2] + sorted[ROUNDS / 2]) / 2;
    }

    private double load(BloomFilter filter, int threads) {
        PageCache.drop(folder, SUFFIX);
        return seconds(
                threads,
                (thread, next) ->
                        files.loadEach(filter, threads, next, LoadRace::requireSound));
    }

    private static void requireSound(ShardLoad load) {
        if (load.state() != ShardLoad.State.LOADED || !load.badChunks().isEmpty()) {
            throw new IllegalStateException("damaged: " + load);
        }
    }

    private double intoOneBuffer(int threads, Access access) {
        PageCache.drop(folder, SUFFIX);
        try (FileStorage storage = new FileStorage(folder);
                Arena arena = Arena.ofShared()) {
            List<String> names = names(storage);
            MemorySegment buffers = NewMemory.allocate((long) threads * PIECE, arena);
            buffers.fill((byte) 1);
            return seconds(
                    threads,
                    (thread, next) -> {
                        MemorySegment buffer = buffers.asSlice((long) thread * PIECE, PIECE);
                        each(next, shard -> read(storage, names.get(shard), access, at -> buffer));
                    });
        }
    }

    /** To take the memory is part of the time, to give it back is not: as it is with a load. */
    private double intoNewMemory(int threads, Access access) {
        PageCache.drop(folder, SUFFIX);
        try (FileStorage storage = new FileStorage(folder);
                Arena arena = Arena.ofShared()) {
            List<String> names = names(storage);
            long place = pages(longest(storage, names));
            long start = System.nanoTime();
            MemorySegment memory = NewMemory.allocate(place * names.size(), arena);
            double taken = (System.nanoTime() - start) / 1e9;
            return taken
                    + seconds(
                            threads,
                            (thread, next) ->
                                    each(
                                            next,
                                            shard -> {
                                                MemorySegment all =
                                                        memory.asSlice(place * shard, place);
                                                String name = names.get(shard);
                                                read(storage, name, access, at -> piece(all, at));
                                            }));
        }
    }

    private static List<String> names(FileStorage storage) {
        return storage.list().stream().filter(name -> name.endsWith(SUFFIX)).toList();
    }

    private static long longest(FileStorage storage, List<String> names) {
        long longest = 0;
        for (String name : names) {
            try (StorageFile file = storage.open(name, Access.READ)) {
                longest = Math.max(longest, file.length());
            }
        }
        return longest;
    }

    /** Whole pages, as reads past the cache must be. */
    private static long pages(long length) {
        return (length + PAGE - 1) / PAGE * PAGE;
    }

    private static MemorySegment piece(MemorySegment all, long offset) {
        return all.asSlice(offset, Math.min(PIECE, all.byteSize() - offset));
    }

    /** Reads a file from begin to end, what is from each offset on into a place for it. */
    private static void read(
            FileStorage storage, String name, Access access, LongFunction<MemorySegment> places) {
        try (StorageFile file = storage.open(name, access)) {
            long length = file.length();
            long offset = 0;
            while (offset < length) {
                int read = file.read(places.apply(offset), offset);
                if (read == 0) {
                    throw new IllegalStateException(name + " ends at " + offset);
                }
                offset += read;
            }
        }
    }

    private static void each(IntSupplier next, IntConsumer work) {
        int shard = next.getAsInt();
        while (shard < BloomGeometry.SHARDS) {
            work.accept(shard);
            shard = next.getAsInt();
        }
    }

    /** What a thread, by its number from 0, does for the shards that it is given. */
    private interface Worker {

        void run(int thread, IntSupplier next);
    }

    /** How long so many threads take for all shards, each taking the next that is left. */
    private static double seconds(int threads, Worker worker) {
        AtomicInteger taken = new AtomicInteger();
        IntSupplier next = () -> Math.min(taken.getAndIncrement(), BloomGeometry.SHARDS);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> all = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                all.add(pool.submit(() -> worker.run(thread, next)));
            }
            for (Future<?> one : all) {
                one.get();
            }
            return (System.nanoTime() - start) / 1e9;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a loader failed", e.getCause());
        }
    }
}
