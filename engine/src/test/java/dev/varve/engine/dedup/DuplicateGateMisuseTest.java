package dev.varve.engine.dedup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.FilterFiles;
import dev.varve.logstore.Batch;
import dev.varve.logstore.CommitTicket;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers that fail midway, or mix things up: still no id gets in twice, and none is stuck. */
@Timeout(60)
final class DuplicateGateMisuseTest {

    /** Longer than a batch may be. */
    private static final long TOO_LONG = (192L << 20) + 1;

    private static long recordsOf(Gates gates) {
        long[] records = {0};
        gates.store().replay(0, r -> records[0] += r.table() == gates.gate().table().id() ? 1 : 0);
        return records[0];
    }

    private static Answer add(Gates gates, long number) {
        try (IdRequest request = Gates.request(gates.gate(), number)) {
            gates.gate().addAllIfAbsent(request);
            return request.answer(0);
        }
    }

    /** What a batch took before it was full may be committed, so it stays reserved until then. */
    @Test
    void shouldHoldWhatWasStagedBeforeTheBatchWasFull() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                Arena arena = Arena.ofConfined();
                Batch batch = gates.store().newBatch();
                IdRequest first = Gates.request(gates.gate(), 1, 2);
                IdRequest second = Gates.request(gates.gate(), 1);
                IdRequest both = gates.gate().newRequest(2)) {
            both.put(Gates.id(1), 1, Gates.value(1));
            both.put(MemorySegment.ofArray(Gates.id(2)), 2, arena.allocate(TOO_LONG));
            assertThrows(
                    IllegalArgumentException.class, () -> gates.gate().reserve(both, batch));
            gates.gate().reserve(second).giveUp();
            assertEquals(Answer.CONTENDED, second.answer(0));
            gates.store().commit(batch);
            assertEquals(0, gates.gate().pending());
            gates.gate().addAllIfAbsent(first);
            assertEquals(Answer.DUPLICATE, first.answer(0));
            assertEquals(Answer.ADDED, first.answer(1));
            assertEquals(2, recordsOf(gates));
        }
    }

    /** It would take memory again that nobody frees. */
    @Test
    void shouldRefuseARequestThatIsClosed() {
        try (Gates gates = Gates.open(LogOptions.bulk())) {
            IdRequest request = Gates.request(gates.gate(), 1);
            gates.gate().addAllIfAbsent(request);
            request.close();
            request.close();
            assertEquals(Answer.ADDED, request.answer(0));
            assertThrows(IllegalStateException.class, request::clear);
            assertThrows(
                    IllegalStateException.class, () -> gates.gate().addAllIfAbsent(request));
            assertThrows(IllegalStateException.class, () -> gates.gate().exists(request));
            assertEquals(0, gates.store().stats().memory().batchBytes());
        }
    }

    @Test
    void shouldFreeTheIdsWhenTheBatchTakesNone() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                Gates others = Gates.open(LogOptions.bulk());
                Batch foreign = others.store().newBatch();
                IdRequest request = Gates.request(gates.gate(), 1)) {
            Batch closed = gates.store().newBatch();
            closed.close();
            assertThrows(
                    IllegalStateException.class, () -> gates.gate().reserve(request, closed));
            assertEquals(0, gates.gate().pending());
            others.store().table(TableSpec.deduplicated("another"));
            gates.store().table(TableSpec.byKey("plain"));
            DuplicateGate second =
                    DuplicateGate.over(
                            gates.store(),
                            gates.store().table(TableSpec.deduplicated("second")),
                            gates.filter());
            try (IdRequest other = Gates.request(second, 1)) {
                assertThrows(
                        IllegalArgumentException.class, () -> second.reserve(other, foreign));
                assertEquals(0, second.pending());
            }
            assertEquals(Answer.ADDED, add(gates, 1));
        }
    }

    /** The gate would not know of it, and let the id in once more. */
    @Test
    void shouldLetNoRecordPassByTheGate() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                Batch batch = gates.store().newBatch();
                IdRequest request = Gates.request(gates.gate(), 1)) {
            Table table = gates.gate().table();
            assertThrows(
                    IllegalArgumentException.class,
                    () -> batch.put(table, 1, Gates.id(1), Gates.value(1)));
            Reservation reservation = gates.gate().reserve(request);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> batch.put(table, 1, Gates.id(1), Gates.value(1)));
            reservation.addTo(batch);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> batch.put(table, 2, Gates.id(2), Gates.value(2)));
            assertThrows(
                    IllegalArgumentException.class, () -> batch.delete(table, 2, Gates.id(1)));
            gates.store().commit(batch);
            assertEquals(1, recordsOf(gates));
            assertEquals(Answer.DUPLICATE, add(gates, 1));
            assertEquals(Answer.ADDED, add(gates, 2));
        }
    }

    /** More ids would take an array that no JVM has. */
    @Test
    void shouldRefuseACapacityThatNoRequestCanHave() {
        try (Gates gates = Gates.open(LogOptions.bulk())) {
            for (int capacity : new int[] {-1, 0, 44_739_243, Integer.MAX_VALUE}) {
                assertThrows(
                        IllegalArgumentException.class, () -> gates.gate().newRequest(capacity));
            }
        }
    }

    @Test
    void shouldAddAReservationOnce() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                Batch batch = gates.store().newBatch();
                IdRequest request = Gates.request(gates.gate(), 1, 1, 2)) {
            Reservation reservation = gates.gate().reserve(request);
            assertEquals(gates.gate().table(), reservation.table());
            List<Long> heights = new ArrayList<>();
            reservation.forEach((height, id, value) -> heights.add(height));
            assertEquals(List.of(1L, 2L), heights);
            reservation.addTo(batch);
            assertThrows(IllegalStateException.class, () -> reservation.addTo(batch));
            assertThrows(IllegalStateException.class, reservation::giveUp);
            assertEquals(2, batch.count());
            gates.store().commit(batch);
            batch.clear();
            assertThrows(IllegalStateException.class, () -> reservation.addTo(batch));
            assertThrows(
                    IllegalStateException.class, () -> reservation.forEach((h, id, value) -> {}));
            reservation.giveUp();
            assertEquals(Answer.DUPLICATE, add(gates, 2));

            Reservation none = gates.gate().reserve(request);
            assertEquals(0, none.count());
            none.giveUp();
            assertThrows(IllegalStateException.class, () -> none.addTo(batch));
            assertEquals(2, recordsOf(gates));
        }
    }

    /** Each would claim ids for itself. */
    @Test
    void shouldHaveOneGateOfATable() {
        try (Gates gates = Gates.open(LogOptions.bulk())) {
            Table table = gates.gate().table();
            assertThrows(
                    IllegalStateException.class,
                    () -> DuplicateGate.over(gates.store(), table, gates.filter()));
            assertThrows(IllegalStateException.class, () -> gates.store().soleWriter(table));
        }
    }

    /** What it calls absent may be in the log of the gate. */
    @Test
    void shouldRefuseTheFilterOfAnotherLog() {
        SimDisk disk = new SimDisk();
        try (Gates gates = Gates.open(LogOptions.bulk());
                LogStore other = LogStore.open(disk, LogOptions.bulk());
                LogFilter filter =
                        LogFilter.create(
                                other, new FilterFiles(disk), Gates.SMALL, Gates.HASH)) {
            Table free = gates.store().table(TableSpec.deduplicated("free"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> DuplicateGate.over(gates.store(), free, filter));
        }
    }

    /** Its ids are hashed for the table of the gate that made it. */
    @Test
    void shouldRefuseARequestOfAnotherGate() {
        try (Gates gates = Gates.open(LogOptions.bulk())) {
            LogStore store = gates.store();
            DuplicateGate other =
                    DuplicateGate.over(
                            store,
                            store.table(TableSpec.deduplicated("other")),
                            gates.filter());
            assertEquals(Answer.ADDED, add(gates, 1));
            try (IdRequest request = Gates.request(other, 1)) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> gates.gate().addAllIfAbsent(request));
                assertThrows(
                        IllegalArgumentException.class, () -> gates.gate().exists(request));
                assertThrows(
                        IllegalArgumentException.class, () -> gates.gate().reserve(request));
            }
            assertEquals(1, recordsOf(gates));
        }
    }

    @Test
    void shouldForgetAnIdWhoseValueCannotBeRead() {
        try (Gates gates = Gates.open(LogOptions.bulk());
                IdRequest request = gates.gate().newRequest(4)) {
            MemorySegment gone;
            try (Arena arena = Arena.ofConfined()) {
                gone = arena.allocate(8);
            }
            MemorySegment id = MemorySegment.ofArray(Gates.id(1));
            assertThrows(IllegalStateException.class, () -> request.put(id, 1, gone));
            assertEquals(0, request.size());
            request.put(Gates.id(2), 2, Gates.value(2));
            assertArrayEquals(Gates.id(2), request.id(0).toArray(ValueLayout.JAVA_BYTE));
            gates.gate().addAllIfAbsent(request);
            assertTrue(gates.gate().exists(MemorySegment.ofArray(Gates.id(2))));
            assertFalse(gates.gate().exists(id));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"commit", "clear", "close"})
    @SuppressWarnings("try") // closing early is one of the ways
    void shouldSettleEveryReservationWhenSomebodyWhoIsToldThrows(String how) {
        try (Gates gates = Gates.open(LogOptions.bulk());
                IdRequest request = Gates.request(gates.gate(), 1, 2)) {
            Batch batch = gates.store().newBatch();
            batch.whenSettled(new Thrower());
            gates.gate().reserve(request, batch);
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> {
                        switch (how) {
                            case "commit" -> gates.store().commit(batch);
                            case "clear" -> batch.clear();
                            default -> batch.close();
                        }
                    });
            assertEquals(0, gates.gate().pending());
            Answer expected = how.equals("commit") ? Answer.DUPLICATE : Answer.ADDED;
            assertEquals(expected, add(gates, 1));
            assertEquals(how.equals("clear") ? 0 : 2, batch.count());
            batch.close();
        }
    }

    private static final class Thrower implements Batch.Settlement {
        @Override
        public void committed(CommitTicket ticket) {
            throw new UnsupportedOperationException("told of a commit");
        }

        @Override
        public void aborted() {
            throw new UnsupportedOperationException("told of an abort");
        }
    }

    /** Also when the id becomes free between the first and the second. */
    @Test
    void shouldLetTheFirstOfEqualIdsCountWhenOthersLetGoOfThem() throws InterruptedException {
        int ids = 200;
        long[] numbers = new long[2 * ids];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i % ids;
        }
        try (Gates gates = Gates.open(LogOptions.bulk());
                IdRequest request = Gates.request(gates.gate(), numbers)) {
            boolean[] stop = {false};
            Thread other = new Thread(() -> reserveAndGiveUp(gates, ids, stop));
            other.start();
            for (int round = 0; round < 2_000; round++) {
                gates.gate().reserve(request).giveUp();
                for (int i = 0; i < ids; i++) {
                    Answer first = request.answer(i);
                    Answer second = request.answer(i + ids);
                    assertEquals(
                            first == Answer.RESERVED ? Answer.DUPLICATE : first,
                            second,
                            "round " + round + ", id " + i);
                }
            }
            synchronized (stop) {
                stop[0] = true;
            }
            other.join();
        }
    }

    private static void reserveAndGiveUp(Gates gates, int ids, boolean[] stop) {
        Random random = new Random(1);
        try (IdRequest request = gates.gate().newRequest(ids)) {
            boolean more = true;
            while (more) {
                request.clear();
                random.ints(50, 0, ids)
                        .forEach(i -> request.put(Gates.id(i), 0, Gates.value(i)));
                gates.gate().reserve(request).giveUp();
                synchronized (stop) {
                    more = !stop[0];
                }
            }
        }
    }
}
