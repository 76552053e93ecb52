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

/**
 * Loads a filter from its files, beside raw reads of the same files by as many threads, in turns of
 * which each begins with none of them in the page cache. A raw reader reads pieces of 1 MiB into
 * the same memory again and again, which never leaves its cache; so it is the limit, not a peer.
 * They read once through and once past the page cache, and the faster counts. A filter is loaded
 * twice, the second time into memory that it has: the difference is what the system takes to give
 * it, which some hosts of virtual machines do slower than a disk reads.
 */
final class LoadRace {

    private static final int ROUNDS = 3;
    private static final int[] THREADS = {1, 2, 4};
    private static final int PIECE = 1 << 20;
    private static final int PAGE = 4096;
    private static final String SUFFIX = ".shard";

    private final String suite;
    private final Path folder;
    private final FilterFiles files;
    private final IdHash hash;

    LoadRace(String suite, Path folder, FilterFiles files, IdHash hash) {
        this.suite = suite;
        this.folder = folder;
        this.files = files;
        this.hash = hash;
    }

    List<BenchResult> run(PrintStream out) {
        List<BenchResult> results = new ArrayList<>();
        for (int threads : THREADS) {
            double[] raw = new double[ROUNDS];
            double[] load = new double[ROUNDS];
            double[] again = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                raw[round] =
                        Math.min(raw(threads, Access.READ), raw(threads, Access.READ_ONCE));
                try (BloomFilter filter = files.open(hash)) {
                    load[round] = load(filter, threads);
                    again[round] = load(filter, threads);
                }
            }
            results.add(rate("load, threads: " + threads, load, raw));
            results.add(rate("load, its memory there, threads: " + threads, again, raw));
        }
        for (BenchResult result : results) {
            out.printf(
                    Locale.ROOT,
                    "%-40s %,14.3f GB/s, %.2f of raw reads%n",
                    result.name(),
                    result.value(),
                    result.ratio());
        }
        return results;
    }

    private BenchResult rate(String name, double[] seconds, double[] rawSeconds) {
        double gigabytes = PageCache.bytes(folder, SUFFIX) / 1e9;
        Arrays.sort(seconds);
        Arrays.sort(rawSeconds);
        return new BenchResult(
                suite,
                name,
                gigabytes / seconds[ROUNDS / 2],
                gigabytes / seconds[ROUNDS - 1],
                gigabytes / seconds[0],
                "GB/s",
                "raw reads of the same files",
                rawSeconds[ROUNDS / 2] / seconds[ROUNDS / 2],
                BenchResult.NONE,
                Verdict.OK);
    }

    /** Seconds of a load; the first one into a filter also has to take its memory. */
    private double load(BloomFilter filter, int threads) {
        Access access = threads > 1 ? Access.READ_ONCE : Access.READ;
        PageCache.drop(folder, SUFFIX);
        return seconds(
                threads,
                shard -> {
                    ShardLoad load = files.load(filter, shard, access);
                    if (load.state() != ShardLoad.State.LOADED || !load.badChunks().isEmpty()) {
                        throw new IllegalStateException("damaged: " + load);
                    }
                });
    }

    private double raw(int threads, Access access) {
        PageCache.drop(folder, SUFFIX);
        try (FileStorage storage = new FileStorage(folder)) {
            List<String> names =
                    storage.list().stream().filter(name -> name.endsWith(SUFFIX)).toList();
            return seconds(threads, shard -> readWhole(storage, names.get(shard), access));
        }
    }

    private static void readWhole(FileStorage storage, String name, Access access) {
        try (StorageFile file = storage.open(name, access);
                Arena arena = Arena.ofShared()) {
            MemorySegment piece = arena.allocate(PIECE, PAGE);
            long offset = 0;
            int read;
            do {
                read = file.read(piece, offset);
                offset += read;
            } while (read == PIECE);
        }
    }

    /** How long so many threads take for all shards, each taking the next that is left. */
    private static double seconds(int threads, IntConsumer work) {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> all = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < threads; i++) {
                all.add(
                        pool.submit(
                                () -> {
                                    int shard = next.getAndIncrement();
                                    while (shard < BloomGeometry.SHARDS) {
                                        work.accept(shard);
                                        shard = next.getAndIncrement();
                                    }
                                }));
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
