package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Segments of the length that stores have, 256 MiB, in real files: offsets up to the last that a
 * locator holds. The segments of other tests are of 64 KiB.
 */
final class LongSegmentTest {

    private static final int RECORDS = 400_000;
    private static final int PER_COMMIT = 1_000;
    private static final int VALUE_BYTES = 700;

    @TempDir private Path directory;

    private static void fill(MemorySegment key, MemorySegment value, long n) {
        key.set(ValueLayout.JAVA_LONG, 0, n * 0x9E37_79B9_7F4A_7C15L);
        for (long at = 0; at < VALUE_BYTES; at += 140) {
            value.set(ValueLayout.JAVA_LONG_UNALIGNED, at, n ^ at);
        }
    }

    private static void load(LogStore store) {
        Table table = store.table(TableSpec.byKey("t"));
        MemorySegment key = MemorySegment.ofArray(new long[2]);
        MemorySegment value = MemorySegment.ofArray(new byte[VALUE_BYTES]);
        try (Batch batch = store.newBatch()) {
            for (int n = 0; n < RECORDS; n++) {
                fill(key, value, n);
                batch.put(table, n, key, value);
                if (batch.count() == PER_COMMIT) {
                    store.commit(batch);
                    batch.clear();
                }
            }
        }
        assertTrue(store.stats().segments() > 1, "the first segment is not full");
    }

    private static void check(LogStore store) {
        Table table = store.findTable("t");
        assertNotNull(table);
        Snapshot snapshot = store.snapshot();
        MemorySegment key = MemorySegment.ofArray(new long[2]);
        MemorySegment value = MemorySegment.ofArray(new byte[VALUE_BYTES]);
        MemorySegment found = MemorySegment.ofArray(new byte[VALUE_BYTES]);
        for (int n = 0; n < RECORDS; n += 7) {
            fill(key, value, n);
            assertEquals(VALUE_BYTES, snapshot.get(table, key, found));
            assertEquals(-1, value.mismatch(found), "record " + n);
        }
        fill(key, value, RECORDS);
        assertEquals(Snapshot.ABSENT, snapshot.get(table, key, found));
        CommitScript.checkVerifies(store);
    }

    @Test
    void shouldFindAllAgainInLongSegmentsWhenClosedAndWhenAbandoned() {
        LogOptions options = LogOptions.defaults().withDurability(Durability.NONE);
        Abandoned storage = new Abandoned(new FileStorage(directory));
        LogStore first = LogStore.open(storage, options);
        load(first);
        check(first);
        storage.abandoned = true;
        CrashExplorer.closeQuietly(first);
        try (LogStore killed = LogStore.open(directory, options)) {
            RecoveryReport report = killed.recoveryReport();
            assertEquals(RecoveryReport.Outcome.UNCLEAN, report.outcome());
            assertEquals(RECORDS + 1, report.records());
            check(killed);
            Table table = killed.table(TableSpec.byKey("t"));
            try (Batch batch = killed.newBatch()) {
                killed.commit(batch.put(table, RECORDS, new byte[8], new byte[1]));
            }
        }
        try (LogStore closed = LogStore.open(directory, options)) {
            RecoveryReport report = closed.recoveryReport();
            assertEquals(RecoveryReport.Outcome.CLEAN, report.outcome());
            assertEquals(0, report.scannedBytes());
            assertFalse(closed.stats().index().runs() == 0, "no run was written");
            check(closed);
        }
    }

    /** What is done once the process is taken for dead reaches no disk. */
    private static final class Abandoned extends ForwardingStorage {
        private volatile boolean abandoned;

        Abandoned(Storage delegate) {
            super(delegate);
        }

        @Override
        public StorageFile create(String name) {
            if (abandoned) {
                throw new StorageException("abandoned", name, StorageException.NO_OFFSET, null);
            }
            return super.create(name);
        }
    }
}
