package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.IoCall;
import dev.varve.logstore.io.sim.IoCounts;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The index on disk: when it is written, what opening does with it, and what it does without. */
final class LogStoreIndexTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final TableSpec HEADER = TableSpec.byHeight("header");
    private static final LogOptions OPTIONS =
            LogOptions.bulk()
                    .withSegmentBytes(64 << 10)
                    .withIndex(IndexOptions.defaults().withPageCacheBytes(64 << 10));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LogStore open(SimDisk disk) {
        return LogStore.open(disk, OPTIONS);
    }

    /** One record by key and one by height to a commit, of about a kilobyte. */
    private static void fill(LogStore store, int from, int to) {
        Table tx = store.table(TX);
        Table header = store.table(HEADER);
        try (Batch batch = store.newBatch()) {
            for (int i = from; i < to; i++) {
                batch.clear().put(tx, i, bytes("k" + i), new byte[1000]);
                if (i % 5 == 0) {
                    batch.delete(tx, i, bytes("k" + i / 2));
                }
                store.commit(batch.put(header, i, bytes("h" + i)));
            }
        }
    }

    private static void check(LogStore store, int end) {
        checkLookups(store, end);
        CommitScript.checkVerifies(store);
    }

    private static void checkLookups(LogStore store, int end) {
        Snapshot snapshot = store.snapshot();
        Table tx = store.table(TX);
        Table header = store.table(HEADER);
        for (int i = 0; i < end; i++) {
            boolean deleted = 2 * i < end && (2 * i % 5 == 0 || 2 * i + 1 < end && i % 5 == 2);
            byte[] value = snapshot.get(tx, bytes("k" + i));
            if (deleted) {
                assertNull(value, "k" + i);
            } else {
                assertArrayEquals(new byte[1000], value, "k" + i);
            }
            assertArrayEquals(bytes("h" + i), snapshot.get(header, i));
        }
        assertNull(snapshot.get(tx, bytes("k" + end)));
        assertNull(snapshot.get(header, end));
        assertEquals(end == 0 ? -1 : end - 1, snapshot.lastHeight(header));
    }

    private static List<String> files(SimDisk disk, String suffix) {
        return disk.list().stream().filter(name -> name.endsWith(suffix)).toList();
    }

    private static SimDisk closedWith(int commits) {
        SimDisk disk = new SimDisk();
        try (LogStore store = open(disk)) {
            fill(store, 0, commits);
        }
        return disk.crash(CrashModel.KEEP_ALL, 0);
    }

    @Test
    void shouldOpenWithoutReadingTheLogAfterAClose() {
        SimDisk disk = new SimDisk();
        try (LogStore store = open(disk)) {
            fill(store, 0, 700);
            check(store, 700);
            assertTrue(store.stats().segments() > 8, "segments " + store.stats().segments());
        }
        SimDisk next = disk.restart();
        try (LogStore store = open(next)) {
            RecoveryReport report = store.recoveryReport();
            assertEquals(RecoveryReport.Outcome.CLEAN, report.outcome());
            assertEquals(0, report.scannedBytes());
            assertEquals(List.of(), report.notes());
            assertEquals(2 + 700 * 2 + 140, store.stats().records());
            check(store, 700);
            fill(store, 700, 900);
            check(store, 900);
        }
        try (LogStore store = open(next.restart())) {
            assertEquals(0, store.recoveryReport().scannedBytes());
            check(store, 900);
        }
    }

    /** What is opened and read is the last segment, and runs; their number is not the segments'. */
    @Test
    void shouldOpenAsFewFilesWhereThereAreManySegments() {
        IoCounts few = countsOfOpening(closedWith(700));
        IoCounts many = countsOfOpening(closedWith(2800));
        assertTrue(few.of(IoCall.OPEN) <= 10, few.toString());
        assertTrue(many.of(IoCall.OPEN) <= few.of(IoCall.OPEN) + 10, few + ", then " + many);
        assertTrue(many.reads() <= few.reads() + 30, few + ", then " + many);
    }

    private static IoCounts countsOfOpening(SimDisk disk) {
        CountingStorage storage = new CountingStorage(disk);
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            IoCounts counts = storage.counts();
            IndexStats index = store.stats().index();
            assertTrue(index.heightsFiles() > store.stats().segments() / 2, index.toString());
            assertEquals(
                    counts.of(IoCall.OPEN) + index.heightsFiles(),
                    storage.counts().of(IoCall.OPEN)); // for their lengths
            return counts;
        }
    }

    @Test
    void shouldReadOnlyTheLogBehindTheRunsAfterAKill() {
        SimDisk disk = new SimDisk();
        LogStore store = open(disk);
        fill(store, 0, 700);
        long end = store.visible();
        LogStore again = open(disk.restart());
        RecoveryReport report = again.recoveryReport();
        assertEquals(RecoveryReport.Outcome.UNCLEAN, report.outcome());
        assertEquals(end, report.endPosition());
        long unindexed = report.scannedBytes();
        assertTrue(unindexed > 0 && unindexed < 4 * (64 << 10), "scanned " + unindexed);
        check(again, 700);
        again.close();
        CrashExplorer.closeQuietly(store);
    }

    @Test
    void shouldReadTheLogAgainWhereAFileOfTheIndexIsLostOrDamaged() {
        SimDisk disk = closedWith(400);
        for (String suffix : List.of(".run", ".heights")) {
            // A heights file is opened when somebody needs it.
            int notes = suffix.equals(".run") ? 1 : 0;
            assertFalse(files(disk, suffix).isEmpty(), suffix);
            for (String file : files(disk, suffix)) {
                SimDisk lost = disk.crash(CrashModel.KEEP_ALL, 0);
                lost.delete(file);
                checkBuiltAgain(lost, 1);
                SimDisk damaged = disk.crash(CrashModel.KEEP_ALL, 0);
                damaged.flipBit(file, 8 * 50);
                checkBuiltAgain(damaged, notes);
                SimDisk cut = disk.crash(CrashModel.KEEP_ALL, 0);
                try (StorageFile opened = cut.open(file, Storage.Access.READ_WRITE)) {
                    opened.truncate(opened.length() / 2);
                }
                checkBuiltAgain(cut, notes);
            }
        }
    }

    private static void checkBuiltAgain(SimDisk disk, int notes) {
        try (LogStore store = open(disk)) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            assertEquals(notes, store.recoveryReport().notes().size());
            checkLookups(store, 400);
            while (store.maintain()) {
                checkLookups(store, 400);
            }
            check(store, 400);
            assertEquals(2 + 2 * 400 + 80, store.stats().records());
        }
        try (LogStore store = open(disk.restart())) {
            assertEquals(List.of(), store.recoveryReport().notes());
            assertEquals(0, store.recoveryReport().scannedBytes());
            check(store, 400);
            fill(store, 400, 500);
            check(store, 500);
        }
    }

    @Test
    void shouldDeleteFilesOfTheIndexThatTheManifestDoesNotNameBeforeItWrites() {
        SimDisk next = closedWith(100);
        List<String> orphans =
                List.of(
                        "00000000000000000000-00000000000000000016.run",
                        "00000000000000000000-00000000000000000016.heights",
                        "00000000000000000000-00000000000000000016.run.tmp");
        for (String name : orphans) {
            try (StorageFile file = next.create(name)) {
                file.write(MemorySegment.ofArray(new byte[100]), 0);
            }
        }
        try (LogStore store = open(next)) {
            check(store, 100);
            assertTrue(next.list().containsAll(orphans), "not before the first write");
            fill(store, 100, 101);
            assertFalse(next.list().stream().anyMatch(orphans::contains));
        }
        try (LogStore store = open(next.restart())) {
            check(store, 101);
        }
    }

    @Test
    void shouldTellAMissingSegmentAtOnceAndAShortOneWhenItIsRead() {
        SimDisk disk = closedWith(400);
        List<String> segments = files(disk, ".log");
        for (String file : segments) {
            SimDisk missing = disk.crash(CrashModel.KEEP_ALL, 0);
            missing.delete(file);
            CorruptionException e = assertThrows(CorruptionException.class, () -> open(missing));
            assertTrue(e.getMessage().contains("missing"), e.getMessage());
        }
        SimDisk shorter = disk.crash(CrashModel.KEEP_ALL, 0);
        try (StorageFile opened = shorter.open(segments.getFirst(), Storage.Access.READ_WRITE)) {
            opened.truncate(opened.length() - 1);
        }
        try (LogStore store = open(shorter)) {
            Table tx = store.table(TX);
            CorruptionException e =
                    assertThrows(
                            CorruptionException.class,
                            () -> store.snapshot().get(tx, bytes("k0")));
            assertEquals(segments.getFirst(), e.file());
            assertFalse(store.verify().isClean());
        }
    }

    @Test
    void shouldFilterTheRunFromTheStartOnlyWhenAskedTo() {
        assertTrue(runBytes(FilteredRuns.ALL) > runBytes(FilteredRuns.NEWER));
    }

    /** Length of the one run that a store has after all merges; what it finds is checked. */
    private static long runBytes(FilteredRuns filtered) {
        LogOptions options = OPTIONS.withIndex(OPTIONS.index().withFilteredRuns(filtered));
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, options)) {
            fill(store, 0, 300);
        }
        disk = disk.restart();
        try (LogStore store = LogStore.open(disk, options)) {
            while (store.maintain()) {
                // One piece of the work after the other.
            }
            check(store, 300);
        }
        disk = disk.restart();
        List<String> runs = disk.list().stream().filter(name -> name.endsWith(".run")).toList();
        assertEquals(1, runs.size());
        try (StorageFile run = disk.open(runs.getFirst(), Storage.Access.READ)) {
            return run.length();
        }
    }

    /** Nothing was added to the segment that is written: its part of the index covers nothing. */
    @Test
    void shouldCloseWhenARunWasLostAndEveryCommitWasRefused() {
        SimDisk disk = new SimDisk();
        try (LogStore store = open(disk)) {
            fill(store, 0, 100);
        }
        disk = disk.restart();
        disk.delete(files(disk, ".run").getFirst());
        disk.setCapacity(1L << 30);
        try (LogStore store = LogStore.open(disk, OPTIONS.withSpareBytes(1L << 40))) {
            assertThrows(StorageFullException.class, () -> fill(store, 100, 101));
            checkLookups(store, 100);
        }
        try (LogStore store = open(disk.restart())) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            assertEquals(0, store.recoveryReport().scannedBytes());
            check(store, 100);
        }
    }
}
