package dev.varve.logstore;

import static dev.varve.logstore.Snapshot.ScanStep.CONTINUE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.logstore.io.StorageLockedException;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What a caller mixes up is refused before it stands in the log, where it could not be undone. */
final class LogStoreMisuseTest {

    private static final byte[] KEY = {1};

    @Test
    void shouldRefuseATableThatTheStoreDoesNotHave() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.defaults());
                LogStore other = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = store.newBatch()) {
            other.table(TableSpec.byKey("first"));
            Table foreign = other.table(TableSpec.byKey("second"));
            Table own = store.table(TableSpec.byKey("own"));
            assertThrows(IllegalArgumentException.class, () -> batch.put(foreign, 1, KEY, KEY));
            Table otherOrder = new Table(own.id(), TableSpec.byHeight("own"));
            assertThrows(IllegalArgumentException.class, () -> batch.put(otherOrder, 1, KEY));
            assertThrows(
                    IllegalArgumentException.class, () -> store.snapshot().get(foreign, KEY));
            store.commit(batch.put(own, 1, KEY, KEY));
        }
        try (LogStore store = LogStore.open(disk.restart(), LogOptions.defaults())) {
            Table own = store.table(TableSpec.byKey("own"));
            assertArrayEquals(KEY, store.snapshot().get(own, KEY));
        }
    }

    @Test
    void shouldRefuseAPageCacheThatCannotBe() {
        IndexOptions options = IndexOptions.defaults();
        for (long bytes : new long[] {-1, 0, (32 << 10) - 1, (4L << 40) + 1, Long.MAX_VALUE}) {
            assertThrows(
                    IllegalArgumentException.class, () -> options.withPageCacheBytes(bytes));
        }
        assertEquals(4L << 40, options.withPageCacheBytes(4L << 40).pageCacheBytes());
    }

    @Test
    void shouldRefuseABatchOfAnotherStore() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.defaults());
                LogStore other = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = other.newBatch()) {
            store.table(TableSpec.byKey("t"));
            // Its hashes are of the other store's key: nobody would find the record.
            batch.put(other.table(TableSpec.byKey("t")), 1, KEY, KEY);
            assertThrows(IllegalArgumentException.class, () -> store.commit(batch));
        }
    }

    @Test
    void shouldFindTheHighestHeight() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table heights = store.table(TableSpec.byHeight("h"));
            store.commit(batch.put(heights, Long.MAX_VALUE, KEY));
            Snapshot snapshot = store.snapshot();
            assertArrayEquals(KEY, snapshot.get(heights, Long.MAX_VALUE));
            assertEquals(1, snapshot.scan(heights, 0, Long.MAX_VALUE, r -> CONTINUE));
            assertEquals(0, snapshot.scan(heights, 0, Long.MAX_VALUE - 1, r -> CONTINUE));
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without it may do
    void shouldRefuseNullWhereItIsSet() {
        LogOptions options = LogOptions.defaults();
        IndexOptions index = IndexOptions.defaults();
        TableSpec spec = TableSpec.byKey("t");
        assertThrows(NullPointerException.class, () -> options.withDurability(null));
        assertThrows(NullPointerException.class, () -> options.withForceInterval(null));
        assertThrows(NullPointerException.class, () -> options.withReadCheck(null));
        assertThrows(NullPointerException.class, () -> options.withIndex(null));
        assertThrows(NullPointerException.class, () -> index.withFilteredRuns(null));
        assertThrows(NullPointerException.class, () -> spec.withReadAdvice(null));
        assertThrows(NullPointerException.class, () -> LogStore.open(new SimDisk(), null));
    }

    @Test
    void shouldRefuseAPositionBelowTheLog() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = store.newBatch()) {
            store.commit(batch.put(store.table(TableSpec.byKey("t")), 1, KEY, KEY));
            assertThrows(IllegalArgumentException.class, () -> store.sealedEnd(-1));
            assertEquals(0, store.sealedEnd(0));
        }
    }

    /** Nothing is there, whichever way it is asked for, in memory or in files of the index. */
    @Test
    void shouldFindNothingBelowTheFirstHeight() {
        SimDisk disk = new SimDisk();
        for (int life = 0; life < 2; life++) {
            try (LogStore store = LogStore.open(disk, LogOptions.defaults());
                    Batch batch = store.newBatch()) {
                Table keys = store.table(TableSpec.byKey("keys"));
                Table heights = store.table(TableSpec.byHeight("heights"));
                Table empty = store.table(TableSpec.byHeight("empty"));
                store.commit(batch.put(keys, 0, KEY, KEY).put(heights, life, KEY));
                Snapshot snapshot = store.snapshot();
                MemorySegment key = MemorySegment.ofArray(KEY);
                MemorySegment to = MemorySegment.ofArray(new byte[8]);
                for (long height : new long[] {-1, Long.MIN_VALUE}) {
                    assertNull(snapshot.get(heights, height));
                    assertEquals(Snapshot.ABSENT, snapshot.get(heights, height, to));
                    assertNull(snapshot.find(heights, height, LogRecord::height));
                    assertNull(snapshot.getAsOf(keys, key, height));
                    assertEquals(Snapshot.ABSENT, snapshot.getAsOf(keys, key, height, to));
                    assertNull(snapshot.findAsOf(keys, key, height, LogRecord::height));
                }
                assertNull(snapshot.get(empty, snapshot.lastHeight(empty)));
                assertArrayEquals(KEY, snapshot.getAsOf(keys, key, 0));
            }
            disk = disk.restart();
        }
    }

    /** Closing it would let go of the lock below a store that is in use. */
    @Test
    void shouldLeaveAStorageThatAnotherStoreHas() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.defaults());
                Batch batch = store.newBatch()) {
            for (int i = 0; i < 2; i++) {
                assertThrows(
                        StorageLockedException.class,
                        () -> LogStore.open(disk, LogOptions.defaults()));
            }
            store.commit(batch.put(store.table(TableSpec.byKey("t")), 1, KEY, KEY));
        }
    }
}
