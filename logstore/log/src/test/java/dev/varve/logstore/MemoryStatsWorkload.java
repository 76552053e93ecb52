package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Compares what a store says of its native memory with what the JVM has given it, but for what
 * aligning it takes. The JVM's native memory tracking counts what Java code allocates under one
 * name; a simulated disk has none of it. A program of {@link MemoryStatsTest}, alone in its JVM.
 */
final class MemoryStatsWorkload {

    private static final long SEED = 11;
    private static final TableSpec KEYS =
            TableSpec.byKey("keys").withReadAdvice(ReadAdvice.POSITIONAL);
    private static final TableSpec PACKED =
            TableSpec.byKey("packed")
                    .withReadAdvice(ReadAdvice.POSITIONAL)
                    .withCompression(64);
    private static final TableSpec HEIGHTS =
            TableSpec.byHeight("heights").withReadAdvice(ReadAdvice.POSITIONAL);
    private static final LogOptions OPTIONS =
            LogOptions.bulk()
                    .withSegmentBytes(1 << 20)
                    .withIndex(IndexOptions.defaults().withPageCacheBytes(1 << 20));

    private static final Pattern HELD =
            Pattern.compile("Other \\(reserved=\\d+, committed=(\\d+)\\)");

    private final Random random = new Random(SEED);
    private final Watched storage = new Watched(new SimDisk());
    private final long before = settled();
    private long height;
    private int looks;
    private int buildsSeen;
    private int mergesSeen;

    public static void main(String[] arguments) {
        MemoryStatsWorkload workload = new MemoryStatsWorkload();
        workload.run();
        for (int i = 0; i < 20 && settled() > workload.before; i++) {
            // what readers had is found by the collector
        }
        assertTrue(settled() <= workload.before, "not freed, seed " + SEED);
    }

