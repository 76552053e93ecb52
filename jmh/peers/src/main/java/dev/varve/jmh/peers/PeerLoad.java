package dev.varve.jmh.peers;

import dev.varve.jmh.medium.BlockDevice;
import dev.varve.jmh.medium.PageCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Fills one store, for one thread. As a program it fills the store, forces it, notes how long that
 * took and ends as if it was killed: nothing is closed, no hook runs.
 */
final class PeerLoad {

    /** What the program ends with when all went well. */
    static final int KILLED = 9;

    /** Loaded into a store of their own first, so that no figure is that of the JVM's start. */
    private static final long WARM_UP_RECORDS = 100_000;

    private final Peer peer;
    private final RunSpec spec;
    private final Path directory;
    private final Records records;

    PeerLoad(Peer peer, RunSpec spec, Path directory) {
        this.peer = peer;
        this.spec = spec;
        this.directory = directory;
        this.records = new Records(spec.seed());
    }

    /** Arguments as those of {@link PeerMain}. */
    public static void main(String[] arguments) {
        Path scratch = Path.of(arguments[1]);
        PeerMain.endWithParent(scratch);
        int code = PeerMain.run(() -> loadAll(List.of(arguments), scratch));
        Runtime.getRuntime().halt(code == 0 ? KILLED : code);
    }

    private static void loadAll(List<String> arguments, Path scratch) throws IOException {
        Peer peer = Peer.named(arguments.get(0));
        RunSpec spec = RunSpec.parse(arguments.subList(2, arguments.size()));
        new PeerLoad(peer, spec, PeerMain.storeIn(scratch)).run(ResultFile.ofLoad(scratch));
    }

    /** Leaves the store open. */
    private void run(ResultFile file) throws IOException {
        warmUp();
        Map<Metric, Measurement> results = new EnumMap<>(Metric.class);
        BlockDevice device = BlockDevice.of(directory);
        if (device != null) {
            PageCache.flush(directory);
            results.put(Metric.WRITTEN, Measurement.of((double) device.bytesWritten()));
        }
        PeerStore store = peer.open(directory, spec.records());
        long nanos = load(store, spec.records());
        results.put(Metric.LOAD, Measurement.of(1e9 * spec.records() / nanos));
        long forcing = System.nanoTime();
        store.force();
        nanos += System.nanoTime() - forcing;
        results.put(Metric.LOAD_FORCED, Measurement.of(1e9 * spec.records() / nanos));
        file.write(results);
    }

    /** Fills a small store beside the one that is measured, and removes it. */
    void warmUp() throws IOException {
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
}
