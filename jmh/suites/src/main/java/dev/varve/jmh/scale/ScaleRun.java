package dev.varve.jmh.scale;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.medium.BlockDevice;
import dev.varve.jmh.medium.PageCache;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.IoCounts;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One store from its first record to cold lookups. Every value that a lookup finds is compared with
 * the one that was put, every miss must miss. For one thread.
 */
final class ScaleRun {

    static final String SUITE = "scale";

    static final TableSpec TABLE = TableSpec.byKey("records");
    private static final int BATCH = 10_000;
    private static final int OPENINGS = 5;
    private static final int READERS = 32;
    private static final long ABSENT = 1;

    private final ScaleSpec spec;
    private final PrintStream out;
    private final @Nullable BlockDevice device;
    private final List<BenchResult> results = new ArrayList<>();
    private final MemorySegment key = MemorySegment.ofArray(new byte[KeyShape.LENGTH]);
    private final Values values;

    /**
     * @param parent exists, and will hold the store's folder
     */
    ScaleRun(ScaleSpec spec, Path parent, PrintStream out) {
        this.spec = spec;
        this.out = out;
        this.device = BlockDevice.of(parent);
        this.values = new Values(spec.valueBytes());
    }

    List<BenchResult> run() {
        load();
        openings();
        out.println("lookups, everything in the page cache as far as it fits");
        warmLookups("");
        coldLookups();
        merge();
        warmLookups("one run: ");
        return results;
    }

    // ---- loading

    private void load() {
        out.println("loading " + spec.records() + " records, " + spec.keys().label() + " keys");
        CountingStorage counting = new CountingStorage(new FileStorage(spec.folder()));
        long nanos;
        try (LogStore store = LogStore.open(counting, LogOptions.bulk())) {
            nanos = loadInto(store);
            long forcing = System.nanoTime();
            store.force();
            long forced = nanos + System.nanoTime() - forcing;
            plain("load, forced at the end", perSecond(forced), "rec/s");
        }
        plain("load", perSecond(nanos), "rec/s");
        double raw = (double) spec.rawBytes();
        double log = (double) PageCache.bytes(spec.folder(), ".log");
        double all = (double) PageCache.bytes(spec.folder(), "");
        plain("bytes written / raw", counting.counts().bytesWritten() / raw, "B/B");
        plain("bytes written / log", counting.counts().bytesWritten() / log, "B/B");
        plain("disk / raw", all / raw, "B/B");
        plain("index on disk", (all - log) / spec.records(), "B/record");
    }

    private double perSecond(long nanos) {
        return spec.records() * 1e9 / nanos;
    }

    /** Makes the records of a batch while the clock stands still. */
    private long loadInto(LogStore store) {
        Table table = store.table(TABLE);
        MemorySegment keys = MemorySegment.ofArray(new byte[BATCH * KeyShape.LENGTH]);
        MemorySegment all = MemorySegment.ofArray(new byte[BATCH * spec.valueBytes()]);
        long nanos = 0;
        try (Batch batch = store.newBatch()) {
            for (long first = 0; first < spec.records(); first += BATCH) {
                int count = (int) Math.min(BATCH, spec.records() - first);
                for (int i = 0; i < count; i++) {
                    spec.keys().fill(keyOf(keys, i), spec.seed(), first + i);
                    values.fill(valueOf(all, i), first + i);
                }
                long start = System.nanoTime();
                for (int i = 0; i < count; i++) {
                    batch.put(table, first + i, keyOf(keys, i), valueOf(all, i));
                }
                store.commit(batch);
                batch.clear();
                nanos += System.nanoTime() - start;
            }
        }
        return nanos;
    }

    private static MemorySegment keyOf(MemorySegment keys, int index) {
        return keys.asSlice((long) index * KeyShape.LENGTH, KeyShape.LENGTH);
    }

    private MemorySegment valueOf(MemorySegment all, int index) {
        return all.asSlice((long) index * spec.valueBytes(), spec.valueBytes());
    }

    // ---- opening

