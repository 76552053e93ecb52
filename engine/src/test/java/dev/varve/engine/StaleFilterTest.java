package dev.varve.engine;

import static dev.varve.engine.LedgerStoreTest.TX;
import static dev.varve.engine.LedgerStoreTest.add;
import static dev.varve.engine.LedgerStoreTest.assertAllThere;
import static dev.varve.engine.LedgerStoreTest.copy;
import static dev.varve.engine.LedgerStoreTest.small;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Files of a filter that are sound, and say nothing of the log that they are found beside. */
final class StaleFilterTest {

    private static void copyFilter(SimDisk from, SimDisk to) {
        from.list().stream()
                .filter(file -> file.startsWith("bloom"))
                .forEach(file -> copy(from, to, file));
    }

    /** Has the log with 100 ids, and the filter that was closed with 3,100. */
    private static SimDisk olderLogWithNewerFilter() {
        SimDisk disk = new SimDisk();
        try (LedgerStore first = small(disk).open()) {
            add(first.gate(TX), 0, 100);
        }
        SimDisk newer = disk.crash(CrashModel.KEEP_ALL, 0);
        SimDisk mixed = disk.crash(CrashModel.KEEP_ALL, 0);
        try (LedgerStore ledger = small(newer).open()) {
            add(ledger.gate(TX), 10_000, 13_000); // so many that every shard is written
        }
        copyFilter(newer.crash(CrashModel.KEEP_ALL, 0), mixed);
        return mixed;
    }

    /** The mark of a closed filter says up to where its own shard files go, and no others. */
    @Test
    void shouldReplayTheLogWhenAnOlderShardFileWasPutBackIntoAClosedFilter() {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = small(disk).open()) {
            add(ledger.gate(TX), 0, 2_000);
        }
        SimDisk later = disk.crash(CrashModel.KEEP_ALL, 0);
        try (LedgerStore ledger = small(later).open()) {
            add(ledger.gate(TX), 2_000, 6_000);
        }
        SimDisk mixed = later.crash(CrashModel.KEEP_ALL, 0);
        copy(disk.crash(CrashModel.KEEP_ALL, 0), mixed, "bloom-007.shard");
        try (LedgerStore ledger = small(mixed).open()) {
            assertAllThere(ledger, 6_000);
        }
    }

    /** By the time the threads come to a shard, the log may have passed what its file names. */
    @Test
    void shouldMissNothingWhenAnOlderLogGrowsWhileThreadsLoad() throws InterruptedException {
        SimDisk mixed = olderLogWithNewerFilter();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        LedgerStore ledger =
                small(mixed)
                        .threads(
                                work -> {
                                    threads.add(
                                            new Thread(
                                                    () -> LedgerStoreTest.loadAfter(go, work)));
                                    return threads.getLast();
                                })
                        .open();
        add(ledger.gate(TX), 100, 5_000);
        SimDisk beforeLoading = mixed.crash(CrashModel.KEEP_ALL, 0);
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(Objects.requireNonNull(ledger.filter()).isReady());
        assertAllThere(ledger, 5_000);
        SimDisk afterLoading = mixed.crash(CrashModel.KEEP_ALL, 0);
        ledger.close();
        for (SimDisk found : List.of(beforeLoading, afterLoading)) {
            try (LedgerStore again = small(found).open()) {
                assertAllThere(again, 5_000);
            }
        }
    }

    /** Else every call of maintain() would fail from then on. */
    @Test
    void shouldRefuseToGrowForMoreIdsThanAFilterCanHold() {
        try (LedgerStore ledger = small(new SimDisk()).open()) {
            add(ledger.gate(TX), 0, 100);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Objects.requireNonNull(ledger.filter()).growTo(Long.MAX_VALUE));
            while (ledger.maintain()) {
                assertAllThere(ledger, 100);
            }
            assertAllThere(ledger, 100);
        }
    }
}
