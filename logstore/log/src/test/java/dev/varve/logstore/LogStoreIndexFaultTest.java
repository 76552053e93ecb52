package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.FlakyStorage;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.run.RunRange;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The disk takes or damages parts of the index that opening does not read: nobody is told "absent",
 * no commit fails for it, and the part is written again from the log.
 */
@Timeout(60)
final class LogStoreIndexFaultTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final TableSpec HEADER = TableSpec.byHeight("header");
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL
                    .withDurability(Durability.NONE)
                    .withSpareBytes(0)
                    .withIndex(CrashExplorer.SMALL.index().withMaxUnindexedSegments(1));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** One record by key and one by height to a commit, of about a kilobyte. */
    private static void fill(LogStore store, int from, int to) {
        Table tx = store.table(TX);
        Table header = store.table(HEADER);
        try (Batch batch = store.newBatch()) {
            for (int i = from; i < to; i++) {
                batch.clear().put(tx, i, bytes("k" + i), new byte[1000]);
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
            assertArrayEquals(new byte[1000], snapshot.get(tx, bytes("k" + i)), "k" + i);
            assertArrayEquals(bytes("h" + i), snapshot.get(header, i), "h" + i);
        }
        assertNull(snapshot.get(tx, bytes("k" + end)));
    }

    private static void maintainAll(LogStore store) {
        while (store.maintain()) {
            // until there is nothing left to do
        }
    }

    /** As {@link #maintainAll}; of damage that cannot be mended it is told. */
    private static int failuresOfMaintenance(LogStore store) {
        int failures = 0;
        boolean more = true;
        while (more) {
            try {
                more = store.maintain();
            } catch (CorruptionException e) {
                failures++;
            }
        }
        return failures;
    }

    /** Commits, each of the given counts in a life of its own. */
    private static SimDisk lives(int... ends) {
        SimDisk disk = new SimDisk();
        int from = 0;
        for (int end : ends) {
            try (LogStore store = LogStore.open(disk.restart(), OPTIONS)) {
                fill(store, from, end);
            }
            from = end;
        }
        return disk.crash(CrashModel.KEEP_ALL, 0);
    }

    private static List<String> files(SimDisk disk, String suffix) {
        return disk.list().stream().filter(name -> name.endsWith(suffix)).toList();
    }

    private static long length(SimDisk disk, String name) {
        try (StorageFile file = disk.open(name, Storage.Access.READ)) {
            return file.length();
        }
    }

    @Test
    void shouldWriteADamagedHeightsFileAgainAndCommitMeanwhile() {
        SimDisk disk = lives(20);
        String heights = files(disk, ".heights").getFirst();
        disk.flipBit(heights, 8 * (2 * 4096 + 50));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            Table header = store.table(HEADER);
            assertThrows(CorruptionException.class, () -> store.snapshot().get(header, 3));
            fill(store, 20, 400);
            maintainAll(store);
            check(store, 400);
        }
        try (LogStore store = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            assertEquals(List.of(), store.recoveryReport().notes());
            check(store, 400);
        }
    }

    @Test
    void shouldNotTakeAHeightsFileForDamagedWhenTooManyFilesAreOpen() {
        SimDisk disk = lives(20);
        FlakyStorage storage = new FlakyStorage(disk, name -> name.endsWith(".heights"));
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            Table header = store.table(HEADER);
            storage.failAt(storage.calls() + 1, Fault.FULL);
            assertThrows(StorageFullException.class, () -> store.snapshot().get(header, 3));
            assertTrue(storage.hasFailed());
            assertFalse(store.maintain(), "nothing is to be written again");
            assertEquals(0, store.stats().index().activity().builds());
            check(store, 20);
        }
    }

    @Test
    void shouldWriteAHeightsFileAgainThatVerifyFindsDamaged() {
        SimDisk disk = lives(200);
        String heights = files(disk, ".heights").getFirst();
        disk.flipBit(heights, 8 * (2 * 4096 + 50));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertTrue(store.verify().problems().toString().contains(heights));
            maintainAll(store);
            check(store, 200);
        }
    }

    @Test
    void shouldWriteFilesAgainThatLookupsFindDamaged() {
        SimDisk disk = lives(200);
        String run = files(disk, ".run").getFirst();
        String heights = files(disk, ".heights").getFirst();
        disk.flipBit(run, 8 * (2 * 4096 + 600));
        disk.flipBit(heights, 8 * (2 * 4096 + 50));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertFalse(store.maintain());
            assertTrue(damagedLookups(store, run, 200) > 0);
            Table header = store.table(HEADER);
            assertThrows(CorruptionException.class, () -> store.snapshot().get(header, 3));
            maintainAll(store);
            check(store, 200);
        }
    }

    @Test
    void shouldWriteARunAgainThatALookupOfManyKeysFindsDamaged() {
        SimDisk disk = lives(200);
        disk.flipBit(files(disk, ".run").getFirst(), 8 * (2 * 4096 + 600));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            List<MemorySegment> keys =
                    IntStream.range(0, 200)
                            .mapToObj(i -> MemorySegment.ofArray(bytes("k" + i)))
                            .toList();
            Table tx = store.table(TX);
            assertThrows(CorruptionException.class, () -> store.snapshot().getAll(tx, keys));
            maintainAll(store);
            check(store, 200);
        }
    }

    @Test
    void shouldHaveTheThreadWriteARunAgainThatALookupFindsDamaged() {
        SimDisk disk = lives(200);
        String run = files(disk, ".run").getFirst();
        disk.flipBit(run, 8 * (2 * 4096 + 600));
        try (LogStore store = LogStore.open(disk, OPTIONS.withMaintenance(Thread::new))) {
            assertTrue(damagedLookups(store, run, 200) > 0);
            while (damagedLookups(store, run, 200) > 0) {
                Thread.onSpinWait();
            }
            check(store, 200);
        }
    }

    /** The log is damaged too: that is told once, and keeps nobody from merging. */
    @Test
    void shouldMergeThoughADamagedFileCannotBeWrittenAgain() {
        SimDisk disk = lives(200);
        String heights = files(disk, ".heights").getFirst();
        disk.flipBit(heights, 8 * (2 * 4096 + 50));
        disk.flipBit(files(disk, ".log").getFirst(), 8 * 30_000);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            Table header = store.table(HEADER);
            for (int failures = 1; failures >= 0; failures--) {
                assertThrows(CorruptionException.class, () -> store.snapshot().get(header, 3));
                assertEquals(failures, failuresOfMaintenance(store));
            }
            fill(store, 200, 2000);
            maintainAll(store);
            IndexStats index = store.stats().index();
            assertTrue(index.activity().merges() > 0 && index.runs() <= 12, index::toString);
            assertFalse(store.verify().isClean());
            assertTrue(failuresOfMaintenance(store) > 0); // tried again
        }
    }

    @Test
    void shouldMergeOnBothSidesOfARunThatCannotBeWrittenAgain() {
        SimDisk disk = lives(100, 200, 300, 400);
        List<String> runs = files(disk, ".run");
        disk.flipBit(runs.get(1), 8 * (2 * 4096 + 600));
        disk.flipBit(files(disk, ".log").get(2), 8 * 30_000);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertFalse(store.verify().isClean());
            assertTrue(failuresOfMaintenance(store) > 0);
            int before = store.stats().index().runs();
            fill(store, 400, 2000);
            maintainAll(store);
            IndexStats index = store.stats().index();
            assertTrue(index.activity().merges() > 0, index::toString);
            assertTrue(index.runs() <= before + 10, before + " " + index);
        }
    }

    @Test
    void shouldNotWriteASoundRunAgainWhenTheCallersFunctionThrows() {
        SimDisk disk = lives(200);
        String run = files(disk, ".run").getFirst();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            maintainAll(store);
            CorruptionException e = new CorruptionException("of another store", run, 0, null);
            MemorySegment key = MemorySegment.ofArray(bytes("k3"));
            Table tx = store.table(TX);
            assertThrows(
                    CorruptionException.class,
                    () ->
                            store.snapshot()
                                    .find(
                                            tx,
                                            key,
                                            record -> {
                                                throw e;
                                            }));
            assertFalse(store.maintain());
        }
    }

    /** How many keys a damaged file of the index hides; the error must name it. */
    private static int damagedLookups(LogStore store, String file, int end) {
        Table tx = store.table(TX);
        int count = 0;
        for (int i = 0; i < end; i++) {
            try {
                assertArrayEquals(new byte[1000], store.snapshot().get(tx, bytes("k" + i)));
            } catch (CorruptionException e) {
                assertEquals(file, e.file());
                count++;
            }
        }
        return count;
    }

    @Test
    void shouldCloseThoughARunIsDamagedThatClosingWouldMerge() {
        SimDisk disk = lives(20, 25, 30, 35);
        List<String> runs = files(disk, ".run");
        String newest = runs.getLast();
        disk.flipBit(newest, 8 * (length(disk, newest) - 4096 - 3000));
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            fill(store, 35, 300);
        }
        try (LogStore store = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            assertFalse(store.verify().isClean());
            maintainAll(store);
            check(store, 300);
        }
    }

    /** A disk on which some reads fail, for good. */
    private static class BadSectors extends ForwardingStorage {
        private final Predicate<String> isBad;

        BadSectors(SimDisk disk, Predicate<String> isBad) {
            super(disk);
            this.isBad = isBad;
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public int read(MemorySegment destination, long offset) {
                    long header = Segment.basePosition(name()) >= 0 ? 4096 : 8192;
                    if (offset >= header && offset < length() - 4096 && isBad.test(name())) {
                        throw new StorageException("planted", "/disk/" + name(), offset, null);
                    }
                    return super.read(destination, offset);
                }
            };
        }
    }

    @Test
    void shouldWriteARunAgainThatCannotBeRead() {
        SimDisk disk = lives(20, 25);
        String run = files(disk, ".run").getFirst();
        boolean[] again = new boolean[1];
        BadSectors bad =
                new BadSectors(disk, name -> !again[0] && name.equals(run)) {
                    @Override
                    public void rename(String from, String to) {
                        again[0] |= to.equals(run);
                        super.rename(from, to);
                    }
                };
        try (LogStore store = LogStore.open(bad, OPTIONS)) {
            fill(store, 25, 300);
            maintainAll(store);
            check(store, 300);
            fill(store, 300, 310);
        }
    }

    @Test
    void shouldNotPoisonWhenTheLogCannotBeReadForWhatIsWrittenAgain() {
        SimDisk disk = lives(200);
        String run = files(disk, ".run").getFirst();
        boolean[] reads = {true};
        String segment = files(disk, ".log").getFirst();
        BadSectors bad = new BadSectors(disk, name -> !reads[0] && name.equals(segment));
        disk.flipBit(run, 8 * (2 * 4096 + 600));
        try (LogStore store = LogStore.open(bad, OPTIONS)) {
            assertFalse(store.verify().isClean());
            reads[0] = false;
            assertThrows(CorruptionException.class, () -> maintainAll(store));
            fill(store, 200, 210);
            reads[0] = true;
            maintainAll(store);
            check(store, 210);
        }
    }

    @Test
    void shouldReadOnWhenAFileThatNobodyNeedsCannotBeDeleted() {
        ForwardingStorage undeletable =
                new ForwardingStorage(new SimDisk()) {
                    @Override
                    public void delete(String name) {
                        if (RunRange.isIndexFile(name)) {
                            throw new StorageException("planted", name, 0, null);
                        }
                        super.delete(name);
                    }
                };
        LogStore store = LogStore.open(undeletable, OPTIONS);
        int end = 0;
        StorageException failure = null;
        while (failure == null) {
            try {
                fill(store, end, end + 1);
                end++;
            } catch (StorageException e) {
                failure = e;
            }
        }
        assertTrue(failure instanceof StoragePoisonedException, failure.toString());
        check(store, end);
        CrashExplorer.closeQuietly(store);
    }

    @Test
    void shouldRefuseACommitAndNotPoisonWhenNobodyKnowsHowMuchSpaceIsLeft() {
        boolean[] known = {true};
        SimDisk disk = new SimDisk();
        ForwardingStorage forgetful =
                new ForwardingStorage(disk) {
                    @Override
                    public long usableBytes() {
                        if (!known[0]) {
                            throw new StorageException("planted", "disk", 0, null);
                        }
                        return super.usableBytes();
                    }
                };
        disk.setCapacity(1 << 25); // so little that every commit asks
        try (LogStore store = LogStore.open(forgetful, OPTIONS)) {
            fill(store, 0, 150);
            known[0] = false;
            assertThrows(StorageFullException.class, () -> fill(store, 150, 151));
            assertThrows(StorageFullException.class, () -> maintainAll(store));
            known[0] = true;
            fill(store, 150, 300);
            check(store, 300);
        }
    }

    /** Of a segment with several parts by height the newest are lost, one after the other. */
    @Test
    void shouldNotCoverAPartInMemoryByAFileOfItsNeighbours() {
        SimDisk disk = lives(10, 20);
        for (int end = 20; end < 60; end += 10) {
            List<String> heights = files(disk, ".heights");
            disk.delete(heights.getLast());
            disk = disk.crash(CrashModel.KEEP_ALL, 0);
            try (LogStore store = LogStore.open(disk, OPTIONS)) {
                check(store, end);
                fill(store, end, end + 10);
                check(store, end + 10);
            }
            disk = disk.crash(CrashModel.KEEP_ALL, 0);
        }
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertEquals(List.of(), store.recoveryReport().notes());
            check(store, 60);
        }
    }

    @Test
    void shouldOpenWhateverBitOfAHeaderIsFlipped() {
        SimDisk disk = lives(80);
        for (String suffix : List.of(".run", ".heights")) {
            String file = files(disk, suffix).getFirst();
            for (int bit = 0; bit < 8 * 100; bit += suffix.equals(".run") ? 1 : 7) {
                SimDisk damaged = disk.crash(CrashModel.KEEP_ALL, 0);
                damaged.flipBit(file, bit);
                try (LogStore store = LogStore.open(damaged, OPTIONS)) {
                    String what = file + ", bit " + bit;
                    int notes = suffix.equals(".run") ? 1 : 0;
                    assertEquals(notes, store.recoveryReport().notes().size(), what);
                    if (bit % 50 == 0) {
                        checkLookups(store, 80);
                        maintainAll(store);
                        check(store, 80);
                    }
                }
            }
        }
    }

    /** The header is damaged, which is seen when the file is first needed. */
    @Test
    void shouldAnswerFromTheLogUntilAHeightsFileThatCannotBeOpenedIsWrittenAgain() {
        SimDisk disk = lives(200);
        String heights = files(disk, ".heights").getFirst();
        disk.flipBit(heights, 8 * 50);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertFalse(store.maintain()); // nobody has needed it
            checkLookups(store, 200);
            assertTrue(store.verify().problems().toString().contains(heights));
            assertTrue(store.stats().memory().hotBytes() > 0);
            maintainAll(store);
            assertEquals(0, store.stats().memory().hotBytes());
            check(store, 200);
        }
        try (LogStore store = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            check(store, 200);
        }
    }

    @Test
    void shouldLeaveADamagedHeightsFileOutOfTheOneThatTakesItsNeighboursIn() {
        SimDisk disk = lives(10, 20, 30);
        String heights = files(disk, ".heights").getLast();
        disk.flipBit(heights, 8 * 50);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            fill(store, 30, 40);
        }
        try (LogStore store = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            checkLookups(store, 40);
            maintainAll(store);
            check(store, 40);
        }
    }

    @Test
    void shouldTellOfTheLogWhereThatIsDamagedLikeAHeightsFileThatCannotBeOpened() {
        SimDisk disk = lives(200);
        String heights = files(disk, ".heights").getFirst();
        String segment = files(disk, ".log").getFirst();
        disk.flipBit(heights, 8 * 50);
        disk.flipBit(segment, 8 * 30_000);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            Table header = store.table(HEADER);
            for (int failures = 1; failures >= 0; failures--) {
                CorruptionException e =
                        assertThrows(
                                CorruptionException.class, () -> store.snapshot().get(header, 3));
                assertEquals(segment, e.file());
                assertEquals(failures, failuresOfMaintenance(store));
            }
            fill(store, 200, 400);
        }
    }

    /** A footer and a manifest of hundreds of tables are longer than what a roll takes else. */
    @Test
    void shouldRefuseRatherThanPoisonWhenAFooterOfManyTablesHasNoSpace() {
        for (int slack = 0; slack < 200_000; slack += 7_000) {
            SimDisk disk = new SimDisk();
            disk.setCapacity(1L << 29); // every commit asks, for less than a gigabyte is left
            try (LogStore store = LogStore.open(disk, OPTIONS)) {
                for (int t = 0; t < 400; t++) {
                    Table table = store.table(TableSpec.byKey("table" + t));
                    try (Batch batch = store.newBatch()) {
                        store.commit(batch.put(table, 1, bytes("k"), bytes("v")));
                    }
                }
                long used = disk.list().stream().mapToLong(name -> length(disk, name)).sum();
                disk.setCapacity(used + slack);
                int end = 0;
                try {
                    for (; end < 300; end++) {
                        fill(store, end, end + 1);
                    }
                } catch (StorageFullException e) {
                    // refused, and nothing else
                }
                disk.setCapacity(1L << 29);
                fill(store, end, end + 100);
                check(store, end + 100);
            }
        }
    }
}
