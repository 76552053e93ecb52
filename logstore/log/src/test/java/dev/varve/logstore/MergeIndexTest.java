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
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One run of the whole index, when the embedder asks for it. */
final class MergeIndexTest {

    private static final TableSpec TX = TableSpec.byKey("tx");

    /** More segments than are merged by themselves, each a run of its own. */
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL
                    .withDurability(Durability.NONE)
                    .withSpareBytes(0)
                    .withIndex(CrashExplorer.SMALL.index().withMaxUnindexedSegments(1));

    private static byte[] key(int i) {
        return ("key" + i).getBytes(StandardCharsets.UTF_8);
    }

    private static void fill(LogStore store, int from, int to) {
        Table tx = store.table(TX);
        try (Batch batch = store.newBatch()) {
            for (int i = from; i < to; i++) {
                store.commit(batch.clear().put(tx, i, key(i), new byte[2000]));
            }
        }
    }

    private static void check(LogStore store, int end) {
        Table tx = store.table(TX);
        for (int i = 0; i < end; i++) {
            assertArrayEquals(new byte[2000], store.snapshot().get(tx, key(i)), "key " + i);
        }
        assertNull(store.snapshot().get(tx, key(end)));
        CommitScript.checkVerifies(store);
    }

    private static List<String> runFiles(SimDisk disk) {
        return disk.list().stream().filter(name -> name.endsWith(".run")).sorted().toList();
    }

    private static long bytes(SimDisk disk, List<String> names) {
        long sum = 0;
        for (String name : names) {
            try (StorageFile file = disk.open(name, Storage.Access.READ)) {
                sum += file.length();
            }
        }
        return sum;
    }

    /** The disk of a store of several runs that nothing would merge by itself. */
    private static SimDisk filledWithRuns(int end) {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            fill(store, 0, end);
            while (store.maintain()) {
                // until there is nothing left to do
            }
            assertTrue(store.stats().index().runs() > 2, () -> "runs " + store.stats().index());
            assertFalse(store.maintain());
        }
        return again(disk);
    }

    /** The disk as a store left it that closed it. */
    private static SimDisk again(SimDisk disk) {
        return disk.crash(CrashModel.KEEP_ALL, 0);
    }

    @Test
    void shouldMakeOneRunOfAllThatIsSealed() {
        SimDisk disk = filledWithRuns(700);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            fill(store, 700, 800);
            store.mergeIndex();
            IndexStats index = store.stats().index();
            assertEquals(1, index.runs());
            assertEquals(0, index.unindexedSegments());
            assertEquals(1, runFiles(disk).size());
            check(store, 800);
        }
        SimDisk next = disk.crash(CrashModel.LOSE_ALL, 0);
        try (LogStore store = LogStore.open(next, OPTIONS)) {
            assertEquals(List.of(), store.recoveryReport().notes());
            assertEquals(0, store.recoveryReport().scannedBytes());
            check(store, 800);
        }
    }

    @Test
    void shouldWriteNothingWhereNothingIsToBeMerged() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            store.mergeIndex();
            fill(store, 0, 100);
        }
        disk = again(disk);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            store.mergeIndex();
        }
        SimDisk left = again(disk);
        List<String> names = left.list();
        try (LogStore store = LogStore.open(left, OPTIONS)) {
            long calls = left.calls();
            store.mergeIndex();
            assertEquals(calls, left.calls());
            assertEquals(names, left.list());
            assertEquals(1, store.stats().index().runs());
            check(store, 100);
        }
    }

    @Test
    void shouldDeleteTheOldRunsThatSomebodyStillReadWhenTheyWereMerged() {
        SimDisk disk = filledWithRuns(700);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            mergeWhileReading(store);
            assertTrue(runFiles(disk).size() > 1, "nobody lets go of what is read");
            store.mergeIndex();
            assertEquals(1, runFiles(disk).size());
            check(store, 700);
        }
    }

    @Test
    void shouldDeleteOldRunsWhenItIsClosed() {
        SimDisk disk = filledWithRuns(700);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            mergeWhileReading(store);
        }
        SimDisk left = again(disk);
        assertEquals(1, runFiles(left).size());
        try (LogStore store = LogStore.open(left, OPTIONS)) {
            check(store, 700);
        }
    }

    private static void mergeWhileReading(LogStore store) {
        String merged =
                store.snapshot()
                        .find(
                                store.table(TX),
                                MemorySegment.ofArray(key(1)),
                                record -> {
                                    store.mergeIndex();
                                    return "merged";
                                });
        assertEquals("merged", merged);
    }

    @Test
    void shouldWriteADamagedRunAgainFirst() {
        SimDisk left = filledWithRuns(700);
        String second = runFiles(left).get(1);
        left.flipBit(second, 8 * (bytes(left, List.of(second)) - 2 * 4096 + 600));
        try (LogStore store = LogStore.open(left, OPTIONS)) {
            store.mergeIndex();
            assertEquals(1, store.stats().index().runs());
            check(store, 700);
        }
    }

    @Test
    void shouldRefuseForLackOfSpaceAndChangeNothing() {
        SimDisk disk = filledWithRuns(700);
        List<String> names = runFiles(disk);
        disk.setCapacity(bytes(disk, disk.list()) + 1_000);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertThrows(StorageFullException.class, store::mergeIndex);
            assertEquals(names, runFiles(disk));
            check(store, 700);
            disk.setCapacity(Long.MAX_VALUE);
            store.mergeIndex();
            assertEquals(1, store.stats().index().runs());
            check(store, 700);
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldEndWhileOthersCommitAndNothingWaits() {
        SimDisk disk = filledWithRuns(700);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            CompletableFuture<Void> filled =
                    CompletableFuture.runAsync(() -> fill(store, 700, 3000));
            int merged = 0;
            while (!filled.isDone()) {
                store.mergeIndex();
                merged++;
            }
            filled.join();
            assertTrue(merged > 0);
            store.mergeIndex();
            assertEquals(1, store.stats().index().runs());
            check(store, 3000);
        }
    }

    @Test
    void shouldEndWithTheStore() {
        for (int round = 0; round < 20; round++) {
            SimDisk disk = filledWithRuns(700);
            CompletableFuture<Void> merged;
            try (LogStore store = LogStore.open(disk, OPTIONS)) {
                merged = CompletableFuture.runAsync(store::mergeIndex);
            }
            try {
                merged.join();
            } catch (CompletionException e) {
                assertTrue(e.getCause() instanceof StorageClosedException, e::toString);
            }
            try (LogStore store = LogStore.open(again(disk), OPTIONS)) {
                check(store, 700);
            }
        }
    }
}
