package dev.varve.engine;

import static dev.varve.engine.LedgerStoreTest.TX;
import static dev.varve.engine.LedgerStoreTest.add;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.Batch;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk that is nearly full: what the filter writes leaves what a commit was promised. */
@Timeout(60)
final class LedgerStoreFullTest {

    private static final TableSpec PLAIN = TableSpec.byKey("plain");
    private static final long SPARE_BYTES = 2 << 20;
    private static final int FRAME_BYTES = 512 << 10;

    /** What files beside the log leave of the disk. */
    private static final long LAST_BYTES = 1 << 20;

    /** What a shard's file has besides the lines, and what is asked for besides. */
    private static final long END_BYTES = (8 << 10) + (64 << 10);

    /** Does something else on another thread while a long frame is written. */
    private static final class Interposed extends ForwardingStorage {

        private @Nullable FutureTask<Throwable> during;

        Interposed(SimDisk disk) {
            super(disk);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public void write(MemorySegment source, long offset) {
                    FutureTask<Throwable> task = during;
                    if (task != null
                            && name().endsWith(".log")
                            && source.byteSize() >= FRAME_BYTES) {
                        during = null;
                        Thread other = new Thread(task, "other");
                        other.start();
                        join(other);
                    }
                    super.write(source, offset);
                }
            };
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void leave(SimDisk disk, long usable) {
        disk.setCapacity(Long.MAX_VALUE);
        disk.setCapacity(Long.MAX_VALUE - disk.usableBytes() + usable);
    }

    private static LedgerStore.Builder builder(ForwardingStorage storage) {
        return LedgerStore.over(storage)
                .expectedIds(2_000_000)
                .segmentBytes(16 << 20)
                .spareBytes(SPARE_BYTES)
                .filterBytesPerSecond(Long.MAX_VALUE);
    }

    private static LogFilter filterOf(LedgerStore ledger) {
        return Objects.requireNonNull(ledger.filter());
    }

    @Test
    void shouldNotTakeTheSpaceOfACommitForACheckpoint() throws Exception {
        SimDisk disk = new SimDisk();
        Interposed storage = new Interposed(disk);
        try (LedgerStore ledger = builder(storage).open();
                Batch batch = ledger.newBatch()) {
            DuplicateGate gate = ledger.gate(TX);
            assertEquals(1_000, add(gate, 0, 1_000));
            Table plain = ledger.table(PLAIN);
            batch.put(plain, 0, new byte[] {1}, new byte[FRAME_BYTES]);
            assertTrue(filterOf(ledger).filter().length() > SPARE_BYTES);
            leave(disk, SPARE_BYTES + 2 * FRAME_BYTES);
            FutureTask<Throwable> checkpoint =
                    new FutureTask<>(() -> assertThrows(Throwable.class, ledger::checkpoint));
            storage.during = checkpoint;
            ledger.commit(batch);
            assertInstanceOf(StorageFullException.class, checkpoint.get());
            assertFalse(ledger.log().isPoisoned());
            disk.setCapacity(Long.MAX_VALUE);
            assertEquals(1, add(gate, 1_000, 1_001));
            ledger.checkpoint();
            assertEquals(0, add(gate, 0, 1_001));
        }
    }

    /** With one file more than there are shards, each but the first goes to one that is there. */
    @Test
    void shouldWriteACheckpointWhereThereIsSpaceForTheFileOfOneShard() {
        SimDisk disk = new SimDisk();
        disk.setCapacity(256 << 20); // so that frames are promised only what they have
        try (LedgerStore ledger = builder(new Interposed(disk)).open()) {
            DuplicateGate gate = ledger.gate(TX);
            add(gate, 0, 1_000);
            ledger.checkpoint();
            add(gate, 1_000, 2_000);
            long oneFile = 64 * filterOf(ledger).filter().lines(0) + END_BYTES;
            leave(disk, LAST_BYTES + oneFile - 1);
            assertThrows(StorageFullException.class, ledger::checkpoint);
            assertTrue(filterOf(ledger).replayLength() > 0);
            leave(disk, LAST_BYTES + oneFile);
            ledger.checkpoint();
            assertEquals(0, filterOf(ledger).replayLength());
        }
    }

    @Test
    void shouldGrowTheFilterWhereNoCheckpointAndNoColumnCanBeWritten() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger =
                builder(new Interposed(disk)).segmentBytes(64 << 10).checkpointBytes(1).open()) {
            for (int from = 0; from < 3_000; from += 1_000) {
                add(ledger.gate(TX), from, from + 1_000);
            }
            LogFilter filter = filterOf(ledger);
            filter.growTo(4_000_000);
            leave(disk, LAST_BYTES);
            StorageFullException e =
                    assertThrows(StorageFullException.class, ledger::keepFilter);
            assertInstanceOf(StorageFullException.class, e.getSuppressed()[0], "of the column");
            assertEquals(1, filter.stats().passes());
            disk.setCapacity(Long.MAX_VALUE);
            while (ledger.keepFilter()) {
                // One piece of the work after the other.
            }
            assertEquals(0, filter.replayLength());
            assertTrue(filter.stats().columns() > 0);
            assertEquals(0, add(ledger.gate(TX), 0, 3_000));
        }
    }

    @Test
    void shouldLeaveTheLastOfTheDiskWhenAColumnIsWritten() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger =
                builder(new Interposed(disk)).segmentBytes(64 << 10).open()) {
            DuplicateGate gate = ledger.gate(TX);
            for (int from = 0; from < 3_000; from += 1_000) {
                assertEquals(1_000, add(gate, from, from + 1_000));
            }
            LogFilter filter = filterOf(ledger);
            leave(disk, SPARE_BYTES);
            assertThrows(
                    StorageFullException.class,
                    () -> filter.maintain(Long.MAX_VALUE, Long.MAX_VALUE));
            assertEquals(SPARE_BYTES, disk.usableBytes(), "nothing was left behind");
            assertEquals(0, filter.stats().columns());
            disk.setCapacity(Long.MAX_VALUE);
            assertTrue(filter.maintain(Long.MAX_VALUE, Long.MAX_VALUE));
            assertEquals(1, filter.stats().columns());
        }
    }
}
