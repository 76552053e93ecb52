package dev.varve.logstore;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Measures what the index costs: a load, a close, an open behind either, and lookups. To be run by
 * hand, one step to a process: {@code load|kill DIR FROM COUNT VALUE_BYTES [SEGMENTS|thread]},
 * {@code open DIR COUNT}. A {@code kill} loads and ends the process without closing; SEGMENTS may
 * wait for their runs, or a thread writes them.
 */
final class StoreMeasurement {

    private static final int KEY_BYTES = 32;
    private static final int PER_COMMIT = 1000;
    private static final long LOOKUPS = 1_000_000;

    private StoreMeasurement() {}

    public static void main(String[] args) {
        Path directory = Path.of(args[1]);
        switch (args[0]) {
            case "load", "kill" -> load(args, directory);
            case "open" -> open(directory, Long.parseLong(args[2]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void print(String what, double value, String unit) {
        System.out.printf(Locale.ROOT, "%-28s %14.3f %s%n", what, value, unit);
    }

    private static void fillKey(MemorySegment key, long n) {
        long word = n;
        for (long at = 0; at < KEY_BYTES; at += Long.BYTES) {
            word = (word + 0x9E37_79B9_7F4A_7C15L) * 0xBF58_476D_1CE4_E5B9L;
            word ^= word >>> 29;
            key.set(ValueLayout.JAVA_LONG, at, word);
        }
    }

    private static void load(String[] args, Path directory) {
        long from = Long.parseLong(args[2]);
        long count = Long.parseLong(args[3]);
        int valueBytes = Integer.parseInt(args[4]);
        LogOptions options = LogOptions.bulk();
        if (args.length > 5) {
            options =
                    args[5].equals("thread")
                            ? options.withMaintenance(Thread::new)
                            : options.withIndex(
                                    options.index()
                                            .withMaxUnindexedSegments(Integer.parseInt(args[5])));
        }
        LogStore store = LogStore.open(directory, options);
        Table table = store.table(TableSpec.byKey("t"));
        long start = System.nanoTime();
        try (Arena arena = Arena.ofConfined();
                Batch batch = store.newBatch()) {
            MemorySegment key = arena.allocate(KEY_BYTES);
            MemorySegment value = arena.allocate(valueBytes);
            for (long n = from; n < from + count; n++) {
                fillKey(key, n);
                value.set(ValueLayout.JAVA_LONG, 0, n);
                batch.put(table, n, key, value);
                if (batch.count() == PER_COMMIT || n == from + count - 1) {
                    store.commit(batch);
                    batch.clear();
                }
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        print("load", count / seconds / 1e6, "M records/s");
        printStats(store, count * (KEY_BYTES + valueBytes));
        if (args[0].equals("kill")) {
            Runtime.getRuntime().halt(0);
        }
        start = System.nanoTime();
        while (store.maintain()) {
            // all runs, all merges
        }
        print("maintain", (System.nanoTime() - start) / 1e6, "ms");
        printStats(store, count * (KEY_BYTES + valueBytes));
        start = System.nanoTime();
        store.close();
        print("close", (System.nanoTime() - start) / 1e6, "ms");
    }

    private static void printStats(LogStore store, long rawBytes) {
        LogStats stats = store.stats();
        IndexStats index = stats.index();
        IndexStats.Activity done = index.activity();
        double records = (double) stats.records();
        print("records", records / 1e6, "M");
        print("runs", index.runs(), "");
        print("unindexed segments", index.unindexedSegments(), "");
        print("stalls", (double) done.stalls(), "");
        print("log on disk", stats.diskBytes() / records, "B/record");
        print("index on disk", stats.disk().index() / records, "B/record");
        print("hot", stats.memory().hotBytes() / records, "B/record");
        print("pinned", stats.memory().pinnedBytes() / records, "B/record");
        print("cache", stats.memory().cacheBytes() / 1e6, "MB");
        print("run bytes written", done.runBytes() / records, "B/record");
        print("merge bytes written", done.mergeBytes() / records, "B/record");
        print(
                "written / raw",
                (double) (stats.diskBytes() + done.runBytes() + done.mergeBytes()
                                + stats.activity().manifestBytes())
                        / rawBytes,
                "");
    }

    private static void open(Path directory, long count) {
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            LogStore store = LogStore.open(directory, LogOptions.bulk());
            print("open", (System.nanoTime() - start) / 1e6, "ms");
            RecoveryReport report = store.recoveryReport();
            print("scanned", report.scannedBytes() / 1e6, "MB, " + report.outcome());
            if (i == 2) {
                lookups(store, count, 0, "hit");
                lookups(store, count, count * 10, "miss");
                print("pinned", store.stats().memory().pinnedBytes() / (double) count, "B/record");
                print("cache", store.stats().memory().cacheBytes() / 1e6, "MB");
            }
            store.close();
        }
    }

    private static void lookups(LogStore store, long count, long first, String what) {
        Table table = store.findTable("t");
        if (table == null) {
            throw new IllegalStateException("not a store that was loaded here");
        }
        Snapshot snapshot = store.snapshot();
        MemorySegment key = Arena.ofAuto().allocate(KEY_BYTES);
        for (int round = 0; round < 2; round++) {
            long found = 0;
            long start = System.nanoTime();
            long n = 1;
            for (long i = 0; i < LOOKUPS; i++) {
                n = n * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
                fillKey(key, first + Math.floorMod(n >>> 16, count));
                found += snapshot.get(table, key) == null ? 0 : 1;
            }
            print(what + ", found " + found, (System.nanoTime() - start) / (double) LOOKUPS, "ns");
        }
    }
}
