package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.FalsePositiveRate;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.bloom.StandaloneFilter;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.Batch;
import dev.varve.logstore.Durability;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.ReadAdvice;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageLockedException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A ledger over its lives: created, closed, killed, loaded by threads, with a damaged filter. */
@Timeout(60)
final class LedgerStoreTest {

    static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final TableSpec OTHER = TableSpec.deduplicated("other");
    private static final byte[] VALUE = {1};

    static byte[] id(long number) {
        return ByteBuffer.allocate(16).putLong(number * 0x9E37_79B9L).putLong(number).array();
    }

    static LedgerStore.Builder small(SimDisk disk) {
        return LedgerStore.over(disk)
                .expectedIds(20_000)
                .segmentBytes(64 << 10)
                .filterBytesPerSecond(Long.MAX_VALUE);
    }

    /** Adds ids {@code from} to {@code to - 1}; returns how many were added. */
    static int add(DuplicateGate gate, int from, int to) {
        try (IdRequest request = gate.newRequest(Math.max(1, to - from))) {
            for (int i = from; i < to; i++) {
                request.put(id(i), i, VALUE);
            }
            gate.addAllIfAbsent(request);
            return request.count(Answer.ADDED);
        }
    }

    private static boolean exists(DuplicateGate gate, int number) {
        return gate.exists(MemorySegment.ofArray(id(number)));
    }

    private static LogFilter filterOf(LedgerStore ledger) {
        return Objects.requireNonNull(ledger.filter());
    }

    @ParameterizedTest
    @EnumSource(StorageProfile.class)
    void shouldHaveAFilterThatSuitsTheDisk(StorageProfile profile) {
        try (LedgerStore ledger = small(new SimDisk()).profile(profile).open()) {
            assertNull(ledger.filter());
            DuplicateGate gate = ledger.gate(TX);
            assertSame(gate, ledger.gate(TX));
            assertEquals(3_000, add(gate, 0, 3_000));
            var geometry = filterOf(ledger).filter().geometry();
            double bits = geometry.totalLength() * 8.0 / 20_000;
            assertTrue(bits >= profile.bitsPerId(), "bits per id: " + bits);
            assertEquals(FalsePositiveRate.bestWordsPerId(bits), geometry.wordsPerId(), 1);
            ledger.checkpoint();
            assertEquals(0, add(gate, 0, 3_000));
        }
    }

