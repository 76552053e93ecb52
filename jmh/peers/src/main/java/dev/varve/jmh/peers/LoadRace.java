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
 * They read once through and once past the page cache, and the faster counts.
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
        long bytes = PageCache.bytes(folder, SUFFIX);
        for (int threads : THREADS) {
            double[] raw = new double[ROUNDS];
            double[] load = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                double seconds =
                        Math.min(raw(threads, Access.READ), raw(threads, Access.READ_ONCE));
                raw[round] = bytes / seconds;
                load[round] = bytes / load(threads);
            }
            Arrays.sort(raw);
            Arrays.sort(load);
            double ratio = load[ROUNDS / 2] / raw[ROUNDS / 2];
            String name = "load, threads: " + threads;
            results.add(
                    new BenchResult(
                            suite,
                            name,
                            load[ROUNDS / 2] / 1e9,
                            load[0] / 1e9,
                            load[ROUNDS - 1] / 1e9,
                            "GB/s",
                            "raw reads of the same files",
                            ratio,
                            BenchResult.NONE,
                            Verdict.OK));
            out.printf(
                    Locale.ROOT,
                    "%-40s %,14.3f GB/s, %.2f of raw reads%n",
                    name,
                    load[ROUNDS / 2] / 1e9,
                    ratio);
        }
        return results;
    }

    /** Seconds of a load into a filter that is opened for it. */
    private double load(int threads) {
        Access access = threads > 1 ? Access.READ_ONCE : Access.READ;
        PageCache.drop(folder, SUFFIX);
        try (BloomFilter filter = files.open(hash)) {
            return seconds(
                    threads,
                    shard -> {
                        ShardLoad load = files.load(filter, shard, access);
                        if (load.state() != ShardLoad.State.LOADED
                                || !load.badChunks().isEmpty()) {
                            throw new IllegalStateException("damaged: " + load);
                        }
                    });
        }
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
