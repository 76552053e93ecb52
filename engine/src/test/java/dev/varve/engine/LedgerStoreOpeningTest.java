package dev.varve.engine;

import static dev.varve.engine.LedgerStoreTest.TX;
import static dev.varve.engine.LedgerStoreTest.add;
import static dev.varve.engine.LedgerStoreTest.id;
import static dev.varve.engine.LedgerStoreTest.small;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.StorageLockedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a ledger is opened and closed: with which options, without threads, without space. */
@Timeout(60)
final class LedgerStoreOpeningTest {

    @Test
    void shouldOpenTheLogAsItIsTold() {
        SimDisk disk = new SimDisk();
        List<Thread> keepers = new ArrayList<>();
        LogOptions options =
                LogOptions.bulk().withSegmentBytes(64 << 10).withMaintenance(kept(keepers));
        try (LedgerStore ledger = LedgerStore.over(disk).expectedIds(1_000).log(options).open()) {
            add(ledger.gate(TX), 0, 5_000);
            assertTrue(ledger.log().stats().segments() > 1);
            assertEquals(1, keepers.size());
        }
        assertFalse(keepers.getFirst().isAlive());
    }

    /** One filter has the ids of both: what is read of one table must not stand for the other. */
    @Test
    void shouldReplayEveryTableWhenItWasKilled() {
        List<TableSpec> tables = List.of(TX, TableSpec.deduplicated("other"));
        SimDisk disk = new SimDisk();
        LedgerStore ledger = small(disk).open();
        add(ledger.gate(tables.get(0)), 0, 2_000);
        ledger.checkpoint();
        add(ledger.gate(tables.get(1)), 1_000, 2_500);
        add(ledger.gate(tables.get(0)), 2_000, 2_010);
        try (LedgerStore again = small(disk.crash(CrashModel.KEEP_ALL, 0)).open()) {
            assertAllInTheFilter(again.gate(tables.get(0)), 0, 2_010);
            assertAllInTheFilter(again.gate(tables.get(1)), 1_000, 2_500);
            DuplicateGate other = again.gate(tables.get(1));
            assertEquals(10, add(other, 990, 1_010), "ids that only the other table has");
        }
        ledger.close();
    }

    /** Without false positives each id that the filter holds is one look into the log. */
    private static void assertAllInTheFilter(DuplicateGate gate, int from, int to) {
        long before = gate.stats().confirms();
        for (int i = from; i < to; i++) {
            assertTrue(gate.exists(MemorySegment.ofArray(id(i))), "id " + i);
        }
        assertEquals(to - from, gate.stats().confirms() - before);
        assertEquals(0, add(gate, from, to));
    }

