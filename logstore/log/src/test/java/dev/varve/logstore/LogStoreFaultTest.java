package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.SimDisk;
import java.util.Random;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every call to the disk fails once, in every way: what was acknowledged stays, and nothing lies.
 */
final class LogStoreFaultTest {

    private static final long COMMITS = 24;
    private static final LogOptions OPTIONS = CrashExplorer.SMALL;

    private final CommitScript script = new CommitScript(11, 9);

    private LongFunction<Environment> environments = CrashExplorer::seededEnvironment;

    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldPoisonAndHealOnReopenWhenAnyCallFails(Fault fault) {
        long calls = callsOfAWholeRun();
        for (long call = 1; call <= calls; call++) {
            SimDisk disk = new SimDisk();
            disk.failAt(call, fault);
            long acknowledged = runUntilFailure(disk, "call " + call + " " + fault);
            checkAfterRestart(disk, acknowledged, "call " + call + " " + fault);
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldPoisonAndHealOnReopenWhenAnyCallFailsThoughForcesAreNoted(Fault fault) {
        environments = seed -> CrashExplorer.seededEnvironment(seed).notingForcesOf(1);
        shouldPoisonAndHealOnReopenWhenAnyCallFails(fault);
    }

    private long callsOfAWholeRun() {
        SimDisk disk = new SimDisk();
        assertEquals(COMMITS, runUntilFailure(disk, "no fault"));
        return disk.calls();
    }

    /** Commits until something fails; checks what the store says from then on. */
    private long runUntilFailure(SimDisk disk, String what) {
        long acknowledged = 0;
        LogStore store;
        try {
            store = LogStore.open(disk, OPTIONS, environments.apply(1));
        } catch (StorageException e) {
            return 0;
        }
        try {
            while (acknowledged < COMMITS) {
                script.commit(store, acknowledged + 1);
                acknowledged++;
                if (acknowledged % 8 == 0) {
                    maintainAll(store);
                }
            }
        } catch (StorageFullException e) {
            // Refused before anything was written: the same commit goes through later.
            script.commit(store, acknowledged + 1);
            acknowledged++;
        } catch (StorageException e) {
            assertInstanceOf(StoragePoisonedException.class, e, what);
            assertNotNull(e.getCause(), what);
            assertEquals("sim:disk", e.store(), what);
            checkPoisoned(store, acknowledged, what);
        }
        CrashExplorer.closeQuietly(store);
        return acknowledged;
    }

    private static void maintainAll(LogStore store) {
        while (store.maintain()) {
            // writes runs, then merges them
        }
    }

    private void checkPoisoned(LogStore store, long acknowledged, String what) {
        long next = Math.max(3, acknowledged + 1);
        if (acknowledged >= 2) {
            assertThrows(
                    StoragePoisonedException.class, () -> script.commit(store, next), what);
        }
        long visible = store.stats().commits();
        assertTrue(visible >= acknowledged, what);
        if (visible == acknowledged) {
            script.check(store, store.snapshot(), visible);
        }
    }

    /**
     * A new process on the same machine, which has pages that never reached the disk; then a power
     * cut.
     */
    private void checkAfterRestart(SimDisk disk, long acknowledged, String what) {
        SimDisk restarted = disk.restart();
        long n;
        try (LogStore store =
                LogStore.open(restarted, OPTIONS, environments.apply(2))) {
            n = store.stats().commits();
            assertTrue(acknowledged <= n && n <= acknowledged + 1, what + ": " + n);
            script.check(store, store.snapshot(), n);
            script.commit(store, n + 1);
            SimDisk cut = restarted.crash(CrashModel.LOSE_ALL, 1);
            try (LogStore after =
                    LogStore.open(cut, OPTIONS, environments.apply(3))) {
                assertEquals(n + 1, after.stats().commits(), what);
                script.check(after, after.snapshot(), n + 1);
                CommitScript.checkVerifies(after);
            }
        }
    }

    @Test
    void shouldRefuseWithoutPoisonWhenTheDiskIsFullAndGoOnWhenItIsNot() {
        SimDisk disk = new SimDisk();
        LogOptions options = OPTIONS.withSpareBytes(64 << 10);
        disk.setCapacity(600 << 10);
        try (LogStore store = LogStore.open(disk, options)) {
            Table table = store.table(TableSpec.byKey("t"));
            long written = 0;
            StorageFullException full = null;
            while (full == null) {
                try (Batch batch = store.newBatch()) {
                    batch.put(table, written, key(written), new byte[20_000]);
                    store.commit(batch);
                    written++;
                } catch (StorageFullException e) {
                    full = e;
                }
            }
            assertTrue(full.getMessage().contains("no space for"), full.getMessage());
            assertTrue(written > 10, "only " + written);
            disk.setCapacity(Long.MAX_VALUE);
            try (Batch batch = store.newBatch()) {
                batch.put(table, written, key(written), new byte[20_000]);
                store.commit(batch);
            }
            for (long i = 0; i <= written; i++) {
                assertNotNull(store.snapshot().get(table, key(i)), "record " + i);
            }
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldRefuseBeforeAnythingIsWrittenWhenTheDiskGrowsSlowly() {
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            // Index files are written whether the batch that rolls has room or not: none here.
            LogOptions options =
                    OPTIONS.withIndex(OPTIONS.index().withMaxUnindexedSegments(1_000))
                            .withSegmentBytes((64 << 10) + random.nextInt(300_000))
                            .withSpareBytes(random.nextInt(3) << 15)
                            .withDurability(
                                    random.nextInt(3) == 0 ? Durability.NONE : Durability.GROUP);
            fillUp(new SimDisk(), options, random, "seed " + seed + " " + options);
        }
    }

    private static void fillUp(SimDisk disk, LogOptions options, Random random, String what) {
        long capacity = 200_000;
        disk.setCapacity(capacity);
        long written = 0;
        try (LogStore store = LogStore.open(disk, options);
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("t"));
            for (int refusals = 0; refusals < 25; ) {
                int length = random.nextInt(random.nextInt(10) == 0 ? 150_000 : 3_000);
                batch.clear().put(table, written, key(written), new byte[length]);
                long before = disk.calls();
                try {
                    store.commit(batch);
                    written++;
                } catch (StorageFullException e) {
                    assertEquals(before, disk.calls(), what);
                    capacity += random.nextInt(80_000);
                    disk.setCapacity(capacity);
                    refusals++;
                }
            }
        }
        assertTrue(written > 10, what + ": only " + written);
        try (LogStore store = LogStore.open(disk.restart(), options)) {
            Table table = store.table(TableSpec.byKey("t"));
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome(), what);
            for (long i = 0; i < written; i++) {
                assertNotNull(store.snapshot().get(table, key(i)), what + ": record " + i);
            }
            CommitScript.checkVerifies(store);
        }
    }

    private static byte[] key(long n) {
        return Long.toString(n).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    /** Whoever was told may be a thread that nobody listens to. */
    @Test
    void shouldTellAsItClosesThatWhatIsVisibleIsNotDurable() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, OPTIONS.withDurability(Durability.NONE));
        Table table = store.table(TableSpec.byKey("t"));
        try (Batch batch = store.newBatch()) {
            store.commit(batch.put(table, 1, key(1), key(1)));
            store.force();
            store.commit(batch.clear().put(table, 1, key(2), key(2)));
        }
        disk.failAt(disk.calls() + 1, Fault.EIO);
        assertThrows(StoragePoisonedException.class, store::force);
        assertThrows(StoragePoisonedException.class, store::close);
        store.close();
        try (LogStore again = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            assertNotNull(again.snapshot().get(table, key(1)));
            assertNull(again.snapshot().get(table, key(2)));
        }
    }

    /** What failed was refused, and its writer was told. */
    @Test
    void shouldCloseInSilenceWhenAllThatIsVisibleIsDurable() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            Table table = store.table(TableSpec.byKey("t"));
            try (Batch batch = store.newBatch()) {
                store.commit(batch.put(table, 1, key(1), key(1)));
                disk.failAt(disk.calls() + 1, Fault.EIO); // the write
                batch.clear().put(table, 1, key(2), key(2));
                assertThrows(StorageException.class, () -> store.commit(batch));
            }
            assertTrue(store.isPoisoned());
        }
    }

    @Test
    void shouldKeepServingWhenAReadFailsOnce() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            Table table = store.table(TableSpec.byKey("t"));
            try (Batch batch = store.newBatch()) {
                store.commit(batch.put(table, 1, key(1), key(2)));
            }
            disk.failReadAt(disk.readCalls() + 1);
            assertThrows(StorageException.class, () -> store.snapshot().get(table, key(1)));
            assertNotNull(store.snapshot().get(table, key(1)));
        }
    }
}
