package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.FilterStats;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.engine.dedup.ScrubReport;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.FlakyStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets one call to the files of a ledger's filter fail: while it is made, checkpointed, grown,
 * scrubbed, closed and opened. Every id goes in once, before and after, and what failed is done
 * when it is tried again.
 */
@Timeout(300)
final class LedgerFilterFaultTest {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final byte[] VALUE = new byte[40];
    private static final int ADDED_AT_ONCE = 900;

    /** One life of a ledger. */
    private static final class Life {

        private FlakyStorage storage =
                new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
        private @Nullable LedgerStore ledger;
        private int added;
        private final List<String> failures = new ArrayList<>();
        private final TreeSet<Long> steps = new TreeSet<>();

        void run() {
            until(this::open);
            for (int round = 0; round < 2; round++) {
                until(this::add);
                until(this::maintain);
                until(this::checkpoint);
                until(this::checkpoint);
                until(this::add);
                until(this::maintain);
                until(this::scrub);
                until(this::checkpoint);
                until(this::add);
                until(this::close);
                until(this::open);
            }
            until(this::close);
        }

        private void until(Runnable step) {
            steps.add(storage.calls());
            try {
                step.run();
            } catch (StorageException e) {
                failures.add(e.getMessage());
                assertRecovers(CrashModel.KEEP_ALL);
                tryAgain(step);
            }
        }

        private void tryAgain(Runnable step) {
            try {
                step.run();
            } catch (StoragePoisonedException poisoned) {
                // The directory is the log's too: it was the one that listed or forced it.
                failures.add(poisoned.getMessage());
                open();
                step.run();
            }
        }

        private void open() {
            storage = storage.restart();
            LedgerStore opened = builder(storage).open();
            ledger = opened;
            opened.gate(TX);
            LogFilter filter = Objects.requireNonNull(opened.filter());
            assertTrue(filter.isReady());
            assertNull(filter.failure());
            assertTrue(filter.damaged().isEmpty());
        }

        private LedgerStore ledger() {
            return Objects.requireNonNull(ledger);
        }

        private void add() {
            int count = LedgerFilterFaultTest.add(ledger(), added, ADDED_AT_ONCE);
            assertTrue(count == ADDED_AT_ONCE || !failures.isEmpty(), () -> "added " + count);
            added += ADDED_AT_ONCE;
            assertEquals(0, LedgerFilterFaultTest.add(ledger(), 0, added));
        }

        private void maintain() {
            while (ledger().maintain()) {
                assertEquals(0, LedgerFilterFaultTest.add(ledger(), 0, 50));
            }
        }

        private void scrub() {
            ScrubReport report =
                    Objects.requireNonNull(ledger().filter()).scrub(Long.MAX_VALUE);
            assertEquals(new ScrubReport(added, 0, 0), report);
        }

        private void checkpoint() {
            ledger().checkpoint();
            List<String> names = storage.disk().list();
            assertEquals(256, names.stream().filter(name -> name.endsWith(".shard")).count());
            assertTrue(names.stream().noneMatch(name -> name.endsWith(".tmp")), names::toString);
        }

        private void close() {
            LedgerStore now = ledger;
            ledger = null;
            if (now == null) {
                open(); // it is closed, though that failed
                now = ledger();
                ledger = null;
            }
            now.close();
            assertRecovers(CrashModel.LOSE_ALL);
        }

        private void assertRecovers(CrashModel model) {
            SimDisk found = storage.disk().crash(model, 0);
            FlakyStorage other = new FlakyStorage(found, name -> false);
            try (LedgerStore recovered = builder(other).open()) {
                assertEquals(0, LedgerFilterFaultTest.add(recovered, 0, added));
            }
        }
    }

