package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageLockedException;
import dev.varve.logstore.io.sim.IoCounts;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogStoreTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final TableSpec HEADER = TableSpec.byHeight("header");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldReadWhatWasCommittedAndKeepOldSnapshots(@TempDir Path directory) {
        Snapshot old;
        try (LogStore store = LogStore.open(directory, LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            Table header = store.table(HEADER);
            store.commit(batch.put(tx, 1, bytes("a"), bytes("one")).put(header, 1, bytes("h1")));
            old = store.snapshot();
            batch.clear().put(tx, 2, bytes("a"), bytes("two")).delete(tx, 2, bytes("b"));
            store.commit(batch.put(header, 2, bytes("h2")));
            assertArrayEquals(bytes("one"), old.get(tx, bytes("a")));
            assertArrayEquals(bytes("two"), store.snapshot().get(tx, bytes("a")));
            assertNull(old.get(header, 2));
            assertEquals(1, old.lastHeight(header));
            assertEquals(2, store.snapshot().lastHeight(header));
            assertEquals(store.visible(), store.durable());
        }
        try (LogStore store = LogStore.open(directory, LogOptions.bulk())) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            Table tx = store.table(TX);
            assertArrayEquals(bytes("two"), store.snapshot().get(tx, bytes("a")));
            assertNull(store.snapshot().get(tx, bytes("b")));
            assertEquals(List.of(tx, store.table(HEADER)), store.tables());
        }
        assertThrows(StorageClosedException.class, () -> old.get(new Table(1, TX), bytes("a")));
    }

    @Test
    void shouldKeepTablesApartThatHoldTheSameKeys() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table one = store.table(TableSpec.byKey("one"));
            Table two = store.table(TableSpec.byKey("two"));
            store.commit(batch.put(one, 0, bytes("k"), bytes("1")));
            assertNull(store.snapshot().get(two, bytes("k")));
            store.commit(batch.clear().put(two, 0, bytes("k"), bytes("2")));
            assertArrayEquals(bytes("1"), store.snapshot().get(one, bytes("k")));
        }
    }

    @Test
    void shouldLetTheLastRecordOfAKeyWinInsideABatch() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            Table header = store.table(HEADER);
            batch.put(tx, 1, bytes("k"), bytes("1")).put(tx, 1, bytes("k"), bytes("2"));
            batch.put(header, 7, bytes("x")).delete(header, 7).put(header, 7, bytes("y"));
            store.commit(batch);
            assertArrayEquals(bytes("2"), store.snapshot().get(tx, bytes("k")));
            assertArrayEquals(bytes("y"), store.snapshot().get(header, 7));
        }
    }

    @Test
    void shouldAcceptKeysAndValuesOfEveryLengthFromNativeMemory() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Arena arena = Arena.ofConfined();
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            for (int length = 1; length <= 1024; length += length < 40 ? 1 : 41) {
                MemorySegment key = arena.allocate(length);
                key.fill((byte) length);
                MemorySegment value = arena.allocate(17L * length);
                value.fill((byte) (length + 1));
                batch.put(tx, length, key, value);
            }
            store.commit(batch);
            for (int length = 1; length <= 1024; length += length < 40 ? 1 : 41) {
                MemorySegment key = arena.allocate(length);
                key.fill((byte) length);
                byte[] value = store.snapshot().get(tx, key);
                assertEquals(17 * length, value == null ? -1 : value.length);
                assertEquals((byte) (length + 1), value == null ? 0 : value[0]);
            }
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldGiveALongFrameASegmentOfItsOwn() {
        LogOptions options = LogOptions.bulk().withSegmentBytes(64 << 10);
        byte[] large = new byte[3 << 20];
        large[large.length - 1] = 9;
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, options);
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            store.commit(batch.put(tx, 1, bytes("small"), bytes("s")));
            store.commit(batch.clear().put(tx, 1, bytes("large"), large));
            store.commit(batch.clear().put(tx, 1, bytes("next"), bytes("n")));
            assertEquals(3, store.stats().segments());
            assertArrayEquals(large, store.snapshot().get(tx, bytes("large")));
            assertArrayEquals(bytes("n"), store.snapshot().get(tx, bytes("next")));
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldRefuseWhatNoRecordCanHold() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            Table header = store.table(HEADER);
            byte[] one = {1};
            assertThrows(
                    IllegalArgumentException.class, () -> batch.put(tx, 0, new byte[0], one));
            assertThrows(
                    IllegalArgumentException.class, () -> batch.put(tx, 0, new byte[1025], one));
            assertThrows(IllegalArgumentException.class, () -> batch.put(tx, -1, one, one));
            assertThrows(IllegalArgumentException.class, () -> batch.put(header, 0, one, one));
            assertThrows(IllegalArgumentException.class, () -> batch.put(tx, 0, one));
            assertThrows(
                    IllegalArgumentException.class, () -> store.snapshot().get(tx, 3));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> store.table(TableSpec.byHeight("tx")));
            assertThrows(IllegalArgumentException.class, () -> TableSpec.byKey("a/b"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> LogOptions.defaults().withSegmentBytes(1 << 10));
            assertEquals(0, batch.count());
            Batch closed = store.newBatch().put(tx, 0, one, one);
            closed.close();
            assertThrows(IllegalStateException.class, () -> store.commit(closed));
            IllegalStateException refusal =
                    assertThrows(
                            IllegalStateException.class, () -> closed.put(tx, 0, one, one));
            assertEquals("the batch is closed", refusal.getMessage());
            store.table(TableSpec.byKey("still-works"));
        }
    }

    @Test
    void shouldRefuseASecondStoreOnTheSameDirectory(@TempDir Path directory) {
        try (LogStore store = LogStore.open(directory, LogOptions.defaults())) {
            StorageLockedException e =
                    assertThrows(
                            StorageLockedException.class,
                            () -> LogStore.open(directory, LogOptions.defaults()));
            String pid = Long.toString(ProcessHandle.current().pid());
            assertTrue(e.getMessage().contains(pid), e.getMessage());
            assertTrue(store.tables().isEmpty());
        }
    }

    @Test
    void shouldShareForcesAmongCommittersAndLoseNothing() throws Exception {
        SimDisk disk = new SimDisk();
        int threads = 8;
        int each = 200;
        try (LogStore store = LogStore.open(disk, LogOptions.defaults());
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Table tx = store.table(TX);
            List<Future<?>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                results.add(pool.submit(() -> commitMany(store, tx, thread, each)));
            }
            for (Future<?> result : results) {
                result.get();
            }
            assertEquals(threads * each + 1, store.stats().commits());
            assertTrue(store.stats().forces() <= threads * each + 1);
            for (int t = 0; t < threads; t++) {
                for (int i = 0; i < each; i++) {
                    byte[] key = bytes(t + "-" + i);
                    assertArrayEquals(key, store.snapshot().get(tx, key));
                }
            }
            CommitScript.checkVerifies(store);
        }
    }

    private static void commitMany(LogStore store, Table tx, int thread, int count) {
        try (Batch batch = store.newBatch()) {
            for (int i = 0; i < count; i++) {
                byte[] key = bytes(thread + "-" + i);
                CommitTicket ticket = store.commit(batch.clear().put(tx, i, key, key));
                assertTrue(ticket.isDurable());
                assertArrayEquals(key, store.snapshot().get(tx, key));
            }
        }
    }

    @Test
    void shouldLoseNoCommitterToAnInterrupt(@TempDir Path directory) throws Exception {
        try (LogStore store = LogStore.open(directory, LogOptions.defaults())) {
            Table tx = store.table(TX);
            List<Throwable> failures = new ArrayList<>();
            Thread committer = new Thread(() -> commitMany(store, tx, 0, 300));
            committer.setUncaughtExceptionHandler((thread, t) -> failures.add(t));
            committer.start();
            while (committer.isAlive()) {
                committer.interrupt();
                committer.join(1);
            }
            assertEquals(List.of(), failures);
            assertEquals(301, store.stats().commits());
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldWriteOnceAndForceOnceForEachCommit() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.defaults());
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            batch.put(tx, 1, new byte[32], new byte[100]);
            IoCounts before = disk.counts();
            store.commit(batch);
            store.commit(batch.clear().put(tx, 1, new byte[32], new byte[100]));
            IoCounts added = disk.counts().since(before);
            assertEquals(2, added.writes());
            assertEquals(2, added.forces());
            assertEquals(0, added.directoryForces());
            // 64 for BEGIN, 24 + 132 in a multiple of 16, 32 for COMMIT.
            assertEquals(2 * (64 + 160 + 32), added.bytesWritten());
            before = disk.counts();
            store.snapshot().get(tx, new byte[32]);
            store.snapshot().get(tx, new byte[31]);
            assertEquals(1, disk.counts().since(before).reads());
        }
    }

    @Test
    void shouldWriteNothingWhenOnlyRead() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.defaults())) {
            store.table(TX);
        }
        SimDisk again = disk.restart();
        try (LogStore store = LogStore.open(again, LogOptions.defaults())) {
            assertFalse(store.tables().isEmpty());
            CommitScript.checkVerifies(store);
        }
        assertEquals(0, again.counts().writes());
        assertEquals(0, again.calls());
    }

    @Test
    void shouldFillTheFileAheadOnlyWhereEveryCommitIsForced() {
        LogOptions group = LogOptions.defaults();
        assertEquals((128 << 10) - FRAMES_END, bytesBehindFrames(group));
        assertEquals(0, bytesBehindFrames(group.withDurability(Durability.NONE)));
        assertEquals(0, bytesBehindFrames(group.withDurability(Durability.INTERVAL)));
    }

    @Test
    void shouldNotFillTheFileBehindTheEndOfASegment() {
        LogOptions group = LogOptions.defaults();
        assertEquals(5, bytesBehindFrames(group.withSegmentBytes(FRAMES_END + 5)));
        assertEquals(0, bytesBehindFrames(group.withSegmentBytes(FRAMES_END)));
    }

    /** Where the frames of {@link #bytesBehindFrames} end. */
    private static final int FRAMES_END = 75_440;

    /** Zeros that stand in the file behind a few frames that together pass 64 KiB. */
    private static long bytesBehindFrames(LogOptions options) {
        SimDisk disk = new SimDisk();
        long filled;
        try (LogStore store = LogStore.open(disk, options);
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            for (int i = 0; i < 10; i++) {
                store.commit(batch.clear().put(tx, i, new byte[] {1}, new byte[7_000]));
            }
            assertEquals(FRAMES_END, store.visible());
            byte[] behind = behindFrames(disk);
            assertArrayEquals(new byte[behind.length], behind);
            filled = behind.length;
        }
        assertEquals(0, behindFrames(disk.restart()).length, "closing cuts them off");
        return filled;
    }

    private static byte[] behindFrames(SimDisk disk) {
        try (StorageFile file = disk.open(Segment.fileName(0), Storage.Access.READ)) {
            byte[] behind = new byte[(int) (file.length() - FRAMES_END)];
            assertEquals(behind.length, file.read(MemorySegment.ofArray(behind), FRAMES_END));
            return behind;
        }
    }

    @Test
    void shouldNotForceWhenTheIntervalIsLongerThanAnyClock() {
        LogOptions options =
                LogOptions.defaults()
                        .withDurability(Durability.INTERVAL)
                        .withForceInterval(ChronoUnit.FOREVER.getDuration());
        try (LogStore store = LogStore.open(new SimDisk(), options);
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            assertFalse(store.commit(batch.put(tx, 1, bytes("a"), bytes("one"))).isDurable());
            assertFalse(store.forceIfDue());
        }
    }

    @Test
    void shouldForceOnceInAnInterval() {
        AtomicLong clock = new AtomicLong();
        LogOptions options =
                LogOptions.defaults()
                        .withDurability(Durability.INTERVAL)
                        .withForceInterval(Duration.ofNanos(100));
        Environment environment = new Environment(() -> 7, CRC32C::new, clock::get);
        try (LogStore store = LogStore.open(new SimDisk(), options, environment);
                Batch batch = store.newBatch()) {
            Table tx = store.table(TX);
            long before = store.stats().forces();
            batch.put(tx, 1, bytes("a"), bytes("one"));
            clock.set(99);
            assertFalse(store.commit(batch).isDurable());
            assertFalse(store.forceIfDue());
            clock.set(100);
            batch.clear().put(tx, 1, bytes("a"), bytes("two"));
            assertTrue(store.commit(batch).isDurable());
            assertEquals(before + 1, store.stats().forces());
            clock.set(200);
            assertFalse(store.forceIfDue(), "everything is durable");
            clock.set(150);
            batch.clear().put(tx, 1, bytes("a"), bytes("three"));
            CommitTicket last = store.commit(batch);
            assertFalse(last.isDurable());
            clock.set(250);
            assertTrue(store.forceIfDue());
            assertTrue(last.isDurable());
        }
    }
}
