package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The counters of a store, against what its storage saw. */
final class LogStoreStatsTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final TableSpec BLOCKS = TableSpec.byHeight("blocks");
    private static final int COMMITS = 300;

    private static byte[] key(int i) {
        return Integer.toString(i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static void fill(LogStore store) {
        Table tx = store.table(TX);
        Table blocks = store.table(BLOCKS);
        try (Batch batch = store.newBatch()) {
            for (int i = 0; i < COMMITS; i++) {
                batch.clear().put(tx, i, key(i % 100), new byte[1_500]).put(blocks, i, key(i));
                store.commit(batch);
            }
        }
    }

    private static void assertFilesAsTold(Storage disk, LogStats stats) {
        assertEquals(stats.disk().log(), lengths(disk, ".log"));
        assertEquals(stats.disk().entries() + stats.disk().filters(), lengths(disk, ".run"));
        assertEquals(stats.disk().heights(), lengths(disk, ".heights"));
    }

    private static long lengths(Storage disk, String suffix) {
        long bytes = 0;
        for (String name : disk.list()) {
            if (name.endsWith(suffix)) {
                try (StorageFile file = disk.open(name, Storage.Access.READ)) {
                    bytes += file.length();
                }
            }
        }
        return bytes;
    }

    @Test
    void shouldCountWhatTheStorageSees() {
        for (Durability durability : Durability.values()) {
            Counting storage = new Counting(new SimDisk());
            LogOptions options = CrashExplorer.SMALL.withDurability(durability);
            try (LogStore store = LogStore.open(storage, options)) {
                storage.writtenBytes = 0; // of the first manifest
                fill(store);
                while (store.maintain()) {
                    // so that nothing is under way
                }
                LogStats stats = store.stats();
                assertEquals(storage.writtenBytes, stats.writtenBytes(), () -> "" + stats);
                assertFilesAsTold(storage, stats);
                assertEquals(
                        List.of(
                                new LogStats.TableRecords(0, "", 2, 2 * 48),
                                // 22 bytes of header, one to three of key or value, in sixteens
                                new LogStats.TableRecords(1, "tx", COMMITS, COMMITS * 1_536L),
                                new LogStats.TableRecords(
                                        2, "blocks", COMMITS, 100 * 32 + (COMMITS - 100) * 48L)),
                        stats.tables());
                assertEquals(2 + 2 * COMMITS, stats.records());
                LogStats.Activity done = stats.activity();
                assertEquals(2 + COMMITS, done.commits());
                assertEquals(2 + 2 * COMMITS, done.records());
                assertEquals(stats.segments() - 1, done.seals());
                assertTrue(done.payloadBytes() > COMMITS * 1_500L);
                assertTrue(done.payloadBytes() < COMMITS * 1_520L);
                double amplification = stats.writeAmplification();
                assertTrue(amplification > 1 && amplification < 4, "" + amplification);
            }
        }
    }

    @Test
    void shouldKnowNoAmplificationWhenNothingWasCommitted() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, CrashExplorer.SMALL)) {
            assertTrue(Double.isNaN(store.stats().writeAmplification()));
        }
    }

    @Test
    void shouldRefuseToCommitABatchTwice() {
        try (LogStore store = LogStore.open(new SimDisk(), CrashExplorer.SMALL);
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            store.commit(batch);
            store.commit(batch); // nothing is in it
            store.commit(batch.put(tx, 1, key(1), key(1)));
            long commits = store.stats().commits();
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> store.commit(batch));
            assertTrue(e.toString().contains("number " + commits), e.toString());
            batch.put(tx, 2, key(2), key(2));
            assertThrows(IllegalStateException.class, () -> store.commit(batch));
            assertEquals(commits, store.stats().commits());
            store.commit(batch.clear().put(tx, 2, key(2), key(2)));
            assertEquals(commits + 1, store.stats().commits());
            assertFalse(store.snapshot().get(tx, key(2)) == null);
        }
    }

    /** Adds up what is written. */
    private static final class Counting extends ForwardingStorage {
        private long writtenBytes;

        Counting(Storage disk) {
            super(disk);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public void write(MemorySegment source, long offset) {
                    super.write(source, offset);
                    writtenBytes += source.byteSize();
                }
            };
        }
    }
}
