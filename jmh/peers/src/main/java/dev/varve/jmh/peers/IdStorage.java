package dev.varve.jmh.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an id takes elsewhere: in RocksDB, as key of as small a value, and in a set on the heap,
 * where at most two million are measured. One use, one thread.
 */
final class IdStorage {

    /** The value beside an id, in every store. */
    static final int VALUE_BYTES = 8;

    private static final int BATCH = 10_000;
    private static final long MOST_IN_SET = 2_000_000;

    private final long count;
    private final DedupReport report;
    private final NumberedIds ids = new NumberedIds(BATCH);

    IdStorage(long count, DedupReport report) {
        this.count = count;
        this.report = report;
    }

    void run(Path folder) throws IOException {
        Files.createDirectory(folder);
        long start = System.nanoTime();
        try (RocksStore rocks = RocksStore.plain(folder, count)) {
            for (long from = 0; from < count; from += BATCH) {
                int size = (int) Math.min(BATCH, count - from);
                ids.write(from, size);
                for (int i = 0; i < size; i++) {
                    rocks.put(ids.id(i), new byte[VALUE_BYTES]);
                }
                rocks.commit();
                rocks.force();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        report.tell("rocksdb, fill without asking, durably", count / seconds / 1e6, "M ids/s");
        report.storage("rocksdb, on disk", bytes(folder), count);
        set(Math.min(count, MOST_IN_SET));
    }

    private static double bytes(Path folder) throws IOException {
        double bytes = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private void set(long size) {
        long before = usedHeap();
        Set<ByteBuffer> set = new HashSet<>();
        for (long from = 0; from < size; from += BATCH) {
            int some = (int) Math.min(BATCH, size - from);
            ids.write(from, some);
            for (int i = 0; i < some; i++) {
                set.add(ByteBuffer.wrap(ids.id(i)));
            }
        }
        double bytes = (double) usedHeap() - before;
        report.storage("HashSet of ByteBuffer, heap", bytes, set.size());
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
