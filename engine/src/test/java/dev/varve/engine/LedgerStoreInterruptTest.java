package dev.varve.engine;

import static dev.varve.engine.LedgerStoreTest.TX;
import static dev.varve.engine.LedgerStoreTest.add;
import static dev.varve.engine.LedgerStoreTest.id;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.engine.dedup.ScrubReport;
import dev.varve.logstore.Batch;
import dev.varve.logstore.ReadAdvice;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real files, and threads that are interrupted: before each call, or at any moment of it. */
@Timeout(60)
final class LedgerStoreInterruptTest {

    private static final int IDS = 4_000;
    private static final TableSpec BLOCKS = TableSpec.byHeight("blocks");

    /** Their work begins interrupted, as a pool's thread may be. */
    private static final ThreadFactory INTERRUPTED =
            work ->
                    new Thread(
                            () -> {
                                Thread.currentThread().interrupt();
                                work.run();
                            });

    @AfterEach
    void clear() {
        boolean ignored = Thread.interrupted();
    }

    private static LedgerStore open(Path directory) {
        return LedgerStore.at(directory)
                .expectedIds(2_000)
                .segmentBytes(64 << 10)
                .threads(INTERRUPTED)
                .upkeep(INTERRUPTED)
                .open();
    }

    /** Every call does what it should, and leaves the status to whoever asks for it. */
    private static void call(Runnable call) {
        call.run();
        assertTrue(Thread.currentThread().isInterrupted(), "the interrupt was lost");
    }

    @Test
    void shouldLoseNothingOverThreeLivesOfAnInterruptedThread(@TempDir Path directory) {
        Thread.currentThread().interrupt();
        for (int life = 0; life < 3; life++) {
            int first = life * IDS;
            try (LedgerStore ledger = open(directory)) {
                DuplicateGate gate = ledger.gate(TX);
                call(() -> assertEquals(IDS, add(gate, first, first + IDS)));
                call(() -> assertEquals(0, add(gate, 0, first + IDS)));
                call(() -> writeAndRead(ledger));
                call(ledger::checkpoint);
                call(() -> maintainAll(ledger));
                call(() -> scrub(ledger));
                call(() -> assertEquals(List.of(), ledger.log().verify().problems()));
                call(() -> ledger.log().force());
                assertFalse(ledger.log().isPoisoned());
                assertEquals(0, ledger.upkeepFailures());
            }
            assertTrue(Thread.currentThread().isInterrupted(), "the interrupt was lost");
        }
    }

    private static void maintainAll(LedgerStore ledger) {
        while (ledger.maintain()) {
            // one piece after the other
        }
    }

    private static void scrub(LedgerStore ledger) {
        LogFilter filter = Objects.requireNonNull(ledger.filter());
        ScrubReport report = filter.scrub(Long.MAX_VALUE);
        assertEquals(0, report.missing());
        assertEquals(0, report.badColumns());
    }

    private static void writeAndRead(LedgerStore ledger) {
        for (ReadAdvice advice : ReadAdvice.values()) {
            Table blocks = ledger.table(BLOCKS.withReadAdvice(advice));
            try (Batch batch = ledger.newBatch()) {
                for (int height = 0; height < 50; height++) {
                    ledger.commit(batch.clear().put(blocks, height, id(height))).awaitDurable();
                    assertArrayEquals(id(height), ledger.snapshot().get(blocks, height));
                }
            }
            long seen =
                    ledger.snapshot().scan(blocks, 0, 50, block -> Snapshot.ScanStep.CONTINUE);
            assertEquals(50, seen);
        }
    }

    @Test
    void shouldLetEveryIdInOnceWhenAddersAreInterruptedAtAnyMoment(@TempDir Path directory)
            throws InterruptedException {
        int[] added = new int[3];
        List<Throwable> failures = new ArrayList<>();
        try (LedgerStore ledger = open(directory)) {
            DuplicateGate gate = ledger.gate(TX);
            List<Thread> adders = new ArrayList<>();
            for (int i = 0; i < added.length; i++) {
                int own = i;
                Thread adder = new Thread(() -> added[own] = addInPieces(gate));
                adder.setUncaughtExceptionHandler(
                        (thread, failure) -> {
                            synchronized (failures) {
                                failures.add(failure);
                            }
                        });
                adders.add(adder);
                adder.start();
            }
            for (Thread adder : adders) {
                while (adder.isAlive()) {
                    adders.forEach(Thread::interrupt);
                    adder.join(1);
                }
            }
            assertEquals(List.of(), failures);
            assertEquals(IDS, added[0] + added[1] + added[2]);
            assertFalse(ledger.log().isPoisoned());
        }
        try (LedgerStore ledger = open(directory)) {
            DuplicateGate gate = ledger.gate(TX);
            for (int i = 0; i < IDS; i++) {
                assertTrue(gate.exists(MemorySegment.ofArray(id(i))), "id " + i);
            }
        }
    }

    private static int addInPieces(DuplicateGate gate) {
        int added = 0;
        for (int from = 0; from < IDS; from += 100) {
            added += add(gate, from, from + 100);
        }
        return added;
    }
}
