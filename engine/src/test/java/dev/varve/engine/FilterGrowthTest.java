package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.FilterFiles;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.engine.dedup.ScrubReport;
import dev.varve.logstore.Batch;
import dev.varve.logstore.Durability;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A ledger whose filter grows, is mended and is scrubbed while it is in use. */
@Timeout(120)
final class FilterGrowthTest {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final byte[] VALUE = new byte[40];
    private static final int EXPECTED = 40_000;

    private static LedgerStore.Builder builder(Storage disk) {
        return LedgerStore.over(disk)
                .expectedIds(EXPECTED)
                .segmentBytes(256 << 10)
                .durability(Durability.NONE)
                .growthBytes(64 << 10)
                .filterBytesPerSecond(Long.MAX_VALUE);
    }

    private static int add(DuplicateGate gate, int from, int to) {
        try (IdRequest request = gate.newRequest(Math.max(1, to - from))) {
            for (int i = from; i < to; i++) {
                request.put(LedgerStoreTest.id(i), i, VALUE);
            }
            gate.addAllIfAbsent(request);
            return request.count(Answer.ADDED);
        }
    }

    private static LogFilter filterOf(LedgerStore ledger) {
        return Objects.requireNonNull(ledger.filter());
    }

    private static void keep(LedgerStore ledger) {
        while (ledger.maintain()) {
            // one piece of work after the other
        }
    }

    /** By the filter alone, which the scrub asks for every id of the log. */
    private static void assertMissesNone(LedgerStore ledger, int ids) {
        ScrubReport report = filterOf(ledger).scrub(Long.MAX_VALUE);
        assertEquals(0, report.missing());
        assertEquals(0, report.badColumns());
        assertTrue(report.ids() >= ids, "asked for " + report.ids() + " ids");
    }

