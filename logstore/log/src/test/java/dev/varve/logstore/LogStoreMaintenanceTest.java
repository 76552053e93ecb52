package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.run.RunRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs are written, merged and repaired: by the committer, by the embedder, by a thread. */
final class LogStoreMaintenanceTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL.withDurability(Durability.NONE).withSpareBytes(0);

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

    private static long runFiles(SimDisk disk) {
        return disk.list().stream().filter(name -> name.contains(".run")).count();
    }

    /** A storage of a process that may have only so many files open. */
    private static final class FewFiles extends ForwardingStorage {
        private int limit = Integer.MAX_VALUE;
        private int open;

        FewFiles(Storage delegate) {
            super(delegate);
        }

        private void requireOneMore() {
            if (open >= limit) {
                throw new StorageFullException(
                        "too many files are open", "disk", StorageException.NO_OFFSET, null);
            }
        }

        @Override
        public StorageFile create(String name) {
            requireOneMore();
            return super.create(name);
        }

        @Override
        public StorageFile open(String name, Access access) {
            requireOneMore();
            return super.open(name, access);
        }

        @Override
        public void forceDirectory() {
            requireOneMore();
            super.forceDirectory();
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            open++;
            return new ForwardingFile(file) {
                private boolean closed;

                @Override
                public void close() {
                    open -= closed ? 0 : 1;
                    closed = true;
                    super.close();
                }
            };
        }
    }

    /** With each number of files that may be open, from none more than one segment needs on. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldRefuseAndGoOnWhenNoMoreFilesCanBeOpened(int step) {
        SimDisk disk = new SimDisk();
        FewFiles storage = new FewFiles(disk);
        int end = 1;
        int refusals = 0;
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            fill(store, 0, end);
            storage.limit = storage.open + step;
            while (end < 600) {
                try {
                    fill(store, end, end + 1);
                    end++;
                    if (end % 7 == 0) {
                        boolean ignored = store.maintain();
                    }
                } catch (StorageFullException e) {
                    refusals++;
                    assertTrue(refusals < 1_000, e::toString);
                    check(store, end);
                    storage.limit++;
                }
            }
            assertTrue(refusals > 3, () -> storage.limit + " files");
            storage.limit = Integer.MAX_VALUE;
            check(store, end);
        }
        try (LogStore store = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            assertEquals(List.of(), store.recoveryReport().notes());
            check(store, end);
        }
    }

    @Test
    void shouldKeepFewRunsHoweverManySegmentsThereAre() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            for (int i = 0; i < 3000; i += 30) {
                fill(store, i, i + 30);
                IndexStats index = store.stats().index();
                assertTrue(index.runs() <= 10, () -> "runs " + index.runs());
                assertTrue(index.unindexedSegments() <= 2, () -> "waiting " + index);
            }
            assertTrue(store.stats().segments() > 80);
            assertTrue(store.stats().index().activity().stalls() > 40);
            check(store, 3000);
            while (store.maintain()) {
                // until there is nothing left to do
            }
            IndexStats index = store.stats().index();
            assertEquals(0, index.unindexedSegments());
            assertEquals(index.runs(), runFiles(disk));
            check(store, 3000);
            assertFalse(store.maintain());
        }
        SimDisk next = disk.crash(CrashModel.LOSE_ALL, 0);
        try (LogStore store = LogStore.open(next, OPTIONS)) {
            assertEquals(0, store.recoveryReport().scannedBytes());
            assertEquals(store.stats().index().runs(), runFiles(next));
            check(store, 3000);
        }
    }

    @Test
    void shouldNotLetACommitWriteRunsIfTheEmbedderDoes() {
        try (LogStore store = LogStore.open(new SimDisk(), OPTIONS)) {
            for (int i = 0; i < 600; i += 20) {
                fill(store, i, i + 20);
                while (store.maintain()) {
                    // after each segment at the latest
                }
            }
            assertEquals(0, store.stats().index().activity().stalls());
            check(store, 600);
        }
    }

    @Test
    void shouldWriteADamagedRunAgainFromTheLog() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            fill(store, 0, 400);
        }
        SimDisk left = disk.crash(CrashModel.KEEP_ALL, 0);
        String run = left.list().stream().filter(n -> n.endsWith(".run")).findFirst().get();
        RunRange range = RunRange.ofRunName(run);
        assertTrue(range != null && range.end() - range.start() > 100_000, run);
        left.flipBit(run, 8 * (2 * 4096 + 600)); // in the first page of entries
        try (LogStore store = LogStore.open(left, OPTIONS)) {
            assertEquals(List.of(), store.recoveryReport().notes());
            VerifyReport report = store.verify();
            assertFalse(report.isClean());
            assertTrue(report.problems().toString().contains(run), report.toString());
            while (store.maintain()) {
                // writes it again
            }
            check(store, 400);
        }
        try (LogStore store = LogStore.open(left.crash(CrashModel.LOSE_ALL, 0), OPTIONS)) {
            check(store, 400);
        }
    }

    @Test
    void shouldRefuseACommitIfThereIsNoSpaceForTheRunAndGoOnIfThereIs() {
        SimDisk disk = new SimDisk();
        LogOptions options = OPTIONS.withIndex(OPTIONS.index().withMaxUnindexedSegments(1));
        try (LogStore store = LogStore.open(disk, options)) {
            fill(store, 0, 85);
            Table tx = store.table(TX);
            disk.setCapacity(disk.list().stream().mapToLong(name -> length(disk, name)).sum()
                    + 100_000);
            int next = 85;
            StorageFullException refused = null;
            try (Batch batch = store.newBatch()) {
                while (refused == null) {
                    try {
                        store.commit(batch.clear().put(tx, 1, key(next), new byte[2000]));
                        next++;
                    } catch (StorageFullException e) {
                        refused = e;
                    }
                }
            }
            check(store, next);
            assertThrows(StorageFullException.class, store::maintain);
            disk.setCapacity(Long.MAX_VALUE);
            fill(store, next, next + 100);
            check(store, next + 100);
        }
    }

    private static long length(SimDisk disk, String name) {
        try (StorageFile file = disk.open(name, dev.varve.logstore.io.Storage.Access.READ)) {
            return file.length();
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void shouldKeepTheIndexOnDiskWithAThreadOfItsOwn() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        LogOptions options =
                OPTIONS.withMaintenance(
                        work -> {
                            threads.add(new Thread(work));
                            return threads.getLast();
                        });
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, options)) {
            fill(store, 0, 1000);
            await(() -> store.stats().index().unindexedSegments() == 0);
            check(store, 1000);
            assertTrue(store.stats().index().runs() > 0);
        }
        assertEquals(1, threads.size());
        assertFalse(threads.getFirst().isAlive());
        try (LogStore store = LogStore.open(disk.crash(CrashModel.LOSE_ALL, 0), options)) {
            assertEquals(0, store.recoveryReport().scannedBytes());
            check(store, 1000);
        }
    }

    /** At a byte a second a merge takes days: neither a commit nor closing may wait for that. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldCommitAndCloseWhateverThePaceOfMerges(boolean withThread) {
        IndexOptions slow = OPTIONS.index().withMergeBytesPerSecond(1);
        LogOptions options =
                OPTIONS.withIndex(withThread ? slow.withMaintenance(Thread::new) : slow);
        SimDisk disk = new SimDisk();
        int end = 0;
        for (int opening = 0; opening < 4; opening++) {
            try (LogStore store = LogStore.open(disk, options)) {
                fill(store, end, end + 600);
                end += 600;
            }
            disk = disk.crash(CrashModel.KEEP_ALL, 0);
        }
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            check(store, end);
        }
    }

    @Test
    void shouldBeginAgainIfTheThreadFails() {
        SimDisk disk = new SimDisk();
        ForwardingStorage failing =
                new ForwardingStorage(disk) {
                    private int failures = 3;

                    @Override
                    public StorageFile create(String name) {
                        if (RunRange.isIndexFile(name) && failures-- > 0) {
                            throw new IllegalStateException("planted");
                        }
                        return super.create(name);
                    }
                };
        LogOptions options =
                OPTIONS.withIndex(OPTIONS.index().withMaxUnindexedSegments(10))
                        .withMaintenance(Thread::new);
        try (LogStore store = LogStore.open(failing, options)) {
            fill(store, 0, 200);
            await(() -> store.stats().index().unindexedSegments() < 5);
            assertEquals(3, store.stats().index().activity().restarts());
            check(store, 200);
        }
    }
}
