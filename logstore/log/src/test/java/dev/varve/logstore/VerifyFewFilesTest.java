package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import org.junit.jupiter.api.Test;

/** A verification that may open no more files says so, and takes nothing for damaged. */
final class VerifyFewFilesTest {

    private static final TableSpec HEADER = TableSpec.byHeight("header");
    private static final int RECORDS = 20;
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL.withDurability(Durability.NONE).withSpareBytes(0);

    /** A storage of a process that may open no more files. */
    private static final class FewFiles extends ForwardingStorage {
        private boolean exhausted;
        private int refusals;

        FewFiles(Storage delegate) {
            super(delegate);
        }

        @Override
        public StorageFile open(String name, Access access) {
            if (exhausted) {
                refusals++;
                throw new StorageFullException(
                        "too many files are open", name, StorageException.NO_OFFSET, null);
            }
            return super.open(name, access);
        }
    }

    private static SimDisk filled() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS);
                Batch batch = store.newBatch()) {
            Table header = store.table(HEADER);
            for (int height = 0; height < RECORDS; height++) {
                store.commit(batch.clear().put(header, height, new byte[] {(byte) height}));
            }
        }
        return disk.crash(CrashModel.KEEP_ALL, 0);
    }

    @Test
    void shouldNotHaveAHeightsFileWrittenAgainThatCouldNotBeOpened() {
        FewFiles storage = new FewFiles(filled());
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            storage.exhausted = true;
            assertFalse(store.verify().isClean());
            assertTrue(storage.refusals > RECORDS, "refused: " + storage.refusals);
            storage.exhausted = false;
            assertFalse(store.maintain(), "nothing is to be written again");
            assertEquals(0, store.stats().index().activity().builds());
            assertTrue(store.verify().isClean());
            Table header = store.table(HEADER);
            for (int height = 0; height < RECORDS; height++) {
                byte[] expected = {(byte) height};
                assertArrayEquals(expected, store.snapshot().get(header, height));
            }
        }
    }
}