    private void openings() {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < OPENINGS; i++) {
            best = Math.min(best, millisToOpen());
        }
        plain("open after close, best of " + OPENINGS, best, "ms");
        PageCache.drop(spec.folder(), "");
        plain("open after close, nothing in the page cache", millisToOpen(), "ms");
    }

    private double millisToOpen() {
        long start = System.nanoTime();
        try (LogStore store = LogStore.open(spec.folder(), LogOptions.bulk())) {
            double millis = (System.nanoTime() - start) / 1e6;
            if (store.stats().records() < spec.records()) {
                throw new IllegalStateException("records are gone: " + store.stats());
            }
            return millis;
        }
    }

    // ---- looking up

    /** Makes one run of the index, as an embedder may who writes no more. */
    private void merge() {
        out.println("making one run of the index, the lookups once more");
        CountingStorage counting = new CountingStorage(new FileStorage(spec.folder()));
        try (LogStore store = LogStore.open(counting, LogOptions.bulk())) {
            IoCounts before = counting.counts();
            long start = System.nanoTime();
            store.mergeIndex();
            plain("one run: merged in", (System.nanoTime() - start) / 1e9, "s");
            if (store.stats().index().runs() != 1) {
                throw new IllegalStateException("not one run: " + store.stats().index());
            }
            double bytes = (double) counting.counts().since(before).bytesWritten();
            plain("one run: bytes written / raw", bytes / spec.rawBytes(), "B/B");
        }
    }

    private void warmLookups(String stage) {
        PageCache.load(spec.folder(), "");
        try (LogStore store = LogStore.open(spec.folder(), LogOptions.bulk())) {
            Lookups lookups = new Lookups(store);
            for (int pass = 0; pass < 3; pass++) {
                String note = pass == 0 ? " (first pass)" : "";
                warm(stage + "hit, copied" + note, lookups, lookups::hit);
                warm(stage + "view" + note, lookups, lookups::view);
                warm(stage + "miss" + note, lookups, lookups::miss);
            }
            plain(stage + "index in native memory", (double) store.stats().indexBytes(), "B");
        }
    }

    private void warm(String name, Lookups lookups, Runnable lookup) {
        plain(name, lookups.time(spec.lookups(), lookup), "ns");
    }

    private void coldLookups() {
        if (spec.coldLookups() == 0) {
            return;
        }
        out.println("lookups, the page cache dropped");
        cold("cold hit, index resident", ".log", Kind.HIT);
        cold("cold miss, index resident", ".log", Kind.MISS);
        cold("cold hit, index cold", "", Kind.HIT);
        results.addAll(new ReaderRace(spec, READERS, device, out).run());
    }

    private void cold(String name, String dropped, Kind kind) {
        PageCache.load(spec.folder(), ".run");
        PageCache.drop(spec.folder(), dropped);
        CountingStorage counting = new CountingStorage(new FileStorage(spec.folder()));
        try (LogStore store = LogStore.open(counting, LogOptions.bulk())) {
            Lookups lookups = new Lookups(store);
            if (!dropped.isEmpty()) {
                makeIndexResident(lookups);
            }
            IoCounts before = counting.counts();
            BlockDevice.Reads reads = device == null ? null : device.reads();
            double nanos =
                    lookups.time(
                            spec.coldLookups(),
                            kind == Kind.HIT ? lookups::hit : lookups::miss);
            double count = (double) spec.coldLookups();
            plain(name, nanos, "ns");
            plain(name + ", at the seam", counting.counts().since(before).reads() / count, "reads");
            if (device != null && reads != null) {
                BlockDevice.Reads since = device.reads().since(reads);
                plain(name + ", at the device", since.calls() / count, "reads");
                plain(name + ", bytes at the device", since.bytes() / count, "B");
            }
        }
    }

    /** Looks up as many others, and lets go of the records that this brought into memory. */
    private void makeIndexResident(Lookups lookups) {
        lookups.time(2 * spec.coldLookups(), lookups::hit);
        PageCache.drop(spec.folder(), ".log");
    }

    private void plain(String name, double value, String unit) {
        results.add(BenchResult.plain(SUITE, name, value, unit));
        out.printf(Locale.ROOT, "  %s: %.6g %s%n", name, value, unit);
    }

    private enum Kind {
        HIT,
        MISS
    }

    /** Random lookups in one store. */
    private final class Lookups {
        private final Table table;
        private final Snapshot snapshot;
        private final MemorySegment expected =
                MemorySegment.ofArray(new byte[spec.valueBytes()]);
        private SplittableRandom random = new SplittableRandom(spec.seed());

        Lookups(LogStore store) {
            table = store.table(TABLE);
            snapshot = store.snapshot();
        }

        double time(long count, Runnable lookup) {
            random = new SplittableRandom(spec.seed() + count);
            long start = System.nanoTime();
            for (long i = 0; i < count; i++) {
                lookup.run();
            }
            return (System.nanoTime() - start) / (double) count;
        }

        void hit() {
            long index = random.nextLong(spec.records());
            spec.keys().fill(key, spec.seed(), index);
            byte[] value = snapshot.get(table, key);
            values.fill(expected, index);
            require(value != null && expected.mismatch(MemorySegment.ofArray(value)) < 0);
        }

        void view() {
            long index = random.nextLong(spec.records());
            spec.keys().fill(key, spec.seed(), index);
            values.fill(expected, index);
            Boolean found = snapshot.find(table, key, this::isExpected);
            require(Boolean.TRUE.equals(found));
        }

        private Boolean isExpected(LogRecord found) {
            return expected.mismatch(found.value()) < 0;
        }

        void miss() {
            spec.keys().fill(key, spec.seed() + ABSENT, random.nextLong(spec.records()));
            require(snapshot.get(table, key) == null);
        }

        private void require(boolean condition) {
            if (!condition) {
                throw new IllegalStateException("a lookup answered wrongly");
            }
        }
    }
}
