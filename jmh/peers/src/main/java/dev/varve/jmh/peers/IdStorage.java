package dev.varve.jmh.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What an id takes elsewhere: in RocksDB, as key of as small a value, and in a set on the heap, in
 * a process of its own, as many of them as its memory holds. One use, one thread.
 */
final class IdStorage {

    /** The value beside an id, in every store. */
    static final int VALUE_BYTES = 8;

    private static final int BATCH = 10_000;

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
        set();
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

    private void set() {
        long size = HeapSet.fitting(count, FigureChild.usableMemory());
        if (size == 0) {
            throw new IllegalStateException("no memory for a set of ids");
        }
        if (size < count) {
            report.say("the set on the heap has room for " + size + " ids, not for " + count);
        }
        report.storage("HashSet of ByteBuffer, heap", HeapSet.bytes(size), size);
    }
}
