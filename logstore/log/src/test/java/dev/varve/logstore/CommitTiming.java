package dev.varve.logstore;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Times durable commits beside writing and forcing the same bytes in a preallocated file, in turns
 * in one process; then commits of many threads. Not a test: run it by its main with a folder to
 * use.
 */
final class CommitTiming {

    private static final int ROUNDS = 40;

    /** The first rounds are those of cold code. */
    private static final int WARM_FROM = 16;

    private static final int COMMITS = 1_000;
    private static final int COMMITTERS = 64;

    /** BEGIN, one record of a 32-byte key and a 100-byte value, COMMIT. */
    private static final int FRAME_BYTES = 64 + 160 + 32;

    private CommitTiming() {}

    public static void main(String[] arguments)
            throws IOException, InterruptedException, ExecutionException {
        double[] ratios = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            Path folder = Files.createDirectory(Path.of(arguments[0]).resolve("round-" + round));
            double raw = raw(folder.resolve("raw"));
            double own = commits(folder.resolve("store"));
            ratios[round] = raw / own;
            System.out.printf(
                    Locale.ROOT,
                    "round %d: raw write and force %.1f us, durable commit %.1f us, %.1f %% of the"
                            + " raw rate%n",
                    round,
                    raw / 1e3,
                    own / 1e3,
                    100 * ratios[round]);
        }
        double[] warm = Arrays.copyOfRange(ratios, WARM_FROM, ROUNDS);
        Arrays.sort(warm);
        System.out.printf(
                Locale.ROOT,
                "median of the rounds from %d on: %.1f %%%n",
                WARM_FROM,
                100 * (warm[(warm.length - 1) / 2] + warm[warm.length / 2]) / 2);
        many(Path.of(arguments[0]).resolve("many"));
    }

    private static double raw(Path directory) {
        try (Storage storage = new FileStorage(directory);
                Arena arena = Arena.ofShared();
                StorageFile file = storage.create("raw")) {
            file.write(arena.allocate((long) FRAME_BYTES * COMMITS, 4096), 0);
            file.force();
            MemorySegment frame = arena.allocate(FRAME_BYTES);
            long start = System.nanoTime();
            for (int i = 0; i < COMMITS; i++) {
                frame.fill((byte) i);
                file.write(frame, (long) i * FRAME_BYTES);
                file.force();
            }
            return (System.nanoTime() - start) / (double) COMMITS;
        }
    }

    private static double commits(Path directory) {
        try (LogStore store = LogStore.open(directory, LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("t"));
            byte[] key = new byte[32];
            byte[] value = new byte[100];
            long start = System.nanoTime();
            for (int i = 0; i < COMMITS; i++) {
                key[i & 31]++;
                store.commit(batch.clear().put(table, i, key, value));
            }
            return (System.nanoTime() - start) / (double) COMMITS;
        }
    }

    private static void many(Path directory)
            throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newFixedThreadPool(COMMITTERS);
                LogStore store = LogStore.open(directory, LogOptions.defaults())) {
            Table table = store.table(TableSpec.byKey("t"));
            for (int round = 0; round < 6; round++) {
                long forces = store.stats().forces();
                long start = System.nanoTime();
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < COMMITTERS; i++) {
                    byte committer = (byte) i;
                    all.add(threads.submit(() -> commitMany(store, table, committer)));
                }
                for (Future<?> one : all) {
                    one.get();
                }
                double seconds = (System.nanoTime() - start) / 1e9;
                long commits = (long) COMMITTERS * COMMITS;
                System.out.printf(
                        Locale.ROOT,
                        "%d committers: %.0f durable commits/s, %.1f commits to a force%n",
                        COMMITTERS,
                        commits / seconds,
                        commits / (double) (store.stats().forces() - forces));
            }
        }
    }

    private static void commitMany(LogStore store, Table table, byte committer) {
        try (Batch batch = store.newBatch()) {
            byte[] key = new byte[32];
            key[31] = committer;
            for (int i = 0; i < COMMITS; i++) {
                key[i & 15]++;
                store.commit(batch.clear().put(table, i, key, new byte[100]));
            }
        }
    }
}
