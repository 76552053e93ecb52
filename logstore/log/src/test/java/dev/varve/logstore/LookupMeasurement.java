package dev.varve.logstore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/**
 * What a warm lookup costs, and each step of it: the figures of decision 0021. A program, run by
 * hand on a machine that does nothing else: the folder of the store, which is loaded if it is
 * absent and left as it is; how many records; what to measure: {@code all}, or the names of lines;
 * if the runs are to be merged first, {@code merged}, or {@code filtered} for all with a filter.
 *
 * <p>Keys are made as {@code varve bench peers} makes them, and that counts.
 */
final class LookupMeasurement {

    private static final int KEY_LENGTH = 32;
    private static final int VALUE_LENGTH = 100;
    private static final int LOOKUPS = 1_000_000;
    private static final int PASSES = 5;
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private final long records;
    private final String wanted;
    private final byte[] keyBytes = new byte[KEY_LENGTH];
    private final MemorySegment key = MemorySegment.ofArray(keyBytes);
    private final byte[] valueBytes = new byte[VALUE_LENGTH];
    private final MemorySegment value = MemorySegment.ofArray(valueBytes);
    private long seen;

    private LookupMeasurement(long records, String wanted) {
        this.records = records;
        this.wanted = wanted;
    }

    /** Arguments: a folder, how many records, {@code all} or names with commas between. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        LookupMeasurement measurement =
                new LookupMeasurement(Long.parseLong(arguments[1]), arguments[2]);
        if (!Files.exists(directory)) {
            measurement.load(directory);
        }
        IndexOptions index = IndexOptions.defaults();
        if (arguments.length > 3 && arguments[3].equals("filtered")) {
            index = index.withFilteredRuns(FilteredRuns.ALL);
        }
        try (LogStore store = LogStore.open(directory, LogOptions.bulk().withIndex(index))) {
            while (arguments.length > 3 && store.maintain()) {
                // One piece of the work after the other.
            }
            measurement.measure(store, store.table(TableSpec.byKey("records")));
        }
    }

    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    private MemorySegment key(long index) {
        for (int i = 0; i < KEY_LENGTH / Long.BYTES; i++) {
            key.set(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L, mix((index * 32 + i) * GAMMA));
        }
        return key;
    }

    private void load(Path directory) {
        try (LogStore store = LogStore.open(directory, LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("records"));
            for (long i = 0; i < records; i++) {
                batch.put(table, i, key(i), value);
                if (batch.count() == 10_000) {
                    store.commit(batch);
                    batch.clear();
                }
            }
            store.commit(batch).awaitDurable();
        }
    }

    private void measure(LogStore store, Table table) {
        Snapshot snapshot = store.snapshot();
        long end = snapshot.position();
        ReadPath reads = store.reads();
        time("key", i -> key(i).get(ValueLayout.JAVA_BYTE, 0));
        time("hash", i -> reads.hash(table, key(i)));
        time("borrow", i -> reads.inView(IndexView::number) + key(i).get(ValueLayout.JAVA_BYTE, 0));
        time("hit", i -> snapshot.get(table, key(i), value));
        time(
                "hit-summed",
                i -> {
                    snapshot.get(table, key(i), value);
                    return Arrays.hashCode(valueBytes);
                });
        time("view", i -> snapshot.find(table, key(i), this::see) == null ? 0 : 1);
        time("miss", i -> snapshot.get(table, key(~i), value));
        IndexView view = store.reads().inView(v -> v);
        touch(view);
        RecordReader reader = new RecordReader(ReadCheck.CHECKSUM).of(table, end);
        RecordReader bare = new RecordReader(ReadCheck.HEADER).of(table, end);
        time("index-hit", i -> reader.candidateBelow(view, reads.hash(table, key(i)), end));
        time("index-miss", i -> reader.candidateBelow(view, reads.hash(table, key(~i)), end));
        for (int p = 0; p < view.keyPartCount(); p++) {
            KeyPart part = view.keys(p);
            time(
                    "part-" + p,
                    i -> part.findBelow(reads.hash(table, key(i)), end));
            time(
                    "part-miss-" + p,
                    i -> part.findBelow(reads.hash(table, key(~i)), end));
        }
        Table mapped = store.table(TableSpec.byKey("records").withReadAdvice(ReadAdvice.MAPPED));
        RecordReader always = new RecordReader(ReadCheck.CHECKSUM).of(mapped, end);
        time("find-mapped", i -> always.find(view, key(i), reads.hash(table, key), end) ? 1 : 0);
        time("find", i -> reader.find(view, key(i), reads.hash(table, key), end) ? 1 : 0);
        time("find-unchecked", i -> bare.find(view, key(i), reads.hash(table, key), end) ? 1 : 0);
        for (int p = 0; p < view.keyPartCount(); p++) {
            KeyPart part = view.keys(p);
            System.out.println(part.start() + " to " + part.end() + " " + part);
        }
    }

    /** The least that a record can cost: a line, known only when the one before is read. */
    private void touch(IndexView view) {
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> files = new ArrayList<>();
            for (Segment segment : view.segments()) {
                files.add(segment.file().map(0, segment.framesEnd(), arena));
            }
            byte[] last = new byte[1];
            time(
                    "touch",
                    i -> {
                        long place = mix(i + last[0]) >>> 1;
                        MemorySegment file = files.get((int) (place % files.size()));
                        long line = (place >>> 8) % (file.byteSize() / 64);
                        last[0] = file.get(ValueLayout.JAVA_BYTE, line * 64);
                        return last[0];
                    });
        }
    }

    private Boolean see(LogRecord record) {
        seen += record.valueMemory().get(ValueLayout.JAVA_BYTE, record.valueOffset());
        return true;
    }

    private void time(String name, LongUnaryOperator operation) {
        if (!wanted.equals("all") && !Arrays.asList(wanted.split(",")).contains(name)) {
            return;
        }
        double[] ns = new double[PASSES];
        for (int pass = -1; pass < PASSES; pass++) {
            SplittableRandom random = new SplittableRandom(5);
            long start = System.nanoTime();
            for (int i = 0; i < LOOKUPS; i++) {
                seen += operation.applyAsLong(random.nextLong(records));
            }
            if (pass >= 0) {
                ns[pass] = (double) (System.nanoTime() - start) / LOOKUPS;
            }
        }
        Arrays.sort(ns);
        System.out.printf(
                Locale.ROOT,
                "%-16s %6.0f ns  (best %.0f, worst %.0f; sum %x)%n",
                name,
                ns[PASSES / 2],
                ns[0],
                ns[PASSES - 1],
                seen);
    }
}
