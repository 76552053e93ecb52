package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts the bytes that the hot paths take from the heap, of segments that are mapped. */
final class AllocationTest {

    private static final TableSpec BY_KEY =
            TableSpec.byKey("keys").withReadAdvice(ReadAdvice.MAPPED);
    private static final TableSpec BY_HEIGHT =
            TableSpec.byHeight("heights").withReadAdvice(ReadAdvice.MAPPED);
    private static final int RECORDS = 4_000;
    private static final int VALUE_LENGTH = 100;
    private static final int WARM_UP = 60_000;
    private static final int COUNTED = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment key = arena.allocate(32);
    private final MemorySegment value = arena.allocate(VALUE_LENGTH);

    @TempDir private Path directory;
    private @Nullable LogStore store;

    @BeforeEach
    void fill() {
        assumeTrue(threads.isThreadAllocatedMemorySupported(), "the JVM counts no allocations");
        store = LogStore.open(directory, LogOptions.bulk().withSegmentBytes(128 << 10));
        try (Batch batch = store().newBatch()) {
            Table keys = store().table(BY_KEY);
            Table heights = store().table(BY_HEIGHT);
            // The last records only push the others out of the segment that is written.
            for (int i = 0; i < RECORDS + 2_000; i++) {
                batch.put(keys, i, key(i), value).put(heights, i, value);
                if (batch.count() >= 200) {
                    store().commit(batch);
                    batch.clear();
                }
            }
            store().commit(batch);
        }
    }

    @AfterEach
    void close() {
        store().close();
        arena.close();
    }

    private LogStore store() {
        if (store == null) {
            throw new IllegalStateException("no store");
        }
        return store;
    }

    private MemorySegment key(long index) {
        key.set(ValueLayout.JAVA_LONG, 0, index * 0x9E37_79B9_7F4A_7C15L);
        return key;
    }

    /** Bytes for one call of the operation, once it is compiled; its results must add up to 0. */
    private double bytesOf(LongUnaryOperator operation) {
        long sum = 0;
        for (int i = 0; i < WARM_UP; i++) {
            sum += operation.applyAsLong(i % RECORDS);
        }
        long id = Thread.currentThread().threadId();
        long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < COUNTED; i++) {
            sum += operation.applyAsLong(i % RECORDS);
        }
        long bytes = threads.getThreadAllocatedBytes(id) - before;
        assertEquals(0, sum);
        return (double) bytes / COUNTED;
    }

    /** What the compiler and the JVM's own bookkeeping leave over on this thread. */
    private static void assertNothing(double bytes) {
        assertTrue(bytes < 1, () -> bytes + " bytes for each call");
    }

    @Test
    void shouldAllocateNothingWhenAValueIsCopied() {
        Table table = store().table(BY_KEY);
        Snapshot snapshot = store().snapshot();
        assertNothing(bytesOf(i -> snapshot.get(table, key(i), value) - VALUE_LENGTH));
    }

    @Test
    void shouldAllocateNothingWhenAValueIsCopiedFromTheSegmentThatIsWritten() {
        Path other = directory.resolve("written");
        try (LogStore written = LogStore.open(other, LogOptions.bulk());
                Batch batch = written.newBatch()) {
            Table table = written.table(BY_KEY);
            for (int i = 0; i < RECORDS; i++) {
                batch.put(table, i, key(i), value);
            }
            written.commit(batch);
            Snapshot snapshot = written.snapshot();
            assertNothing(bytesOf(i -> snapshot.get(table, key(i), value) - VALUE_LENGTH));
        }
    }

    @Test
    void shouldAllocateNothingWhenAValueIsCopiedToTheHeap() {
        Table table = store().table(BY_KEY);
        Snapshot snapshot = store().snapshot();
        MemorySegment onHeap = MemorySegment.ofArray(new byte[VALUE_LENGTH]);
        assertNothing(bytesOf(i -> snapshot.get(table, key(i), onHeap) - VALUE_LENGTH));
    }

    @Test
    void shouldAllocateNothingWhenAValueIsCopiedByHeight() {
        Table table = store().table(BY_HEIGHT);
        Snapshot snapshot = store().snapshot();
        assertNothing(bytesOf(i -> snapshot.get(table, i, value) - VALUE_LENGTH));
    }

    @Test
    void shouldAllocateNothingWhenAValueIsCopiedAsOfAHeight() {
        Table table = store().table(BY_KEY);
        Snapshot snapshot = store().snapshot();
        assertNothing(bytesOf(i -> snapshot.getAsOf(table, key(i), i, value) - VALUE_LENGTH));
    }

    @Test
    void shouldAllocateNothingWhenAValueIsViewed() {
        Table table = store().table(BY_KEY);
        Snapshot snapshot = store().snapshot();
        Function<LogRecord, Boolean> isZero =
                r ->
                        r.valueLength() == VALUE_LENGTH
                                && r.valueMemory().get(ValueLayout.JAVA_BYTE, r.valueOffset()) == 0;
        assertNothing(
                bytesOf(i -> Boolean.TRUE.equals(snapshot.find(table, key(i), isZero)) ? 0 : 1));
    }

    @Test
    void shouldAllocateNothingWhenNothingIsFound() {
        Table table = store().table(BY_KEY);
        Snapshot snapshot = store().snapshot();
        assertNothing(
                bytesOf(i -> snapshot.get(table, key(~i), value) - Snapshot.ABSENT));
    }

    @Test
    void shouldAllocateNothingWhenARecordIsAddedToABatchWithRoom() {
        Table table = store().table(BY_KEY);
        try (Batch batch = store().newBatch()) {
            for (int i = 0; i < RECORDS; i++) {
                batch.put(table, i, key(i), value);
            }
            assertNothing(
                    bytesOf(
                            i -> {
                                if (i == 0) {
                                    batch.clear();
                                }
                                batch.put(table, i, key(i), value);
                                return 0;
                            }));
        }
    }

    /** Frame, ticket, the file's own write and index tables that grow: whatever its length. */
    @Test
    void shouldAllocateNextToNothingForARecordOfALongCommit() {
        try (LogStore large = LogStore.open(directory.resolve("large"), LogOptions.bulk());
                Batch batch = large.newBatch()) {
            Table table = large.table(BY_KEY);
            double bytes =
                    bytesOf(
                            i -> {
                                batch.put(table, i, key(i), value);
                                if (batch.count() == 1_000) {
                                    large.commit(batch);
                                    batch.clear();
                                }
                                return 0;
                            });
            assertTrue(bytes < 4, () -> bytes + " bytes for each record");
        }
    }
}