    /** Two gates of one table would let an id in twice, each for itself. */
    @Test
    void shouldHaveOneGateOfATableHoweverItIsHandled() {
        TableSpec mapped = TX.withReadAdvice(ReadAdvice.MAPPED).withCompression(100);
        try (LedgerStore ledger = small(new SimDisk()).open();
                Batch first = ledger.newBatch();
                Batch second = ledger.newBatch()) {
            DuplicateGate gate = ledger.gate(TX);
            DuplicateGate again = ledger.gate(mapped);
            try (IdRequest one = gate.newRequest(1);
                    IdRequest other = again.newRequest(1)) {
                gate.reserve(one.put(id(1), 1, VALUE), first);
                again.reserve(other.put(id(1), 1, VALUE), second);
                assertEquals(Answer.RESERVED, one.answer(0));
                assertEquals(Answer.CONTENDED, other.answer(0));
            }
            assertSame(gate, again);
            assertEquals(mapped, ledger.table(mapped).spec());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ledger.gate(TableSpec.byKey(TX.name())));
        }
    }

    @Test
    void shouldReplayNothingWhenItWasClosed() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 5_000);
            add(ledger.gate(OTHER), 100, 200);
        }
        try (LedgerStore ledger = small(disk.restart()).open()) {
            assertTrue(filterOf(ledger).isReady());
            assertEquals(0, filterOf(ledger).replayLength());
            assertEquals(100, add(ledger.gate(TX), 4_900, 5_100));
            assertFalse(exists(ledger.gate(OTHER), 99));
            assertTrue(exists(ledger.gate(OTHER), 100));
            // With the filter loaded, few absent ids cost a look into the log.
            DuplicateGate gate = ledger.gate(OTHER);
            for (int i = 10_000; i < 11_000; i++) {
                assertFalse(exists(gate, i));
            }
            assertTrue(gate.stats().confirms() < 20, gate.stats().toString());
        }
    }

    /** A shard to which nothing was added is not written again; its position is an old one. */
    @Test
    void shouldReplayNothingWhenFewShardsChangedBeforeItWasClosed() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 5_000);
        }
        SimDisk next = disk.restart();
        try (LedgerStore ledger = small(next).open();
                Batch batch = ledger.newBatch()) {
            add(ledger.gate(TX), 5_000, 5_010);
            Table blocks = ledger.table(TableSpec.byHeight("blocks"));
            for (int height = 0; height < 100; height++) {
                ledger.commit(batch.clear().put(blocks, height, new byte[1_000]));
            }
        }
        SimDisk last = next.restart();
        LedgerStore ledger = small(last).open();
        assertEquals(0, filterOf(ledger).replayLength());
        assertAllThere(ledger, 5_010);
        add(ledger.gate(TX), 5_010, 5_020);
        // Killed now, the mark of the closed filter counts no more.
        try (LedgerStore again = small(last.crash(CrashModel.KEEP_ALL, 0)).open()) {
            assertTrue(filterOf(again).replayLength() > 100_000);
            assertAllThere(again, 5_020);
        }
        ledger.close();
    }

    @Test
    void shouldNotTakeTheFilterOfALedgerForOneThatStandsAlone() {
        SimDisk disk = new SimDisk();
        LedgerStore ledger = small(disk).open();
        add(ledger.gate(TX), 0, 500);
        SimDisk found = disk.crash(CrashModel.KEEP_ALL, 0);
        ledger.close();
        List<String> before = found.list();
        assertThrows(StorageException.class, () -> StandaloneFilter.open(found));
        assertEquals(before, found.list());
        try (LedgerStore again = small(found.restart()).open()) {
            assertAllThere(again, 500);
        }
    }

    @Test
    void shouldNotTakeAFilterThatStandsAloneForItsOwn() {
        SimDisk disk = new SimDisk();
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 1, 2);
        StandaloneFilter.create(disk, StorageProfile.SSD.geometry(1_000), hash).close();
        SimDisk found = disk.restart();
        List<String> before = found.list();
        assertThrows(StorageException.class, () -> small(found).open());
        assertEquals(before, found.restart().list(), "nothing is lost of it, and nothing begun");
    }

    @Test
    void shouldReplayTheTailOfTheLogWhenItWasKilled() {
        SimDisk disk = new SimDisk();
        LedgerStore ledger = small(disk).open();
        add(ledger.gate(TX), 0, 2_000);
        ledger.checkpoint();
        assertEquals(0, filterOf(ledger).replayLength());
        add(ledger.gate(TX), 2_000, 4_000);
        assertTrue(filterOf(ledger).replayLength() > 2_000 * 40);
        try (LedgerStore again = small(disk.crash(CrashModel.KEEP_ALL, 0)).open()) {
            assertTrue(filterOf(again).isReady());
            assertAllThere(again, 4_000);
        }
        ledger.close();
    }

    /** Every id is in the bits, not only in the log. */
    static void assertAllThere(LedgerStore ledger, int ids) {
        DuplicateGate gate = ledger.gate(TX);
        long before = gate.stats().confirms();
        for (int i = 0; i < ids; i++) {
            exists(gate, i);
        }
        assertEquals(ids, gate.stats().confirms() - before, "ids that the filter calls maybe");
        assertEquals(0, add(ledger.gate(TX), 0, ids));
    }

    @Test
    void shouldFillTheFilterFromTheLogWhenItsFilesAreGoneOrDamaged() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 3_000);
        }
        SimDisk damaged = disk.restart();
        damaged.delete("bloom-017.shard");
        damaged.flipBit("bloom-018.shard", 3);
        damaged.flipBit("bloom-019.shard", 8 * 8_192 + 5);
        try (LedgerStore ledger = small(damaged).open()) {
            assertEquals(2, filterOf(ledger).damaged().size());
            assertAllThere(ledger, 3_000);
        }
        SimDisk without = damaged.restart();
        without.list().stream().filter(f -> f.startsWith("bloom")).forEach(without::delete);
        try (LedgerStore ledger = small(without).open()) {
            assertNull(ledger.filter());
            ledger.gate(TX);
            assertAllThere(ledger, 3_000);
        }
    }

    @Test
    void shouldNameFileAndStoreWhenTheFilterHasLostItsHeader() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 10);
        }
        SimDisk damaged = disk.restart();
        damaged.delete("bloom.header");
        try (LedgerStore ledger = small(damaged).open()) {
            StorageException e = assertThrows(StorageException.class, () -> ledger.gate(TX));
            assertEquals(damaged.location(), e.store());
            assertTrue(e.file().startsWith("bloom"), e.getMessage());
        }
    }

    /** The files of the filter are newer than the log: then they say nothing of what comes. */
    @Test
    void shouldMissNothingWhenAnOlderLogWasPutBack() {
        SimDisk disk = new SimDisk();
        LedgerStore first = small(disk).open();
        add(first.gate(TX), 0, 100);
        SimDisk mixed = disk.crash(CrashModel.KEEP_ALL, 0);
        SimDisk newer = disk.crash(CrashModel.KEEP_ALL, 0);
        try (LedgerStore ledger = small(newer).open()) {
            add(ledger.gate(TX), 1_000, 1_500);
        }
        first.close();
        SimDisk later = newer.restart();
        later.list().stream()
                .filter(file -> file.startsWith("bloom"))
                .forEach(file -> copy(later, mixed, file));
        LedgerStore ledger = small(mixed).open();
        add(ledger.gate(TX), 100, 1_000);
        try (LedgerStore again = small(mixed.crash(CrashModel.KEEP_ALL, 0)).open()) {
            assertAllThere(again, 1_000);
        }
        ledger.close();
    }

    static void copy(SimDisk from, SimDisk to, String file) {
        if (to.exists(file)) {
            to.delete(file);
        }
        try (var source = from.open(file, dev.varve.logstore.io.Storage.Access.READ);
                var target = to.create(file)) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[(int) source.length()]);
            source.read(bytes, 0);
            target.write(bytes, 0);
            target.force();
        }
    }

    @Test
    void shouldAnswerExactlyWhileThreadsOfTheEmbedderLoad() throws InterruptedException {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 3_000);
        }
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        LedgerStore ledger =
                small(disk.restart())
                        .threads(
                                work -> {
                                    Thread thread = new Thread(() -> loadAfter(go, work));
                                    threads.add(thread);
                                    return thread;
                                })
                        .open();
        assertEquals(StorageProfile.SSD.loaders(), threads.size());
        assertFalse(filterOf(ledger).isReady());
        ledger.checkpoint(); // nothing: what is not loaded must not be written
        assertEquals(500, add(ledger.gate(TX), 2_500, 3_500));
        assertFalse(exists(ledger.gate(TX), 9_000));
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(filterOf(ledger).isReady());
        assertAllThere(ledger, 3_500);
        ledger.close();
        ledger.close();
        try (LedgerStore again = small(disk.restart()).open()) {
            assertAllThere(again, 3_000);
        }
    }

    static void loadAfter(CountDownLatch go, Runnable work) {
        try {
            go.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        work.run();
    }

    @Test
    void shouldGoOnWithMaybeWhenLoadingFails() throws InterruptedException {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 300);
        }
        SimDisk broken = disk.restart();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        LedgerStore ledger =
                small(broken)
                        .profile(StorageProfile.HDD)
                        .threads(
                                work -> {
                                    Thread thread = new Thread(() -> loadAfter(go, work));
                                    threads.add(thread);
                                    return thread;
                                })
                        .open();
        assertEquals(1, threads.size());
        broken.failReadFrom(broken.readCalls() + 1);
        go.countDown();
        threads.getFirst().join();
        broken.clearFaults();
        assertFalse(filterOf(ledger).isReady());
        assertNotNull(filterOf(ledger).failure());
        assertTrue(exists(ledger.gate(TX), 7));
        assertEquals(10, add(ledger.gate(TX), 290, 310));
        ledger.close();
        try (LedgerStore again = small(broken.restart()).open()) {
            assertAllThere(again, 310);
        }
    }

    @Test
    void shouldRefuseToOpenWhenTheFilterCannotBeRead() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 300);
        }
        SimDisk broken = disk.restart();
        broken.failReadFrom(60);
        assertThrows(StorageException.class, () -> small(broken).open());
        try (LedgerStore again = small(broken.restart()).open()) {
            assertAllThere(again, 300);
        }
    }

    @Test
    void shouldCloseQuietlyWhenACommitHasPoisonedTheLog() {
        SimDisk disk = new SimDisk();
        LedgerStore ledger = small(disk).open();
        DuplicateGate gate = ledger.gate(TX);
        add(gate, 0, 100);
        disk.failAt(disk.calls() + 1, Fault.EIO);
        assertThrows(StorageException.class, () -> add(gate, 100, 200));
        ledger.close();
        try (LedgerStore again = small(disk.restart()).open()) {
            assertAllThere(again, 100);
        }
    }

    /** Nobody else was told that it failed. */
    @Test
    void shouldTellWhenTheLastForceFailsAsItIsClosed() {
        for (int ids : new int[] {0, 100}) {
            SimDisk disk = new SimDisk();
            LedgerStore ledger = small(disk).durability(Durability.NONE).open();
            if (ids > 0) {
                add(ledger.gate(TX), 0, ids);
            }
            try (Batch batch = ledger.newBatch()) {
                Table blocks = ledger.table(TableSpec.byHeight("blocks"));
                assertFalse(ledger.commit(batch.put(blocks, 1, VALUE)).isDurable());
            }
            disk.failFrom(disk.calls() + 1, Fault.EIO);
            assertThrows(StoragePoisonedException.class, ledger::close, ids + " ids");
            try (LedgerStore again = small(disk.restart()).open()) {
                assertEquals(ids, ids - add(again.gate(TX), 0, ids));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldGiveAGateThoughItsCreationFailedBefore(Fault fault) {
        for (int call = 1; call <= 12; call++) {
            SimDisk disk = new SimDisk();
            try (LedgerStore ledger = small(disk).open()) {
                assertFalse(ledger.log().isPoisoned());
                ledger.table(TX);
                disk.failAt(disk.calls() + call, fault);
                disk.failReadAt(disk.readCalls() + call);
                try {
                    DuplicateGate gate = ledger.gate(TX);
                    assertSame(gate, ledger.gate(TX));
                } catch (StorageException e) {
                    assertFalse(ledger.log().isPoisoned(), e::toString);
                }
                disk.clearFaults();
                assertEquals(100, add(ledger.gate(TX), 0, 100));
                assertEquals(0, add(ledger.gate(TX), 0, 100));
            }
            try (LedgerStore again = small(disk.restart()).open()) {
                assertAllThere(again, 100);
            }
        }
    }

    @Test
    void shouldWorkInARealDirectory(@TempDir Path directory) {
        for (int life = 0; life < 3; life++) {
            try (LedgerStore ledger =
                            LedgerStore.at(directory)
                                    .expectedIds(10_000)
                                    .falsePositiveRate(0.001)
                                    .hash(IdHashAlgorithm.SIPHASH)
                                    .durability(Durability.NONE)
                                    .spareBytes(0)
                                    .open();
                    Batch batch = ledger.newBatch()) {
                assertThrows(
                        StorageLockedException.class, () -> LedgerStore.at(directory).open());
                Table blocks = ledger.table(TableSpec.byHeight("blocks"));
                ledger.commit(batch.put(blocks, life, VALUE));
                assertEquals(life, ledger.snapshot().lastHeight(blocks));
                assertEquals(100, add(ledger.gate(TX), 100 * life, 100 * life + 100));
                assertEquals(0, add(ledger.gate(TX), 0, 100 * life + 100));
                assertEquals(
                        IdHashAlgorithm.SIPHASH, filterOf(ledger).filter().hash().algorithm());
            }
        }
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        try (LedgerStore ledger = small(new SimDisk()).open()) {
            TableSpec plain = TableSpec.byKey("plain");
            assertThrows(IllegalArgumentException.class, () -> ledger.gate(plain));
            assertNull(ledger.log().findTable("plain"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> LedgerStore.over(new SimDisk()).expectedIds(0));
        }
    }

    @Test
    void shouldWriteACheckpointWhenTheIntervalIsOverAndTheLogHasGrown() {
        SimDisk disk = new SimDisk();
        AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 1_000); // it overflows
        try (LedgerStore ledger =
                small(disk)
                        .checkpointInterval(Duration.ofSeconds(10))
                        .clock(nowNs::get)
                        .open()) {
            add(ledger.gate(TX), 0, 100);
            nowNs.addAndGet(9_999_999_999L);
            assertFalse(ledger.keepFilter());
            assertTrue(filterOf(ledger).replayLength() > 0, "the interval is not over");
            nowNs.addAndGet(1);
            assertTrue(ledger.keepFilter());
            assertEquals(0, filterOf(ledger).replayLength());
            long calls = disk.calls();
            nowNs.addAndGet(20_000_000_000L);
            assertFalse(ledger.keepFilter());
            assertEquals(calls, disk.calls(), "nothing has come since");
            add(ledger.gate(TX), 100, 101);
            assertTrue(ledger.keepFilter());
            assertEquals(0, filterOf(ledger).replayLength());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> small(disk).checkpointInterval(Duration.ZERO));
    }
}
