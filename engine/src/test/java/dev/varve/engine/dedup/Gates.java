package dev.varve.engine.dedup;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.SimDisk;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** A gate over a log on a simulated disk, and ids for it. Closed by the test. */
record Gates(LogStore store, BloomFilter filter, DuplicateGate gate) implements AutoCloseable {

    static final TableSpec IDS = TableSpec.deduplicated("ids");
    static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 5, 6);

    /** Of 8 bits per id for 2 M ids; so small a filter that false positives are met. */
    static final BloomGeometry SMALL = new BloomGeometry(16, 5, 1_000);

    static Gates open(LogOptions options) {
        return open(options, SMALL);
    }

    static Gates open(LogOptions options, BloomGeometry geometry) {
        LogStore store = LogStore.open(new SimDisk(), options);
        BloomFilter filter = BloomFilter.create(geometry, HASH);
        return new Gates(store, filter, DuplicateGate.over(store, store.table(IDS), filter));
    }

    /** Different numbers give different ids of 32 bytes. */
    static byte[] id(long number) {
        SplittableRandom random = new SplittableRandom(number);
        return ByteBuffer.allocate(32)
                .putLong(number)
                .putLong(random.nextLong())
                .putLong(random.nextLong())
                .putLong(random.nextLong())
                .array();
    }

    static byte[] value(long number) {
        return ByteBuffer.allocate(8).putLong(number).array();
    }

    /** A request of the ids of those numbers; the number is height and value too. */
    static IdRequest request(DuplicateGate gate, long... numbers) {
        IdRequest request = gate.newRequest(Math.max(1, numbers.length));
        for (long number : numbers) {
            request.put(id(number), number, value(number));
        }
        return request;
    }

    @Override
    public void close() {
        store.close();
        filter.close();
    }
}