    /** What was begun before must not go on with a log that is closed, nor keep its memory. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldEndItsLoadersWhenAThreadCannotBeMade(boolean asLoader) {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 2_000);
        }
        List<Thread> loaders = new ArrayList<>();
        AtomicInteger made = new AtomicInteger();
        ThreadFactory none =
                work -> {
                    throw new IllegalStateException("no thread");
                };
        ThreadFactory slow =
                work -> {
                    Thread thread =
                            kept(loaders)
                                    .newThread(
                                            () -> {
                                                LockSupport.parkNanos(50_000_000);
                                                work.run();
                                            });
                    if (asLoader && made.incrementAndGet() == 2) {
                        thread.start(); // so that it cannot be started again
                    }
                    return thread;
                };
        LedgerStore.Builder builder = small(disk.restart()).threads(slow);
        assertThrows(
                RuntimeException.class, asLoader ? builder::open : builder.upkeep(none)::open);
        loaders.forEach(loader -> assertFalse(loader.isAlive()));
    }

    /** A factory may make none; what was opened is closed again, for the next who opens it. */
    @Test
    void shouldSayThatTheFactoryMadeNoThread() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 2_000);
        }
        List<Thread> loaders = new ArrayList<>();
        ThreadFactory onlyOne =
                work -> loaders.isEmpty() ? kept(loaders).newThread(work) : null;
        LogOptions kept = LogOptions.bulk().withMaintenance(work -> null);
        for (LedgerStore.Builder builder :
                List.of(
                        small(disk.restart()).threads(onlyOne),
                        small(disk.restart()).upkeep(work -> null),
                        small(disk.restart()).log(kept))) {
            IllegalStateException e = assertThrows(IllegalStateException.class, builder::open);
            assertEquals("the thread factory made no thread", e.getMessage());
            assertEquals(0, e.getSuppressed().length);
        }
        loaders.forEach(loader -> assertFalse(loader.isAlive()));
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without it may do
    void shouldRefuseNullWhereItIsSet() {
        LedgerStore.Builder builder = small(new SimDisk());
        assertThrows(NullPointerException.class, () -> builder.profile(null));
        assertThrows(NullPointerException.class, () -> builder.log(null));
        assertThrows(NullPointerException.class, () -> builder.hash(null));
        builder.checkpointInterval(ChronoUnit.FOREVER.getDuration()).open().close();
    }

    /** What was only read needs no space; without the mark of closing the log is replayed. */
    @Test
    void shouldOpenReadAndCloseOnAFullDisk() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 2_000);
        }
        SimDisk full = disk.restart();
        full.setCapacity(0);
        try (LedgerStore ledger = small(full).open()) {
            DuplicateGate gate = ledger.gate(TX);
            assertTrue(gate.exists(MemorySegment.ofArray(id(1_999))));
            assertFalse(gate.exists(MemorySegment.ofArray(id(2_000))));
            assertThrows(StorageFullException.class, () -> add(gate, 2_000, 2_001));
        }
        SimDisk last = full.restart();
        last.setCapacity(Long.MAX_VALUE);
        try (LedgerStore ledger = small(last).open()) {
            assertEquals(1, add(ledger.gate(TX), 0, 2_001));
        }
    }

    private static ThreadFactory kept(List<Thread> threads) {
        return work -> {
            Thread thread = new Thread(work);
            threads.add(thread);
            return thread;
        };
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.1, 1.5, 1e-10, 0.51, Double.NaN, Double.POSITIVE_INFINITY})
    void shouldRefuseARateThatIsNone(double rate) {
        LedgerStore.Builder builder = small(new SimDisk());
        assertThrows(IllegalArgumentException.class, () -> builder.falsePositiveRate(rate));
    }

    @Test
    void shouldOpenWithTheSameOptionsOnceTheFirstIsClosed(@TempDir Path parent) {
        Path directory = parent.resolve("ledger");
        LedgerStore.Builder options = LedgerStore.at(directory).expectedIds(1_000).spareBytes(0);
        assertFalse(Files.exists(directory));
        try (LedgerStore ledger = options.open()) {
            assertThrows(StorageLockedException.class, options::open);
            assertThrows(StorageLockedException.class, () -> LedgerStore.at(directory).open());
            assertEquals(10, add(ledger.gate(TX), 0, 10));
        }
        try (LedgerStore ledger = options.open()) {
            assertEquals(0, add(ledger.gate(TX), 0, 10));
        }
    }

    @Test
    void shouldStayOpenWhenItIsClosedInsideOfARead() {
        try (LedgerStore ledger = small(new SimDisk()).open()) {
            DuplicateGate gate = ledger.gate(TX);
            add(gate, 0, 10);
            Runnable closing = ledger::close;
            Function<LogRecord, Object> reader =
                    record -> {
                        closing.run();
                        return record;
                    };
            MemorySegment key = MemorySegment.ofArray(id(1));
            assertThrows(
                    IllegalStateException.class,
                    () -> ledger.snapshot().find(gate.table(), key, reader));
            assertEquals(1, add(gate, 0, 11));
        }
    }

    /** Else the number would stand in its header, and none could be opened any more. */
    @Test
    void shouldMakeNoFilterThatHasNoMemory() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).expectedIds(1_000_000_000_000_000L).open()) {
            StorageException e =
                    assertThrows(StorageException.class, () -> ledger.gate(TX));
            assertTrue(e.getMessage().contains("1000000000000000 ids"), e.getMessage());
            assertTrue(disk.list().stream().noneMatch(name -> name.startsWith("bloom")));
        }
        try (LedgerStore ledger = small(disk.restart()).open()) {
            assertEquals(10, add(ledger.gate(TX), 0, 10));
        }
    }

    @Test
    void shouldNotCallAFilterSoundThatIsClosed() {
        LedgerStore ledger = small(new SimDisk()).open();
        add(ledger.gate(TX), 0, 10);
        LogFilter filter = Objects.requireNonNull(ledger.filter());
        assertEquals(10, filter.scrub(Long.MAX_VALUE).ids());
        ledger.close();
        assertThrows(StorageClosedException.class, () -> filter.scrub(Long.MAX_VALUE));
    }

    /** Whoever holds on to parts of several ledgers is told which of them is closed. */
    @Test
    void shouldNameTheLedgerInWhateverIsAskedOfItOnceItIsClosed() {
        SimDisk disk = new SimDisk();
        LedgerStore ledger = small(disk).open();
        DuplicateGate gate = ledger.gate(TX);
        add(gate, 0, 10);
        LogFilter filter = Objects.requireNonNull(ledger.filter());
        Snapshot snapshot = ledger.snapshot();
        try (IdRequest request = gate.newRequest(1);
                Batch batch = ledger.newBatch()) {
            request.put(id(3), 3, id(3));
            ledger.close();
            MemorySegment known = MemorySegment.ofArray(id(3));
            List<Executable> calls =
                    List.of(
                            () -> gate.exists(known),
                            () -> gate.existsSince(known, 1),
                            () -> gate.exists(request),
                            () -> gate.reserve(request),
                            () -> gate.addAllIfAbsent(request),
                            () -> filter.scrub(Long.MAX_VALUE),
                            () -> filter.checkpoint(Long.MAX_VALUE),
                            () -> filter.maintain(Long.MAX_VALUE, Long.MAX_VALUE),
                            ledger::checkpoint,
                            () -> snapshot.get(gate.table(), id(3)),
                            () -> ledger.commit(batch),
                            () -> ledger.table(TableSpec.byKey("new")),
                            ledger::maintain,
                            () -> ledger.log().verify(),
                            () -> ledger.log().replay(0, record -> {}));
            for (int i = 0; i < calls.size(); i++) {
                String which = "call " + i;
                StorageClosedException e =
                        assertThrows(StorageClosedException.class, calls.get(i), which);
                assertTrue(e.getMessage().contains(disk.location()), which + ": " + e);
            }
        }
    }

    @Test
    void shouldRefuseACheckpointOfALedgerWithoutAFilterThatIsClosed() {
        SimDisk disk = new SimDisk();
        LedgerStore ledger = small(disk).open();
        ledger.checkpoint();
        ledger.close();
        StorageClosedException e =
                assertThrows(StorageClosedException.class, ledger::checkpoint);
        assertTrue(e.getMessage().contains(disk.location()), e::toString);
    }
}
