package dev.varve.jmh.peers;

import dev.varve.jmh.medium.BlockDevice;
import dev.varve.jmh.medium.PageCache;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The measurement of one store that {@link PeerLoad} filled, for one thread. Every value that a
 * lookup finds is read to its last byte and counts into a sum that must be that of the data: a
 * store that answers wrongly fails, however fast.
 */
final class PeerRun {

    private static final int PASSES = 3;
    private static final long WARM_UP_LOOKUPS = 200_000;

    /** Each waits for the disk. */
    private static final int MOST_COLD_LOOKUPS = 2_000;

    private static final int MOST_DURABLE_COMMITS = 5_000;
    private static final long DURABLE_NS = 2_000_000_000;

    private static final int PROBES_SALT = 1;

    private final Peer peer;
    private final RunSpec spec;
    private final Path directory;
    private final @Nullable BlockDevice device;
    private final Records records;
    private final Map<Metric, Measurement> results = new EnumMap<>(Metric.class);
    private final byte[] key = new byte[Records.KEY_BYTES];
    private final byte[] value = new byte[Records.VALUE_BYTES];

    PeerRun(Peer peer, RunSpec spec, Path directory) {
        this.peer = peer;
        this.spec = spec;
        this.directory = directory;
        this.device = BlockDevice.of(directory);
        this.records = new Records(spec.seed());
    }

    /**
     * Opens the store that a process left when it was killed, closes it, opens it again and reads,
     * warm and cold.
     *
     * @param loaded what that process measured
     */
    Map<Metric, Measurement> run(Map<Metric, Measurement> loaded) throws IOException {
        results.putAll(loaded);
        new PeerLoad(peer, spec, directory).warmUp();
        openKilled();
        double raw = (double) spec.records() * Records.BYTES;
        written(raw);
        put(Metric.DISK, AllocatedBytes.of(directory) / raw);
        long opening = System.nanoTime();
        try (PeerStore store = peer.open(directory, spec.records())) {
            requireFirst(store);
            put(Metric.REOPEN, millisSince(opening));
            look(store);
        }
        lookCold();
        commitDurably();
        put(Metric.MEMORY, peakMemoryMebibytes());
        return results;
    }

    private void put(Metric metric, double value) {
        results.put(metric, Measurement.of(value));
    }

    private void requireFirst(PeerStore store) throws IOException {
        records.key(0, key);
        require(store.get(key, value) == Records.VALUE_BYTES, "the first record is gone");
    }

    private void openKilled() throws IOException {
        long opening = System.nanoTime();
        PeerStore store = peer.open(directory, spec.records());
        try {
            requireFirst(store);
            put(Metric.OPEN_KILLED, millisSince(opening));
            // What was only opened is left as it was found: a clean end needs a commit.
            store.put(key.clone(), value.clone());
            store.commit();
        } catch (Throwable t) {
            store.close();
            throw t;
        }
        long closing = System.nanoTime();
        store.close();
        put(Metric.CLOSE, millisSince(closing));
    }

    /** From what the device had written before the first record to what it has written now. */
    private void written(double raw) {
        Measurement before = results.get(Metric.WRITTEN);
        if (device != null && before != null) {
            PageCache.flush(directory);
            put(Metric.WRITTEN, (device.bytesWritten() - before.value()) / raw);
        }
    }

    private void lookCold() throws IOException {
        if (device == null) {
            return; // Nobody would know whether it was cold.
        }
        int count = Math.min(spec.lookups(), MOST_COLD_LOOKUPS);
        SplittableRandom random = probes();
        byte[] expected = new byte[Records.VALUE_BYTES];
        PageCache.drop(directory, "");
        try (PeerStore store = peer.open(directory, spec.records())) {
            BlockDevice.Reads before = device.reads();
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long index = random.nextLong(spec.records());
                records.key(index, key);
                records.value(index, expected);
                require(store.get(key, value) == Records.VALUE_BYTES, "a record is gone");
                require(Arrays.equals(value, expected), "a cold copy is wrong");
            }
            put(Metric.COLD_HIT, (System.nanoTime() - start) / 1e3 / count);
            BlockDevice.Reads reads = device.reads().since(before);
            put(Metric.COLD_READS, (double) reads.calls() / count);
            put(Metric.COLD_BYTES, reads.bytes() / 1024.0 / count);
        }
    }

    private void commitDurably() throws IOException {
        Path other = Files.createDirectory(directory.resolveSibling("durable"));
        try (PeerStore store = peer.openDurable(other, MOST_DURABLE_COMMITS)) {
            long start = System.nanoTime();
            int count = 0;
            while (count < MOST_DURABLE_COMMITS && System.nanoTime() - start < DURABLE_NS) {
                byte[] newKey = new byte[Records.KEY_BYTES];
                byte[] newValue = new byte[Records.VALUE_BYTES];
                records.key(count, newKey);
                records.value(count, newValue);
                store.put(newKey, newValue);
                store.commit();
                store.force();
                count++;
            }
            put(Metric.DURABLE, count * 1e9 / (System.nanoTime() - start));
        }
        ScratchFolder.delete(other);
    }

    private void look(PeerStore store) throws IOException {
        long expected = expectedSum();
        measure(Metric.HIT, () -> require(copyAll(store) == expected, "a copy is wrong"));
        if (store instanceof PeerStore.Viewing viewing) {
            measure(Metric.VIEW, () -> require(viewAll(viewing) == expected, "a view is wrong"));
        }
        measure(Metric.MISS, () -> missAll(store));
    }

    /** As many passes as it takes until the methods are compiled, then those that count. */
    private void measure(Metric metric, Pass pass) throws IOException {
        for (long done = 0; done < WARM_UP_LOOKUPS; done += spec.lookups()) {
            pass.run();
        }
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
