package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.IoCall;
import dev.varve.logstore.io.sim.IoCounts;
import dev.varve.logstore.io.sim.SimDisk;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a force costs, and what recovery is spared by it. */
final class LogStoreForceTest {

    private static final int VALUE_BYTES = 3000;
    private static final LogOptions OPTIONS =
            LogOptions.bulk().withSegmentBytes(1 << 20).withSpareBytes(0);
    private static final Environment NOTING =
            CrashExplorer.seededEnvironment(1).notingForcesOf(100_000);

    private static void fill(LogStore store, int from, int to) {
        Table table = store.table(TableSpec.byKey("t"));
        try (Batch batch = store.newBatch()) {
            for (int i = from; i < to; i++) {
                byte[] key = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
                store.commit(batch.clear().put(table, i, key, new byte[VALUE_BYTES]));
            }
        }
    }

    /** What a force does to the disk, once so many records were committed. */
    private static IoCounts countsOfAForceOf(int records) {
        CountingStorage storage = new CountingStorage(new SimDisk());
        try (LogStore store = LogStore.open(storage, OPTIONS, NOTING)) {
            fill(store, 0, 1);
            store.force();
            fill(store, 1, 1 + records);
            IoCounts before = storage.counts();
            store.force();
            store.force();
            return storage.counts().since(before);
        }
    }

    @Test
    void shouldNoteWhatAForceMadeDurableOnlyIfThatIsMuch() {
        IoCounts little = countsOfAForceOf(30);
        assertEquals(1, little.forces());
        assertEquals(0, little.bytesWritten());
        IoCounts much = countsOfAForceOf(40);
        assertEquals(2, much.forces());
        assertEquals(1, much.writes());
        assertEquals(1, much.of(IoCall.RENAME));
        assertEquals(1, much.directoryForces());
    }

    /** Bytes that opening writes again after a kill. */
    private static long writtenAgain(int forced, int more) {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, OPTIONS, NOTING);
        fill(store, 0, forced);
        store.force();
        fill(store, forced, forced + more);
        CountingStorage storage = new CountingStorage(disk.restart());
        try (LogStore again = LogStore.open(storage, OPTIONS, NOTING)) {
            assertEquals(RecoveryReport.Outcome.UNCLEAN, again.recoveryReport().outcome());
            assertEquals(forced + more + 1L, again.stats().commits());
            return storage.counts().bytesWritten();
        } finally {
            CrashExplorer.closeQuietly(store);
        }
    }

    @Test
    void shouldWriteNothingAgainThatAForceOfMuchMadeDurable() {
        assertEquals(0, writtenAgain(200, 0));
        assertTrue(writtenAgain(20, 0) > 20 * VALUE_BYTES);
        long one = writtenAgain(200, 1) - writtenAgain(200, 0);
        assertTrue(one > VALUE_BYTES && one < 2 * VALUE_BYTES, "written again: " + one);
    }

    @Test
    void shouldGoOnWhenThereIsNoSpaceToNoteAForce() {
        SimDisk disk = new SimDisk();
        long end;
        try (LogStore store = LogStore.open(disk, OPTIONS, NOTING)) {
            fill(store, 0, 200);
            disk.setCapacity(0);
            store.force();
            end = store.visible();
            assertEquals(end, store.durable());
            disk.setCapacity(Long.MAX_VALUE);
            fill(store, 200, 210);
        }
        SimDisk cut = disk.crash(CrashModel.LOSE_ALL, 1);
        try (LogStore store = LogStore.open(cut, OPTIONS, NOTING)) {
            assertEquals(211, store.stats().commits());
            CommitScript.checkVerifies(store);
        }
    }
}