    /** Small segments, so that there are columns; so small a filter that it grows. */
    private static LedgerStore.Builder builder(FlakyStorage storage) {
        return LedgerStore.over(storage)
                .expectedIds(1_000)
                .segmentBytes(64 << 10)
                .growthBytes(256 << 10)
                .filterBytesPerSecond(Long.MAX_VALUE)
                .secrets(new SplittableRandom(5)::nextLong);
    }

    private static int add(LedgerStore ledger, int from, int count) {
        DuplicateGate gate = ledger.gate(TX);
        try (IdRequest request = gate.newRequest(Math.max(1, count))) {
            for (int i = from; i < from + count; i++) {
                request.put(LedgerStoreTest.id(i), i, VALUE);
            }
            gate.addAllIfAbsent(request);
            return request.count(Answer.ADDED);
        }
    }

    private static Life life(long failing, Fault fault) {
        Life life = new Life();
        life.storage.failAt(failing, fault);
        try {
            life.run();
            assertTrue(failing == 0 || life.storage.hasFailed());
            return life;
        } catch (AssertionError | RuntimeException e) {
            String where = fault + " at call " + failing + "; " + life.failures;
            throw new AssertionError(where, e);
        }
    }

    /** Calls around the begin of each step. */
    private static Set<Long> calls(int before, int behind) {
        Life whole = life(0, Fault.EIO);
        assertTrue(whole.failures.isEmpty(), whole.failures::toString);
        TreeSet<Long> calls = new TreeSet<>();
        for (long step : whole.steps) {
            for (long call = step - before; call <= step + behind; call++) {
                calls.add(call);
            }
        }
        return new TreeSet<>(calls.subSet(1L, true, whole.storage.calls(), true));
    }

    /** Some calls of the begin of each step; the nightly test has all calls and faults. */
    @Test
    void shouldLetEveryIdInOnceWhenACallFails() {
        for (long call : calls(1, 12)) {
            if (call % 5 == 0) {
                life(call, call % 2 == 0 ? Fault.FULL : Fault.EIO_AFTER);
            }
        }
    }

    /** What is looked at all the time must not fail while there are too many open files. */
    @Test
    void shouldKnowHowLongColumnsAreWithoutOpeningThem() {
        FlakyStorage storage =
                new FlakyStorage(new SimDisk(), name -> name.endsWith(".hashes"));
        try (LedgerStore ledger = builder(storage).open()) {
            for (int from = 0; from < 4_500; from += ADDED_AT_ONCE) {
                add(ledger, from, ADDED_AT_ONCE);
            }
            while (ledger.maintain()) {
                // until there is nothing more to do
            }
            LogFilter filter = Objects.requireNonNull(ledger.filter());
            storage.failAt(storage.calls() + 1, Fault.FULL);
            FilterStats stats = filter.stats();
            assertFalse(storage.hasFailed());
            assertTrue(stats.columns() > 1, stats::toString);
            assertEquals(lengthOfColumns(storage.disk()), stats.columnBytes());
        }
        storage.failAt(0, Fault.FULL);
        FlakyStorage next = storage.restart();
        try (LedgerStore ledger = builder(next).open()) {
            LogFilter filter = Objects.requireNonNull(ledger.filter());
            assertEquals(lengthOfColumns(next.disk()), filter.stats().columnBytes());
            next.failAt(next.calls() + 1, Fault.FULL);
            assertEquals(lengthOfColumns(next.disk()), filter.stats().columnBytes());
            assertFalse(next.hasFailed());
        }
    }

    private static long lengthOfColumns(SimDisk disk) {
        long length = 0;
        for (String name : disk.list()) {
            if (name.endsWith(".hashes")) {
                try (StorageFile file = disk.open(name, Access.READ)) {
                    length += file.length();
                }
            }
        }
        return length;
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    @Timeout(7_200)
    @Tag("nightly")
    void shouldLetEveryIdInOnceWhenAnyCallFails(Fault fault) {
        for (long call : calls(3_000, 3_000)) {
            life(call, fault);
        }
    }
}
