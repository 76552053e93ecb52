package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.FlakyStorage;
import dev.varve.logstore.io.sim.SimDisk;
import org.junit.jupiter.api.Test;

/** A verification that may open no more files says so, and takes nothing for damaged. */
final class VerifyFewFilesTest {

    private static final TableSpec HEADER = TableSpec.byHeight("header");
    private static final int RECORDS = 20;
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL.withDurability(Durability.NONE).withSpareBytes(0);

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
        FlakyStorage storage = new FlakyStorage(filled(), name -> name.endsWith(".heights"));
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            storage.failAt(storage.calls() + 1, Fault.FULL);
            assertFalse(store.verify().isClean());
            assertTrue(storage.hasFailed());
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