    @Test
    void shouldGrowBeforeItIsOverfull() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = builder(disk).open()) {
            DuplicateGate gate = ledger.gate(TX);
            BloomFilter filter = filterOf(ledger).filter();
            long before = filter.length();
            for (int from = 0; from < 5 * EXPECTED; from += 1_000) {
                assertEquals(1_000, add(gate, from, from + 1_000));
                keep(ledger);
                assertTrue(from + 1_000 <= 1.1 * filter.capacity(), "at " + from);
            }
            // So small a filter grows by some lines of each shard: to five times, six or seven.
            assertTrue(filter.length() >= 5 * before && filter.length() < 11 * before, "length");
            assertTrue(filter.estimate().falsePositiveRate() < 0.006, "the rate it was made for");
            assertTrue(filterOf(ledger).stats().columns() > 10, "columns of sealed segments");
            assertTrue(filterOf(ledger).stats().passes() > 8, "little memory, several passes");
            assertMissesNone(ledger, 5 * EXPECTED);
            assertEquals(0, add(gate, 0, 5 * EXPECTED));
        }
        try (LedgerStore ledger = builder(disk.restart()).open()) {
            assertTrue(filterOf(ledger).filter().capacity() >= 5 * EXPECTED);
            assertEquals(0, filterOf(ledger).replayLength());
            assertEquals(0, add(ledger.gate(TX), 0, 5 * EXPECTED));
        }
    }

    /** How many ids there are is estimated, and nobody wants twice the memory by chance. */
    @Test
    void shouldHoldWhatItWasMadeForWithoutGrowing() {
        try (LedgerStore ledger = builder(new SimDisk()).open()) {
            DuplicateGate gate = ledger.gate(TX);
            BloomFilter filter = filterOf(ledger).filter();
            int some = (int) (1.02 * filter.capacity());
            int more = (int) (1.1 * filter.capacity());
            long before = filter.length();
            add(gate, 0, some);
            keep(ledger);
            assertEquals(before, filter.length());
            add(gate, some, more);
            keep(ledger);
            assertTrue(filter.capacity() >= 1.8 * some, "made for twice what it has");
        }
    }

    /** What is claimed is in no log yet, and its bits are set in the old lines only. */
    @Test
    void shouldTakeAlongWhatIsReservedWhileItGrows() {
        try (LedgerStore ledger = builder(new SimDisk()).open()) {
            DuplicateGate gate = ledger.gate(TX);
            add(gate, 0, 1_000);
            try (Batch batch = ledger.newBatch();
                    IdRequest request = gate.newRequest(500)) {
                for (int i = 1_000; i < 1_500; i++) {
                    request.put(LedgerStoreTest.id(i), i, VALUE);
                }
                gate.reserve(request, batch);
                filterOf(ledger).growTo(3 * EXPECTED);
                keep(ledger);
                double capacity = filterOf(ledger).filter().capacity();
                assertEquals(3.0, capacity / EXPECTED, 0.5);
                ledger.commit(batch);
            }
            assertMissesNone(ledger, 1_500);
            assertEquals(0, add(gate, 0, 1_500));
        }
    }

    @Test
    void shouldMissNoneWhileOthersAddAndAsk() throws Exception {
        try (LedgerStore ledger = builder(new SimDisk()).open();
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            DuplicateGate gate = ledger.gate(TX);
            add(gate, 0, 2_000);
            AtomicInteger added = new AtomicInteger(2_000);
            AtomicInteger rounds = new AtomicInteger();
            Future<?> adder =
                    threads.submit(
                            () -> {
                                while (rounds.get() < 3) {
                                    int from = added.get();
                                    assertEquals(50, add(gate, from, from + 50));
                                    added.set(from + 50);
                                    // So that there is an end of what is to be kept.
                                    LockSupport.parkNanos(1_000_000);
                                }
                            });
            Future<?> asker =
                    threads.submit(
                            () -> {
                                for (int i = 0; rounds.get() < 3; i = (i + 37) % added.get()) {
                                    MemorySegment id =
                                            MemorySegment.ofArray(LedgerStoreTest.id(i));
                                    assertTrue(gate.exists(id), "id " + i);
                                    LockSupport.parkNanos(10_000);
                                }
                            });
            for (int round = 1; round <= 3; round++) {
                filterOf(ledger).growTo((round + 1L) * 2 * EXPECTED);
                while (filterOf(ledger).maintain(Long.MAX_VALUE, 4 << 10)) {
                    // shard by shard, almost
                }
                ledger.checkpoint();
                rounds.set(round);
            }
            adder.get();
            asker.get();
            assertMissesNone(ledger, added.get());
            assertEquals(0, add(gate, 0, added.get()));
        }
    }

    @Test
    void shouldMendAShardWithADamagedChunk() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = builder(disk).open()) {
            add(ledger.gate(TX), 0, 20_000);
            keep(ledger);
        }
        SimDisk next = disk.restart();
        flip(next, "bloom-017.shard", 8_192);
        try (LedgerStore ledger = builder(next).open()) {
            assertEquals(1, filterOf(ledger).damaged().size());
            double damaged = filterOf(ledger).filter().estimate().falsePositiveRate();
            assertTrue(damaged > 1.0 / 300, "rate: " + damaged);
            keep(ledger);
            double mended = filterOf(ledger).filter().estimate().falsePositiveRate();
            assertTrue(mended < damaged / 3, "rate: " + mended);
            assertMissesNone(ledger, 20_000);
        }
        try (LedgerStore ledger = builder(next.restart()).open()) {
            assertEquals(List.of(), filterOf(ledger).damaged());
            assertEquals(0, add(ledger.gate(TX), 0, 20_000));
        }
    }

    @Test
    void shouldReadTheLogWhereAColumnIsDamagedAndWriteItAgain() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = builder(disk).open()) {
            for (int from = 0; from < 20_000; from += 1_000) {
                add(ledger.gate(TX), from, from + 1_000);
            }
            keep(ledger);
            assertTrue(filterOf(ledger).stats().columns() > 3, "columns");
        }
        SimDisk next = disk.restart();
        List<String> columns =
                next.list().stream().filter(name -> name.endsWith(".hashes")).toList();
        flip(next, columns.get(1), 5_000);
        next.delete(columns.get(2));
        try (LedgerStore ledger = builder(next).open()) {
            filterOf(ledger).growTo(2 * EXPECTED);
            keep(ledger);
            assertEquals(1, filterOf(ledger).stats().damagedColumns());
            assertEquals(columns.size(), filterOf(ledger).stats().columns());
            assertMissesNone(ledger, 20_000);
        }
    }

    private static void flip(SimDisk disk, String name, long at) {
        MemorySegment one = MemorySegment.ofArray(new byte[1]);
        try (StorageFile file = disk.open(name, Access.READ_WRITE)) {
            file.read(one, at);
            byte[] changed = {(byte) (one.get(ValueLayout.JAVA_BYTE, 0) ^ 1)};
            file.write(MemorySegment.ofArray(changed), at);
            file.force();
        }
    }

    /** A checkpoint of memory that has decayed has right checksums, and lacks ids. */
    @Test
    void shouldFindAndMendBitsThatHaveDecayed() {
        SimDisk disk = new SimDisk();
        SimDisk decayed = new SimDisk();
        try (LedgerStore ledger = builder(disk).open()) {
            add(ledger.gate(TX), 0, 5_000);
            BloomFilter filter = filterOf(ledger).filter();
            FilterFiles files = new FilterFiles(decayed);
            try (BloomFilter empty = files.create(filter.geometry(), filter.hash())) {
                files.checkpoint(empty, 9, ledger.log().durable(), BandwidthBudget.unlimited());
            }
        }
        SimDisk next = disk.restart();
        LedgerStoreTest.copy(decayed, next, "bloom-009.shard");
        try (LedgerStore ledger = builder(next).open()) {
            ScrubReport report = filterOf(ledger).scrub(Long.MAX_VALUE);
            assertEquals(5_000, report.ids());
            assertEquals(5_000 / 256.0, (double) report.missing(), 15);
            assertMissesNone(ledger, 5_000);
            assertEquals(0, add(ledger.gate(TX), 0, 5_000));
        }
    }

    /** At a byte per second it waits in the first column; closing ends it there. */
    @Test
    void shouldReadColumnsAtThePaceOfTheScrubAndNoMoreOnceItIsClosed() throws Exception {
        SimDisk disk = new SimDisk();
        Set<String> read = ConcurrentHashMap.newKeySet();
        ForwardingStorage storage =
                new ForwardingStorage(disk) {
                    @Override
                    public StorageFile open(String name, Access access) {
                        boolean ignored = name.endsWith(".hashes") && read.add(name);
                        return super.open(name, access);
                    }
                };
        LedgerStore ledger = builder(storage).open();
        for (int from = 0; from < 20_000; from += 1_000) {
            add(ledger.gate(TX), from, from + 1_000);
        }
        keep(ledger);
        LogFilter filter = filterOf(ledger);
        assertTrue(filter.stats().columns() > 3, "columns");
        read.clear();
        FutureTask<Throwable> scrub =
                new FutureTask<>(
                        () ->
                                assertThrows(
                                        StorageClosedException.class, () -> filter.scrub(1)));
        Thread other = new Thread(scrub, "scrub");
        other.start();
        while (other.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(1, read.size(), read::toString);
        filter.close();
        scrub.get();
        assertEquals(1, read.size(), read::toString);
        ledger.close();
    }

    @Test
    void shouldBeKeptByItsThread() throws InterruptedException {
        SimDisk disk = new SimDisk();
        LedgerStore ledger = builder(disk).upkeep(Thread::new).checkpointBytes(100_000).open();
        DuplicateGate gate = ledger.gate(TX);
        for (int from = 0; from < 3 * EXPECTED; from += 1_000) {
            add(gate, from, from + 1_000);
        }
        while (filterOf(ledger).filter().capacity() < 3 * EXPECTED
                || filterOf(ledger).replayLength() >= 100_000) {
            Thread.sleep(1);
        }
        assertEquals(0, ledger.upkeepFailures());
        SimDisk killed = disk.crash(CrashModel.KEEP_ALL, 0);
        ledger.close();
        try (LedgerStore again = builder(killed).open()) {
            assertEquals(0, add(again.gate(TX), 0, 3 * EXPECTED));
        }
    }

    @Test
    void shouldCountFailuresOfItsThreadAndGoOn() throws InterruptedException {
        SimDisk disk = new SimDisk();
        CountDownLatch go = new CountDownLatch(1);
        ThreadFactory late = work -> new Thread(() -> LedgerStoreTest.loadAfter(go, work));
        try (LedgerStore ledger = builder(disk).upkeep(late).checkpointBytes(1).open()) {
            add(ledger.gate(TX), 0, 1_000);
            disk.failFrom(disk.calls() + 1, Fault.EIO);
            go.countDown();
            while (ledger.upkeepFailures() == 0) {
                Thread.sleep(1);
            }
            disk.clearFaults();
            while (filterOf(ledger).replayLength() > 0) {
                Thread.sleep(1);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> builder(disk).growthBytes(0));
    }
}
