package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SpaceModel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The low-space mark: commits are refused below it, and everything else goes on. */
final class LowSpaceTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final long MARK = 3 << 20;
    private static final LogOptions OPTIONS =
            LogOptions.bulk().withSegmentBytes(64 << 10).withSpareBytes(MARK);

    private final SimDisk disk = new SimDisk();
    private int committed;

    private static byte[] key(int i) {
        return ("key" + i).getBytes(StandardCharsets.UTF_8);
    }

    private void commit(LogStore store) {
        try (Batch batch = store.newBatch()) {
            byte[] value = new byte[3000];
            store.commit(batch.put(store.table(TX), committed, key(committed), value));
        }
        committed++;
    }

    private StorageFullException fillUp(LogStore store) {
        while (true) {
            try {
                commit(store);
            } catch (StorageFullException e) {
                return e;
            }
        }
    }

    private void check(LogStore store) {
        Table tx = store.table(TX);
        for (int i = 0; i < committed; i++) {
            assertArrayEquals(new byte[3000], store.snapshot().get(tx, key(i)), "key " + i);
        }
        CommitScript.checkVerifies(store);
    }

    @Test
    void shouldRefuseCommitsBelowTheMarkAndTakeThemAboveIt() {
        disk.setCapacity(MARK + (1 << 20));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            StorageFullException refused = fillUp(store);
            assertTrue(refused.getMessage().contains("leave " + MARK), refused.getMessage());
            assertTrue(committed > 100, "only " + committed);
            assertTrue(disk.usableBytes() >= MARK, "left " + disk.usableBytes());
            long visible = store.visible();
            long calls = disk.calls();
            for (int i = 0; i < 10; i++) {
                assertThrows(StorageFullException.class, () -> commit(store));
            }
            assertEquals(calls, disk.calls());
            assertEquals(visible, store.visible());
            assertEquals(11, store.stats().activity().refusals());
            store.force();
            assertEquals(visible, store.durable());
            check(store);

            disk.setCapacity(Long.MAX_VALUE);
            commit(store);
            assertEquals(11, store.stats().activity().refusals());
            check(store);
        }
    }

    @Test
    void shouldKeepTheIndexBelowTheMarkAndGiveBackWhatMergesFree() {
        disk.setCapacity(MARK + (1 << 20));
        LogOptions options =
                OPTIONS.withIndex(OPTIONS.index().withMaxUnindexedSegments(1_000));
        try (LogStore store = LogStore.open(disk, options)) {
            fillUp(store);
            assertTrue(store.stats().index().unindexedSegments() > 5);
            while (store.maintain()) {
                // one run of all segments
            }
            disk.setCapacity(MARK + (2 << 20) + (1 << 19));
            fillUp(store);
            long least = disk.usableBytes();
            while (store.maintain()) {
                least = Math.min(least, disk.usableBytes());
            }
            IndexStats index = store.stats().index();
            assertEquals(0, index.unindexedSegments());
            assertTrue(index.activity().merges() > 0, index::toString);
            assertTrue(least < MARK, "left " + least);
            assertTrue(disk.usableBytes() > least);
            check(store);
        }
    }

    @Test
    void shouldCloseCleanlyBelowTheMark() {
        disk.setCapacity(MARK + (1 << 20));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            fillUp(store);
        }
        SimDisk left = disk.crash(CrashModel.LOSE_ALL, 0);
        left.setCapacity(MARK);
        try (LogStore store = LogStore.open(left, OPTIONS)) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            assertEquals(0, store.recoveryReport().scannedBytes());
            check(store);
            assertThrows(StorageFullException.class, () -> commit(store));
            check(store);
        }
    }

    /** Where nothing is written in place, recovery needs room for what it writes again. */
    @Test
    void shouldWriteLittleAgainAfterAKillWhenTheDiskWasFull() {
        disk.setCapacity(MARK + (8 << 20));
        LogOptions options = OPTIONS.withSegmentBytes(16 << 20);
        LogStore killed = LogStore.open(disk, options);
        commit(killed);
        assertEquals(1, killed.stats().activity().forces(), "of the table");
        fillUp(killed);
        assertTrue(committed > 2_000, "only " + committed);
        long forces = killed.stats().activity().forces();
        assertTrue(forces < 16, "each for half of what was left before: " + forces);
        for (int i = 0; i < 10; i++) {
            assertThrows(StorageFullException.class, () -> commit(killed));
        }
        assertEquals(forces, killed.stats().activity().forces());
        CountingStorage next = new CountingStorage(disk.restart());
        try (LogStore store = LogStore.open(next, options)) {
            assertEquals(RecoveryReport.Outcome.UNCLEAN, store.recoveryReport().outcome());
            long written = next.counts().bytesWritten();
            assertTrue(written < 72 << 10, "written again: " + written);
            check(store);
        }
        CrashExplorer.closeQuietly(killed);
    }

    @Test
    void shouldOpenAfterAKillWhenTheDiskWasFullAndNothingIsWrittenInPlace() {
        disk.setCapacity(MARK + (16 << 20));
        disk.setSpaceModel(SpaceModel.RESERVED, 1);
        LogOptions options = OPTIONS.withSegmentBytes(32 << 20);
        LogStore killed = LogStore.open(disk, options);
        fillUp(killed);
        assertTrue(committed > 4_000, "only " + committed);
        try (LogStore store = LogStore.open(disk.restart(), options)) {
            assertEquals(RecoveryReport.Outcome.UNCLEAN, store.recoveryReport().outcome());
            check(store);
        }
        CrashExplorer.closeQuietly(killed);
    }

    /** By others, to the last byte, while the store was in use. */
    @Test
    void shouldCloseOnADiskThatWasFilled() {
        disk.setCapacity(2 * MARK);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            commit(store);
            disk.setCapacity(2 * MARK - disk.usableBytes());
            assertEquals(0, disk.usableBytes());
        }
        SimDisk left = disk.crash(CrashModel.LOSE_ALL, 0);
        left.setCapacity(2 * MARK);
        try (LogStore store = LogStore.open(left, OPTIONS)) {
            assertEquals(RecoveryReport.Outcome.UNCLEAN, store.recoveryReport().outcome());
            check(store);
        }
    }

    /** A disk that has room for bytes, but for some time none for another segment's name. */
    private static final class OutOfNames extends ForwardingStorage {
        private boolean out;

        OutOfNames(Storage disk) {
            super(disk);
        }

        @Override
        public StorageFile create(String name) {
            if (out && Segment.basePosition(name) >= 0) {
                throw new StorageFullException(
                        "no inodes", name, StorageException.NO_OFFSET, null);
            }
            return super.create(name);
        }
    }

    @Test
    void shouldRefuseCommitsAndGoOnWhenThereIsNoRoomForTheNameOfTheNextSegment() {
        OutOfNames names = new OutOfNames(disk);
        LogOptions options = LogOptions.defaults().withSegmentBytes(64 << 10).withSpareBytes(0);
        try (LogStore store = LogStore.open(names, options)) {
            commit(store);
            names.out = true;
            StorageFullException refused = fillUp(store);
            assertTrue(refused.getMessage().contains("no inodes"), refused.getMessage());
            assertThrows(StorageFullException.class, () -> commit(store));
            store.force();
            assertEquals(store.visible(), store.durable());
            check(store);
            while (store.maintain()) {
                // the sealed segment gets its run
            }
            assertThrows(StorageFullException.class, () -> commit(store));
            check(store);
            checkAfter(CrashModel.LOSE_ALL);
            checkAfter(CrashModel.KEEP_ALL);

            names.out = false;
            commit(store);
            check(store);
            checkAfter(CrashModel.LOSE_ALL);
            names.out = true;
            fillUp(store);
        }
        try (LogStore store = LogStore.open(disk.restart(), options)) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            check(store);
            commit(store);
            check(store);
        }
    }

    private void checkAfter(CrashModel model) {
        try (LogStore store = LogStore.open(disk.crash(model, 1), OPTIONS)) {
            check(store);
        }
    }
}