    /** What Java code has allocated. */
    private static long held() {
        Object[] arguments = {new String[] {"summary", "scale=B"}};
        try {
            Object summary =
                    ManagementFactory.getPlatformMBeanServer()
                            .invoke(
                                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                    "vmNativeMemory",
                                    arguments,
                                    new String[] {String[].class.getName()});
            Matcher matcher = HELD.matcher(summary.toString());
            assertTrue(matcher.find(), summary.toString());
            return Long.parseLong(matcher.group(1));
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    /** What is held once the collector has found what nobody holds. */
    private static long settled() {
        long last = -1;
        long now = held();
        for (int i = 0; i < 10 && now != last; i++) {
            System.gc();
            last = now;
            now = held();
        }
        return now;
    }

    private void assertCounted(LogStore store, String when) {
        long uncounted = Long.MAX_VALUE;
        long aligning = 0;
        for (int i = 0; i < 20 && uncounted > aligning; i++) {
            LogStats stats = store.stats();
            uncounted = settled() - before - stats.memory().totalBytes();
            aligning = aligning(stats);
        }
        long bytes = uncounted;
        assertTrue(
                bytes >= 0 && bytes <= aligning,
                () -> when + ", not counted: " + bytes + " bytes beside " + store.stats());
    }

    /** The JVM allocates as much more as memory is to be aligned to, which is a page at most. */
    private static long aligning(LogStats stats) {
        long buffers = stats.index().runs() + 8L;
        return buffers * 4096 + stats.memory().hotBytes() / 1024 + stats.memory().cacheBytes() / 64;
    }

    private void fill(LogStore store, Batch batch, int commits) {
        Table keys = store.table(KEYS);
        Table packed = store.table(PACKED);
        Table heights = store.table(HEIGHTS);
        for (int i = 0; i < commits; i++) {
            batch.clear();
            for (int j = 0; j < 20; j++) {
                byte[] key = key(random.nextInt(20_000));
                batch.put(keys, height, key, new byte[random.nextInt(300)]);
                batch.put(packed, height, key, new byte[random.nextInt(3_000)]);
                batch.put(heights, height++, new byte[random.nextInt(100)]);
            }
            store.commit(batch);
        }
    }

    private static byte[] key(int i) {
        return Integer.toString(i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private void run() {
        try (LogStore store = LogStore.open(storage, OPTIONS);
                Batch batch = store.newBatch()) {
            assertCounted(store, "when it was opened");
            fill(store, batch, 400);
            assertCounted(store, "with a part in memory");
            assertTrue(store.stats().memory().hotBytes() > 0);
            assertTrue(store.stats().memory().stagingBytes() > 0);
            read(store);
            storage.watch = () -> lookDuringMaintenance(store);
            while (store.maintain()) {
                // one run after the other
            }
            fill(store, batch, 1_500);
            storage.watch = () -> {};
            assertTrue(buildsSeen > 0 && mergesSeen > 0, buildsSeen + ", " + mergesSeen);
            assertCounted(store, "with runs");
            assertTrue(store.stats().memory().pinnedBytes() > 0);
            read(store);
            assertTrue(store.stats().memory().cacheBytes() > 0);
            replay(store);
            CommitScript.checkVerifies(store);
            assertCounted(store, "after all that");
            assertBounded(store);
        }
    }

    private void lookDuringMaintenance(LogStore store) {
        IndexStats.Activity done = store.stats().index().activity();
        if (looks++ % 7 != 0) {
            return; // each look takes the collector's time
        }
        assertCounted(store, "while a file of the index is written, after " + done);
        assertTrue(store.stats().memory().workBytes() > 0);
        buildsSeen += done.merges() == 0 ? 1 : 0;
        mergesSeen += done.merges() > 0 ? 1 : 0;
    }

    private void read(LogStore store) {
        Table keys = store.table(KEYS);
        Table packed = store.table(PACKED);
        Snapshot snapshot = store.snapshot();
        for (int i = 0; i < 500; i++) {
            snapshot.get(packed, key(random.nextInt(20_000)));
        }
        boolean[] nested = {false};
        for (int i = 0; i < 500 && !nested[0]; i++) {
            snapshot.find(
                    keys,
                    MemorySegment.ofArray(key(i)),
                    record -> {
                        // Needs a reader of its own.
                        nested[0] = snapshot.get(keys, key(random.nextInt(20_000))) != null;
                        return record.height();
                    });
        }
        assertTrue(nested[0]);
        snapshot.scan(store.table(HEIGHTS), 0, height, record -> Snapshot.ScanStep.CONTINUE);
        assertCounted(store, "after reading");
        assertTrue(store.stats().memory().readerBytes() > 0);
    }

    private void replay(LogStore store) {
        int[] seen = {0};
        store.replay(
                0,
                record -> {
                    if (seen[0]++ == 5_000) {
                        assertCounted(store, "while the log is replayed");
                        assertTrue(store.stats().memory().workBytes() > 0);
                    }
                });
        assertTrue(seen[0] > 5_000);
    }

    /** The bounds that {@link MemoryStats} states. */
    private static void assertBounded(LogStore store) {
        MemoryStats memory = store.stats().memory();
        long segments = OPTIONS.index().maxUnindexedSegments() + 2L;
        // The smallest piece of an index is one of 128 KiB.
        assertTrue(
                memory.hotBytes() <= segments * (2 * OPTIONS.segmentBytes() + (128 << 10)),
                memory::toString);
        assertTrue(memory.cacheBytes() <= OPTIONS.index().pageCacheBytes() * 1.004);
        assertTrue(memory.readerBytes() <= 2 * 5 * (256 << 10), memory::toString);
        assertTrue(memory.stagingBytes() <= 1 << 20);
        assertTrue(memory.pinnedBytes() <= store.stats().disk().entries() / 64);
        assertEquals(0, memory.workBytes());
    }

    /** Lets the test look around whenever a file of the index is written. */
    private static final class Watched extends ForwardingStorage {
        private Runnable watch = () -> {};

        Watched(Storage disk) {
            super(disk);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            if (!file.name().contains(".run")) {
                return file;
            }
            return new ForwardingFile(file) {
                @Override
                public void write(MemorySegment source, long offset) {
                    super.write(source, offset);
                    watch.run();
                }
            };
        }
    }
}
