package dev.varve.engine.dedup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterFiles;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one thread sees of a gate; a twin is a set. */
final class DuplicateGateTest {

    private static List<Answer> answers(IdRequest request) {
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < request.size(); i++) {
            answers.add(request.answer(i));
        }
        return answers;
    }

    private static List<Answer> add(DuplicateGate gate, long... numbers) {
        try (IdRequest request = Gates.request(gate, numbers)) {
            gate.addAllIfAbsent(request);
            return answers(request);
        }
    }

    private static boolean exists(DuplicateGate gate, long number) {
        return gate.exists(MemorySegment.ofArray(Gates.id(number)));
    }

    @Test
    void shouldAddTheFirstOfEqualIdsInARequest() {
        try (Gates gates = Gates.open(LogOptions.defaults())) {
            assertEquals(
                    List.of(Answer.ADDED, Answer.ADDED, Answer.DUPLICATE, Answer.DUPLICATE),
                    add(gates.gate(), 1, 2, 1, 2));
            assertEquals(
                    List.of(Answer.DUPLICATE, Answer.ADDED, Answer.DUPLICATE),
                    add(gates.gate(), 2, 3, 3));
            assertTrue(exists(gates.gate(), 3));
            assertFalse(exists(gates.gate(), 4));
            assertArrayEquals(
                    Gates.value(1),
                    gates.store().snapshot().get(gates.gate().table(), Gates.id(1)));
            assertEquals(0, gates.gate().pending());
            GateStats stats = gates.gate().stats();
            assertEquals(3, stats.reserved());
            assertEquals(4, stats.duplicates());
            assertEquals(2, stats.truePositives());
        }
    }

    @Test
    void shouldTellHeightsApartWhenAskedForNewerIds() {
        try (Gates gates = Gates.open(LogOptions.defaults())) {
            add(gates.gate(), 7);
            MemorySegment id = MemorySegment.ofArray(Gates.id(7));
            assertTrue(gates.gate().existsSince(id, 0));
            assertTrue(gates.gate().existsSince(id, 7));
            assertFalse(gates.gate().existsSince(id, 8));
        }
    }

    @Test
    void shouldReserveForGoodWhenTheBatchCommits() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                Batch batch = gates.store().newBatch();
                IdRequest request = Gates.request(gates.gate(), 1, 2)) {
            Reservation reservation = gates.gate().reserve(request, batch);
            assertEquals(2, reservation.count());
            assertEquals(2, batch.count());
            assertFalse(exists(gates.gate(), 1));
            gates.store().commit(batch);
            assertTrue(reservation.isSettled());
            assertEquals(0, gates.gate().pending());
            assertTrue(exists(gates.gate(), 1));
            assertEquals(List.of(Answer.DUPLICATE, Answer.DUPLICATE), add(gates.gate(), 1, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "close"})
    void shouldFreeTheIdsWhenTheBatchIsGivenUp(String how) {
        try (Gates gates = Gates.open(LogOptions.defaults());
                IdRequest request = Gates.request(gates.gate(), 1, 2)) {
            Batch batch = gates.store().newBatch();
            Reservation reservation = gates.gate().reserve(request, batch);
            assertThrows(IllegalStateException.class, reservation::giveUp);
            assertEquals(2, gates.gate().pending());
            if (how.equals("clear")) {
                batch.clear();
            } else {
                batch.close();
            }
            assertTrue(reservation.isSettled());
            assertFalse(exists(gates.gate(), 1));
            assertEquals(List.of(Answer.ADDED, Answer.ADDED), add(gates.gate(), 1, 2));
            reservation.giveUp();
            assertEquals(List.of(Answer.DUPLICATE), add(gates.gate(), 1));
        }
    }

    @Test
    void shouldCallAnIdContendedWhenAnotherReservationHoldsIt() {
        try (Gates gates = Gates.open(LogOptions.defaults());
                Batch batch = gates.store().newBatch();
                IdRequest first = Gates.request(gates.gate(), 1);
                IdRequest second = Gates.request(gates.gate(), 1, 2)) {
            Reservation reservation = gates.gate().reserve(first, batch);
            Reservation other = gates.gate().reserve(second);
            assertEquals(List.of(Answer.CONTENDED, Answer.RESERVED), answers(second));
            assertThrows(IllegalStateException.class, second::clear);
            other.giveUp();
            assertThrows(IllegalStateException.class, () -> add(gates.gate(), 1));
            assertFalse(reservation.isSettled());
            batch.clear();
            assertEquals(List.of(Answer.ADDED), add(gates.gate(), 1));
        }
    }

    /** Every request against a set, through many false positives of a filter that is too small. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldAgreeWithASet(long seed) {
        Random random = new Random(seed);
        Set<Long> twin = new HashSet<>();
        try (Gates gates = Gates.open(LogOptions.bulk(), new BloomGeometry(16, 5, 1))) {
            DuplicateGate gate = gates.gate();
            // Most bits are set at once, as in a filter for far fewer ids.
            for (int i = 0; i < 400_000; i++) {
                gates.filter().addHash(random.nextLong(), random.nextLong());
            }
            try (Batch batch = gates.store().newBatch()) {
                for (int round = 0; round < 300; round++) {
                    long[] numbers = random.longs(random.nextInt(40), 0, 3_000).toArray();
                    step(gates, batch, numbers, random.nextInt(4), twin);
                }
            }
            for (long number = 0; number < 3_000; number++) {
                assertEquals(twin.contains(number), exists(gate, number), "seed " + seed);
            }
            assertTrue(gate.stats().falsePositives() > 100, gate.stats().toString());
            assertEquals(0, gate.pending());
        }
    }

    private static void step(Gates gates, Batch batch, long[] numbers, int kind, Set<Long> twin) {
        List<Answer> expected = new ArrayList<>();
        Set<Long> after = new HashSet<>(twin);
        Answer good = kind == 0 ? Answer.ADDED : kind == 3 ? Answer.ABSENT : Answer.RESERVED;
        for (long number : numbers) {
            boolean absent = kind == 3 ? !twin.contains(number) : after.add(number);
            expected.add(absent ? good : Answer.DUPLICATE);
        }
        try (IdRequest request = Gates.request(gates.gate(), numbers)) {
            switch (kind) {
                case 0 -> gates.gate().addAllIfAbsent(request);
                case 1 -> {
                    gates.gate().reserve(request, batch.clear());
                    gates.store().commit(batch);
                }
                case 2 -> {
                    gates.gate().reserve(request, batch.clear());
                    batch.clear();
                }
                default -> gates.gate().exists(request);
            }
            assertEquals(expected, answers(request));
        }
        if (kind < 2) {
            twin.addAll(after);
        }
    }

    @Test
    void shouldFindIdsThatTheFilterHasNotLoaded() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.defaults());
                BloomFilter first = BloomFilter.create(Gates.SMALL, Gates.HASH)) {
            add(DuplicateGate.over(store, store.table(Gates.IDS), first), 1, 2, 3);
        }
        // Nothing is loaded: everything is "maybe", and the log decides.
        FilterFiles files = new FilterFiles(new SimDisk());
        files.create(Gates.SMALL, Gates.HASH).close();
        try (LogStore store = LogStore.open(disk.restart(), LogOptions.defaults());
                BloomFilter other = files.open(Gates.HASH)) {
            DuplicateGate gate = DuplicateGate.over(store, store.table(Gates.IDS), other);
            assertTrue(exists(gate, 1));
            assertFalse(exists(gate, 9));
            assertEquals(List.of(Answer.DUPLICATE, Answer.ADDED), add(gate, 3, 4));
            assertEquals(4, gate.stats().confirms());
        }
    }

    /** Neither answer may be taken back by a power cut. */
    @Test
    void shouldAnswerOnlyWhatIsDurable() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                Batch batch = gates.store().newBatch();
                IdRequest request = Gates.request(gates.gate(), 1)) {
            LogStore store = gates.store();
            add(gates.gate(), 9);
            assertEquals(store.visible(), store.durable());
            gates.gate().reserve(request, batch);
            store.commit(batch);
            assertTrue(store.durable() < store.visible());
            assertTrue(exists(gates.gate(), 1));
            assertEquals(store.visible(), store.durable());
        }
    }

    @Test
    void shouldFreeTheIdsWhenTheCommitFails() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, LogOptions.defaults());
        try (BloomFilter filter = BloomFilter.create(Gates.SMALL, Gates.HASH)) {
            DuplicateGate gate = DuplicateGate.over(store, store.table(Gates.IDS), filter);
            add(gate, LongStream.range(0, 1_000).toArray());
            disk.failFrom(disk.calls() + 1, Fault.EIO);
            assertThrows(StorageException.class, () -> add(gate, 2_000));
            assertEquals(0, gate.pending());
            assertThrows(StoragePoisonedException.class, () -> add(gate, 2_000));
            assertTrue(exists(gate, 1));
            disk.clearFaults();
            disk.failReadFrom(disk.readCalls() + 1);
            // An unreadable record is an error, and neither "absent" nor "there".
            assertThrows(StorageException.class, () -> exists(gate, 999));
            assertThrows(StorageException.class, () -> add(gate, 999));
            assertEquals(0, gate.pending());
        } finally {
            disk.clearFaults();
            store.close();
        }
    }

    /** Who catches the error and looks at the answers must not find "absent" there either. */
    @Test
    void shouldCallNoIdOfARequestAbsentWhenARecordCannotBeRead() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, LogOptions.defaults());
        try (BloomFilter filter = BloomFilter.create(Gates.SMALL, Gates.HASH)) {
            DuplicateGate gate = DuplicateGate.over(store, store.table(Gates.IDS), filter);
            add(gate, LongStream.range(0, 1_000).toArray());
            try (IdRequest request = Gates.request(gate, 5_000, 998, 999)) {
                disk.failReadFrom(disk.readCalls() + 1);
                assertThrows(StorageException.class, () -> gate.exists(request));
                assertUndecided(request);
                assertThrows(StorageException.class, () -> gate.addAllIfAbsent(request));
                assertEquals(0, request.count(Answer.ADDED));
                assertUndecided(request);
                assertThrows(StorageException.class, () -> gate.exists(request));
                assertUndecided(request);
                disk.clearFaults();
                gate.exists(request);
                assertEquals(
                        List.of(Answer.ABSENT, Answer.DUPLICATE, Answer.DUPLICATE),
                        answers(request));
                assertEquals(1, request.count(Answer.ABSENT));
            }
        } finally {
            disk.clearFaults();
            store.close();
        }
    }

    private static void assertUndecided(IdRequest request) {
        for (int i = 0; i < request.size(); i++) {
            int index = i;
            assertThrows(IllegalStateException.class, () -> request.answer(index));
        }
        for (Answer answer : Answer.values()) {
            if (answer != Answer.ADDED) {
                assertThrows(IllegalStateException.class, () -> request.count(answer));
            }
        }
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        Gates gates = Gates.open(LogOptions.defaults());
        DuplicateGate gate = gates.gate();
        LogStore store = gates.store();
        IdRequest request = gate.newRequest(1);
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        DuplicateGate.over(
                                store, store.table(TableSpec.byKey("plain")), gates.filter()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new TableSpec("h", TableSpec.Order.HEIGHT, TableSpec.Keys.DEDUPLICATED));
        assertThrows(
                IllegalArgumentException.class, () -> request.put(new byte[0], 1, new byte[1]));
        assertThrows(
                IllegalArgumentException.class, () -> request.put(new byte[1_025], 1, new byte[1]));
        assertThrows(
                IllegalArgumentException.class, () -> request.put(new byte[1], -1, new byte[1]));
        request.put(new byte[1], 0, new byte[0]);
        assertThrows(
                IllegalArgumentException.class, () -> request.put(new byte[2], 1, new byte[1]));
        assertThrows(IndexOutOfBoundsException.class, () -> request.answer(1));
        store.close();
        assertThrows(StorageClosedException.class, () -> gate.addAllIfAbsent(request));
        request.close();
        gates.close();
    }
}
