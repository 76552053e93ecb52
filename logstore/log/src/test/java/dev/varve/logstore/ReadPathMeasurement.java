package dev.varve.logstore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * What a lookup costs, warm and cold, by each advice: the figures of decision 0021. A program, run
 * by hand on a machine that does nothing else: the folder to work in, how many records.
 *
 * <p>Cold means that the files were dropped from the page cache with dd's nocache; bytes read are
 * those that Linux counts for the process. Start it with and without native access to see what the
 * advice to the system does.
 */
final class ReadPathMeasurement {

    private static final int KEY_LENGTH = 32;
    private static final int VALUE_LENGTH = 100;
    private static final int COLD_LOOKUPS = 2_000;
    private static final int WARM_LOOKUPS = 1_000_000;
    private static final int PASSES = 4;
    private static final TableSpec SPEC = TableSpec.byKey("records");

    private final Path directory;
    private final long records;

    /** Those of sealed segments. */
    private final long readable;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment key = arena.allocate(KEY_LENGTH);
    private final MemorySegment value = arena.allocate(VALUE_LENGTH);
    private long seen;

    private ReadPathMeasurement(Path directory, long records) {
        this.directory = directory;
        this.records = records;
        this.readable = records * 3 / 4;
    }

    /** Arguments: a folder that does not exist yet, and how many records, 3 million or more. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Path.of(arguments[0]);
        ReadPathMeasurement measurement =
                new ReadPathMeasurement(directory, Long.parseLong(arguments[1]));
        measurement.load();
        System.out.printf(
                Locale.ROOT,
                "native access: %s%n",
                LogStore.class.getModule().isNativeAccessEnabled());
        for (ReadAdvice advice : ReadAdvice.values()) {
            measurement.cold(advice);
        }
        for (ReadCheck check : ReadCheck.values()) {
            for (ReadAdvice advice : ReadAdvice.values()) {
                measurement.warm(advice, check);
            }
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private static LogOptions options(ReadCheck check) {
        return LogOptions.bulk().withSegmentBytes(128 << 20).withReadCheck(check);
    }

    private MemorySegment key(long index) {
        SplittableRandom random = new SplittableRandom(index);
        for (int i = 0; i < KEY_LENGTH; i += Long.BYTES) {
            key.set(ValueLayout.JAVA_LONG, i, random.nextLong());
        }
        return key;
    }

    private void load() {
        try (LogStore store = LogStore.open(directory, options(ReadCheck.CHECKSUM));
                Batch batch = store.newBatch()) {
            Table table = store.table(SPEC);
            for (long i = 0; i < records; i++) {
                batch.put(table, i, key(i), value);
                if (batch.count() == 1_000) {
                    store.commit(batch);
                    batch.clear();
                }
            }
            store.commit(batch).awaitDurable();
        }
    }

    private void cold(ReadAdvice advice) throws IOException, InterruptedException {
        try (LogStore store = LogStore.open(directory, options(ReadCheck.CHECKSUM))) {
            Table table = store.table(SPEC.withReadAdvice(advice));
            Snapshot snapshot = store.snapshot();
            dropCaches();
            long bytes = bytesRead();
            double ns = lookUp(snapshot, table, COLD_LOOKUPS, 1);
            bytes = bytesRead() - bytes;
            System.out.printf(
                    Locale.ROOT,
                    "cold get   %-10s %8.1f us  %9d bytes read for each record%n",
                    advice,
                    ns / 1e3,
                    bytes / COLD_LOOKUPS);
        }
    }

    private void warm(ReadAdvice advice, ReadCheck check) {
        try (LogStore store = LogStore.open(directory, options(check))) {
            Table table = store.table(SPEC.withReadAdvice(advice));
            Snapshot snapshot = store.snapshot();
            double get = Double.MAX_VALUE;
            double view = Double.MAX_VALUE;
            for (int pass = 0; pass < PASSES; pass++) {
                get = Math.min(get, lookUp(snapshot, table, WARM_LOOKUPS, pass));
                view = Math.min(view, look(snapshot, table, pass));
            }
            System.out.printf(
                    Locale.ROOT,
                    "warm %-10s %-8s  get %6.0f ns  view %6.0f ns  (making keys included)%n",
                    advice,
                    check,
                    get,
                    view);
        }
    }

    private double lookUp(Snapshot snapshot, Table table, int lookups, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long start = System.nanoTime();
        for (int i = 0; i < lookups; i++) {
            long length = snapshot.get(table, key(random.nextLong(readable)), value);
            if (length != VALUE_LENGTH) {
                throw new IllegalStateException("a record is not found");
            }
        }
        return (double) (System.nanoTime() - start) / lookups;
    }

    private double look(Snapshot snapshot, Table table, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long start = System.nanoTime();
        for (int i = 0; i < WARM_LOOKUPS; i++) {
            snapshot.find(table, key(random.nextLong(readable)), this::see);
        }
        return (double) (System.nanoTime() - start) / WARM_LOOKUPS;
    }

    private Boolean see(LogRecord record) {
        seen += record.valueMemory().get(ValueLayout.JAVA_BYTE, record.valueOffset());
        return seen < 0;
    }

    private void dropCaches() throws IOException, InterruptedException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Process dd =
                        new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0")
                                .redirectErrorStream(true)
                                .start();
                dd.getInputStream().readAllBytes();
                if (dd.waitFor() != 0) {
                    throw new IOException("dd could not drop " + file);
                }
            }
        }
    }

    private static long bytesRead() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("read_bytes: "))
                .mapToLong(line -> Long.parseLong(line.substring("read_bytes: ".length())))
                .sum();
    }
}
