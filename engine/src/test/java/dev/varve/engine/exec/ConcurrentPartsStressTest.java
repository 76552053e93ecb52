package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The concurrent parts one by one, each against the guarantee in its class comment. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class ConcurrentPartsStressTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 300;
    private static final int NIGHTLY_ROUNDS = 30_000;

    @Test
    void shouldKeepOneCellPerKeyWhenManyAddIt() throws Exception {
        addCells(ROUNDS);
    }

    @Test
    @Tag("nightly")
    void shouldKeepOneCellPerKeyWhenManyAddItForLong() throws Exception {
        addCells(NIGHTLY_ROUNDS);
    }

    @Test
    void shouldResolveStatesThatExistedWhenOthersWrite() throws Exception {
        resolveWhileWriting(ROUNDS * 300);
    }

    @Test
    @Tag("nightly")
    void shouldResolveStatesThatExistedWhenOthersWriteForLong() throws Exception {
        resolveWhileWriting(NIGHTLY_ROUNDS * 3_000);
    }

    @Test
    void shouldGiveATransactionToOneThreadOnly() throws Exception {
        ownTransactions(ROUNDS * 100);
    }

    @Test
    @Tag("nightly")
    void shouldGiveATransactionToOneThreadOnlyForLong() throws Exception {
        ownTransactions(NIGHTLY_ROUNDS * 1_000);
    }

    @Test
    void shouldSettleEverythingInOrderWhenManyFinish() throws Exception {
        settleInOrder(ROUNDS * 200);
    }

    @Test
    @Tag("nightly")
    void shouldSettleEverythingInOrderWhenManyFinishForLong() throws Exception {
        settleInOrder(NIGHTLY_ROUNDS * 1_000);
    }

    /** All threads ask for the same new keys at once, block after block, with colliding hashes. */
    private static void addCells(int rounds) throws Exception {
        VersionStore store = new VersionStore(2);
        List<VersionStore.Pool> pools = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            pools.add(new VersionStore.Pool());
        }
        int keys = 60;
        List<Set<Cell>> cells = new ArrayList<>();
        for (int k = 0; k < keys; k++) {
            cells.add(ConcurrentHashMap.newKeySet());
        }
        CyclicBarrier barrier =
                new CyclicBarrier(THREADS, () -> checkOnePerKey(cells, store, pools));
        store.begin(pools);
        together(
                thread -> {
                    for (int round = 0; round < rounds; round++) {
                        for (int k = 0; k < keys; k++) {
                            byte[] key = {(byte) k, (byte) round};
                            cells.get(k).add(store.cell(key, k & 7, pools.get(thread)));
                        }
                        barrier.await();
                    }
                });
    }

    private static void checkOnePerKey(
            List<Set<Cell>> cells, VersionStore store, List<VersionStore.Pool> pools) {
        for (int k = 0; k < cells.size(); k++) {
            assertEquals(1, cells.get(k).size(), "cells of key " + k);
            assertEquals(k, cells.get(k).iterator().next().key()[0]);
            cells.get(k).clear();
        }
        store.begin(pools);
    }

    /**
     * Writers replace, add, retract and collapse; in every state the value below transaction 100 is
     * a counter that is a multiple of 1000 plus the number of the transaction that set it, and all
     * pending sums are multiples of 1000. A mixture of two states would not be.
     */
    private static void resolveWhileWriting(int operations) throws Exception {
        VersionedCell cell = new VersionedCell();
        cell.reset(new byte[] {1}, 1);
        cell.setValue(Counters.encode(0));
        AtomicInteger running = new AtomicInteger(2);
        together(
                thread -> {
                    if (thread < 2) {
                        writeVersions(cell, thread, operations);
                        running.decrementAndGet();
                    } else {
                        readVersions(cell, running);
                    }
                });
    }

    private static void writeVersions(VersionedCell cell, int thread, int operations) {
        for (int i = 1; i <= operations; i++) {
            int transaction = 2 * (i % 40) + thread + 1;
            long version = VersionedCell.version(transaction, i);
            while (!cell.tryLock()) {
                Thread.onSpinWait();
            }
            try {
                switch (i % 5) {
                    case 0 -> cell.add(version, 1000L * i);
                    case 1 -> cell.retractOthers(version);
                    case 2 -> cell.collapse(i % 30);
                    default -> cell.set(version, Counters.encode(1000L * i + transaction));
                }
            } finally {
                cell.unlock();
            }
        }
    }

    private static void readVersions(VersionedCell cell, AtomicInteger running) {
        VersionStore store = new VersionStore(1);
        Resolution resolution = new Resolution();
        while (running.get() > 0) {
            store.resolve(cell, 100, resolution);
            assertFalse(resolution.isEstimate());
            assertFalse(resolution.isBroken());
            long number = Counters.decode(resolution.value());
            if (resolution.version() >= 0) {
                assertEquals(VersionedCell.transaction(resolution.version()), number % 1000);
            }
            assertTrue(number % 1000 < 100, () -> "a mixture: " + number);
        }
    }

    /** Threads take transactions from any state to CHECKING and back; nobody else may be inside. */
    private static void ownTransactions(int operations) throws Exception {
        int window = 4;
        TxStates states = new TxStates(window);
        int[] inside = new int[window];
        for (int i = 0; i < window; i++) {
            states.set(i, TxStates.EXECUTED);
        }
        together(
                thread -> {
                    for (int i = 0; i < operations; i++) {
                        int transaction = (i * 7 + thread) % window;
                        int from = i % 2 == 0 ? TxStates.EXECUTED : TxStates.DEFERRED;
                        if (states.change(transaction, from, TxStates.CHECKING)) {
                            assertEquals(0, inside[transaction]++);
                            inside[transaction]--;
                            states.set(
                                    transaction,
                                    i % 3 == 0 ? TxStates.DEFERRED : TxStates.EXECUTED);
                        }
                    }
                });
        for (int i = 0; i < window; i++) {
            assertEquals(0, inside[i]);
            assertEquals(TxStates.OTHER, states.get(i + window));
        }
    }

    /**
     * Small blocks in which two threads finish transactions at nearly the same moment. Each looks
     * after the commits once for each of its own, so a moment that both let pass is never repaired.
     */
    private static void settleInOrder(int blocks) throws Exception {
        SettlingBlock block = new SettlingBlock();
        Meeting meeting = new Meeting();
        together(
                thread -> {
                    for (int i = 0; thread < 2 && i < blocks && meeting.goesOn(); i++) {
                        if (thread == 0) {
                            block.begin();
                        }
                        meeting.meet();
                        block.finishOwn(thread, i);
                        meeting.meet();
                        if (thread == 0 && !block.isSettled()) {
                            meeting.end();
                        }
                        meeting.meet();
                    }
                });
        assertTrue(block.isSettled(), () -> "stopped at " + block.frontier.position());
    }

    /** Where two threads wait for each other, spinning, so that they leave together. */
    private static final class Meeting {

        private final AtomicInteger arrived = new AtomicInteger();
        private volatile boolean ended;

        void meet() {
            int number = arrived.incrementAndGet();
            int expected = number + (number & 1);
            while (arrived.get() < expected && !ended) {
                Thread.onSpinWait();
            }
        }

        void end() {
            ended = true;
        }

        boolean goesOn() {
            return !ended;
        }
    }

    /** A few transactions, of which every other one belongs to each of two threads. */
    private static final class SettlingBlock implements CommitFrontier.Settler {

        private static final int COUNT = 4;

        private final TxStates states = new TxStates(COUNT);
        private final CommitFrontier frontier = new CommitFrontier(this);
        private int settled;

        void begin() {
            states.begin();
            settled = 0;
            frontier.begin(COUNT);
        }

        void finishOwn(int thread, int block) {
            for (int i = thread; i < COUNT; i += 2) {
                spin((block * 31 + thread * 7) % 13);
                states.set(i, TxStates.EXECUTED);
                frontier.advance();
            }
        }

        private static void spin(int turns) {
            for (int i = 0; i < turns; i++) {
                Thread.onSpinWait();
            }
        }

        boolean isSettled() {
            return frontier.isAtEnd() && settled == COUNT;
        }

        @Override
        public boolean isActionable(int index) {
            return states.get(index) == TxStates.EXECUTED;
        }

        @Override
        public CommitFrontier.Settlement settle(int index) {
            if (!isActionable(index)) {
                spin(20); // the other thread finishes it now, and finds the token taken
                return CommitFrontier.Settlement.NOT_YET;
            }
            settled += index == settled ? 1 : COUNT;
            return CommitFrontier.Settlement.COMMITTED;
        }
    }

    private interface Part {
        void run(int thread) throws Exception;
    }

    private static void together(Part part) throws Exception {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            Thread thread = new Thread(() -> runPart(part, number, failure));
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new AssertionError(thrown);
        }
    }

    private static void runPart(
            Part part, int number, AtomicReference<@Nullable Throwable> failure) {
        try {
            part.run(number);
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }
}
