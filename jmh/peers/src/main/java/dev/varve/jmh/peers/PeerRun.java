package dev.varve.jmh.peers;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The whole measurement of one store, for one thread. Every value that a lookup finds is read to
 * its last byte and counts into a sum that must be that of the data: a store that answers wrongly
 * fails, however fast.
 */
final class PeerRun {

    private static final int PASSES = 3;

    /** Loaded into a store of their own first, so that no figure is that of the JVM's start. */
    private static final long WARM_UP_RECORDS = 100_000;

    private static final int PROBES_SALT = 1;

    private final Peer peer;
    private final RunSpec spec;
    private final Path directory;
    private final Records records;
    private final Map<Metric, Measurement> results = new EnumMap<>(Metric.class);
    private final byte[] key = new byte[Records.KEY_BYTES];
    private final byte[] value = new byte[Records.VALUE_BYTES];

    PeerRun(Peer peer, RunSpec spec, Path directory) {
        this.peer = peer;
        this.spec = spec;
        this.directory = directory;
        this.records = new Records(spec.seed());
    }

    /** Warms up, loads, closes, opens again and reads. */
    Map<Metric, Measurement> run() throws IOException {
        warmUp();
        PeerStore loaded = peer.open(directory, spec.records());
        try {
            long nanos = load(loaded, spec.records());
            put(Metric.LOAD, 1e9 * spec.records() / nanos);
            long forcing = System.nanoTime();
            loaded.force();
            nanos += System.nanoTime() - forcing;
            put(Metric.LOAD_FORCED, 1e9 * spec.records() / nanos);
        } catch (Throwable t) {
            loaded.close();
            throw t;
        }
        long closing = System.nanoTime();
        loaded.close();
        put(Metric.CLOSE, millisSince(closing));
        double raw = (double) spec.records() * Records.BYTES;
        put(Metric.DISK, AllocatedBytes.of(directory) / raw);
        long opening = System.nanoTime();
        try (PeerStore store = peer.open(directory, spec.records())) {
            records.key(0, key);
            require(store.get(key, value) == Records.VALUE_BYTES, "the first record is gone");
            put(Metric.REOPEN, millisSince(opening));
            look(store);
        }
        put(Metric.MEMORY, peakMemoryMebibytes());
        return results;
    }

    private void put(Metric metric, double value) {
        results.put(metric, Measurement.of(value));
    }

    private void warmUp() throws IOException {
        long count = Math.min(WARM_UP_RECORDS, spec.records());
        Path other = Files.createDirectory(directory.resolveSibling("warm-up"));
        try (PeerStore store = peer.open(other, count)) {
            load(store, count);
            store.force();
        }
        ScratchFolder.delete(other);
    }

    /** Returns the time that the store took. */
    private long load(PeerStore store, long total) throws IOException {
        long nanos = 0;
        for (long first = 0; first < total; first += RunSpec.BATCH_RECORDS) {
            int count = (int) Math.min(RunSpec.BATCH_RECORDS, total - first);
            // New arrays, which the store may keep, made while the clock stands still.
            byte[][] keys = new byte[count][Records.KEY_BYTES];
            byte[][] values = new byte[count][Records.VALUE_BYTES];
            for (int i = 0; i < count; i++) {
                records.key(first + i, keys[i]);
                records.value(first + i, values[i]);
            }
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                store.put(keys[i], values[i]);
            }
            store.commit();
            nanos += System.nanoTime() - start;
        }
        return nanos;
    }

    private void look(PeerStore store) throws IOException {
        long expected = expectedSum();
        measure(Metric.HIT, () -> require(copyAll(store) == expected, "a copy is wrong"));
        if (store instanceof PeerStore.Viewing viewing) {
            measure(Metric.VIEW, () -> require(viewAll(viewing) == expected, "a view is wrong"));
        }
        measure(Metric.MISS, () -> missAll(store));
    }

    /** One pass to warm up, then those that count. */
    private void measure(Metric metric, Pass pass) throws IOException {
        pass.run();
        double[] nanos = new double[PASSES];
        for (int i = 0; i < PASSES; i++) {
            long start = System.nanoTime();
            pass.run();
            nanos[i] = (double) (System.nanoTime() - start) / spec.lookups();
        }
        results.put(metric, Measurement.ofPasses(nanos));
    }

    private SplittableRandom probes() {
        return new SplittableRandom(spec.seed() + PROBES_SALT);
    }

    private long expectedSum() {
        SplittableRandom random = probes();
        long sum = 0;
        for (int i = 0; i < spec.lookups(); i++) {
            records.value(random.nextLong(spec.records()), value);
            sum += Records.sum(value);
        }
        return sum;
    }

    private long copyAll(PeerStore store) throws IOException {
        SplittableRandom random = probes();
        long sum = 0;
        for (int i = 0; i < spec.lookups(); i++) {
            records.key(random.nextLong(spec.records()), key);
            require(store.get(key, value) == Records.VALUE_BYTES, "a record is gone");
            sum += Records.sum(value);
        }
        return sum;
    }

    private long viewAll(PeerStore.Viewing store) throws IOException {
        SplittableRandom random = probes();
        Summing summing = new Summing();
        for (int i = 0; i < spec.lookups(); i++) {
            records.key(random.nextLong(spec.records()), key);
            require(store.view(key, summing), "a record is gone");
        }
        return summing.sum;
    }

    private void missAll(PeerStore store) throws IOException {
        SplittableRandom random = probes();
        for (int i = 0; i < spec.lookups(); i++) {
            records.absentKey(random.nextLong(spec.records()), key);
            require(store.get(key, value) == PeerStore.MISSING, "a record that nobody put");
        }
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(peer.id() + ": " + otherwise + "; " + spec);
        }
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    /** The most that was ever resident, as Linux counts it; not a number elsewhere. */
    private static double peakMemoryMebibytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return Double.NaN;
        }
        return Files.readAllLines(status, StandardCharsets.US_ASCII).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElse(Double.NaN);
    }

    /** Reads values where they lie. */
    private static final class Summing implements Consumer<MemorySegment> {

        private long sum;

        @Override
        public void accept(MemorySegment value) {
            sum += Records.sum(value);
        }
    }

    /** All lookups of one kind. */
    private interface Pass {
        void run() throws IOException;
    }
}
