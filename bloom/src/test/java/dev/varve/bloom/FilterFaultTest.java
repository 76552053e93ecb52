package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.bloom.ShardLoad.State;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.FlakyStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets one call of a filter's life fail, be it for a full disk or for too many open files, and then
 * either tries again what failed or opens the filter again: no id is lost, no checkpoint counts
 * without its bits, no file is left over, and none stays open.
 *
 * <p>The log of the test is the row of numbers 0, 1, 2, ...; position and id are the same number.
 */
@Timeout(300)
final class FilterFaultTest {

    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 1_000);
    private static final int ADDED_AT_ONCE = 50;

    /** What is done about a call that failed. */
    private enum Answer {
        TRY_AGAIN,
        CLOSE,
        REOPEN,
        REOPEN_AND_CLOSE
    }

    /** One life of a filter. */
    private static final class Life {

        private final FlakyStorage storage;
        private final Answer answer;
        private FilterFiles files;

        /** Of no file, before it is created. */
        private BloomFilter filter = BloomFilter.create(SMALL, HASH);

        private boolean created;
        private int added;

        /** What the last checkpoint of all shards named. */
        private long acknowledged = ShardLoad.NO_POSITION;

        private final List<String> failures = new ArrayList<>();

        /** The calls before which a step began. */
        private final TreeSet<Long> steps = new TreeSet<>();

        Life(FlakyStorage storage, Answer answer) {
            this.storage = storage;
            this.answer = answer;
            files = new FilterFiles(storage);
        }

        void run() {
            until(this::create);
            for (int round = 0; round < 3; round++) {
                add();
                until(this::checkpointAll);
            }
            grow(7);
            add();
            until(this::checkpointAll);
            add();
            until(this::closeInOrder);
            until(this::open);
            add();
            until(() -> checkpoint(7));
            until(() -> checkpoint(7));
            until(this::checkpointAll);
            until(this::checkpointAll);
            add();
            until(this::closeInOrder);
            filter.close();
        }

        private void until(Runnable step) {
            steps.add(storage.calls());
            try {
                step.run();
            } catch (StorageException e) {
                failures.add(e.getMessage());
                assertLittleIsLeft();
                assertRecovers(storage.disk().crash(CrashModel.LOSE_ALL, 0), this);
                answer();
                step.run();
            }
            assertEquals(0, storage.openFiles(), "files that are open");
        }

        private void answer() {
            if (!files.exist()) {
                return;
            }
            if (answer == Answer.REOPEN || answer == Answer.REOPEN_AND_CLOSE) {
                open();
            }
            if (answer == Answer.CLOSE && created || answer == Answer.REOPEN_AND_CLOSE) {
                closeInOrder();
            }
        }

        /** The spare file, and the one that was to be deleted. */
        private void assertLittleIsLeft() {
            List<String> names = names(storage.disk());
            assertTrue(names.size() <= BloomGeometry.SHARDS + 2, () -> "files: " + names);
        }

        private void create() {
            BloomFilter before = filter;
            filter = files.exist() ? opened() : files.create(SMALL, HASH);
            created = true;
            before.close();
        }

        private void open() {
            BloomFilter before = filter;
            filter = opened();
            before.close();
        }

        private BloomFilter opened() {
            files = new FilterFiles(storage);
            return recover(files, added, acknowledged);
        }

        private void add() {
            for (int i = 0; i < ADDED_AT_ONCE; i++) {
                filter.add(BloomFilterTest.id(added), 0, 32);
                added++;
            }
        }

        private void grow(int shard) {
            try (ShardRebuild rebuild = ShardRebuild.begin(filter, shard, shard + 1, 64)) {
                IdBatch batch = new IdBatch(HASH, added);
                for (int i = 0; i < added; i++) {
                    batch.put(BloomFilterTest.id(i), 0, 32);
                }
                rebuild.add(batch);
                rebuild.finish();
            }
        }

        private void checkpoint(int shard) {
            files.checkpoint(filter, shard, added, BandwidthBudget.unlimited());
            assertEquals(added, files.verify(shard).position());
        }

        private boolean checkpointFails(int shard) {
            try {
                checkpoint(shard);
                return false;
            } catch (StorageException e) {
                return true;
            }
        }

        private void checkpointAll() {
            files.checkpointAll(filter, () -> added, BandwidthBudget.unlimited());
            acknowledged = added;
            assertOneFileForEachShard();
        }

        private void closeInOrder() {
            files.closeInOrder(filter, added);
            assertOneFileForEachShard();
            assertEquals(added, files.closedPosition());
            SimDisk found = storage.disk().crash(CrashModel.LOSE_ALL, 0);
            try (BloomFilter closed = new FilterFiles(found).openReadOnly()) {
                assertHolds(closed, added);
            }
        }

        private void assertOneFileForEachShard() {
            List<String> names = names(storage.disk());
            assertEquals(BloomGeometry.SHARDS, names.size(), () -> "files: " + names);
        }
    }

    private static List<String> names(SimDisk disk) {
        return disk.list().stream()
                .filter(name -> name.matches("bloom-.*|.*\\.tmp"))
                .toList();
    }

    /** Opens, loads and replays as a store does; fails if a checkpoint claims what it lacks. */
    private static BloomFilter recover(FilterFiles files, int log, long acknowledged) {
        BloomFilter filter = files.open(HASH);
        try {
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                ShardLoad load = files.load(filter, shard);
                assertTrue(
                        load.state() != State.DAMAGED && load.badChunks().isEmpty(),
                        load::toString);
                assertTrue(load.position() >= acknowledged, load::toString);
                assertTrue(load.position() <= log, load::toString);
                replay(filter, shard, Math.max(load.position(), 0), log);
                filter.publish(shard);
            }
            assertHolds(filter, log);
            return filter;
        } catch (Throwable e) {
            filter.close();
            throw e;
        }
    }

    private static void replay(BloomFilter filter, int shard, long from, int to) {
        for (long i = from; i < to; i++) {
            if (BloomGeometry.shard(HASH.high(BloomFilterTest.id(i), 0, 32)) == shard) {
                filter.add(BloomFilterTest.id(i), 0, 32);
            }
        }
    }

    private static void assertHolds(BloomFilter filter, int log) {
        for (int i = 0; i < log; i++) {
            assertTrue(filter.mayContain(BloomFilterTest.id(i), 0, 32), "lost id " + i);
        }
    }

    private static void assertRecovers(SimDisk found, Life life) {
        FilterFiles files = new FilterFiles(found);
        if (files.exist()) {
            recover(files, life.added, life.acknowledged).close();
        }
    }

    private static Life life(long failing, Fault fault, Answer answer) {
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
        storage.failAt(failing, fault);
        Life life = new Life(storage, answer);
        try {
            life.run();
            assertTrue(failing == 0 || storage.hasFailed());
            return life;
        } catch (AssertionError | RuntimeException e) {
            String where = fault + " at call " + failing + ", then " + answer;
            throw new AssertionError(where + "; " + life.failures, e);
        }
    }

    /** Calls around the begin of each step, where files are chosen, and its end. */
    private static Set<Long> calls(int before, int behind) {
        TreeSet<Long> calls = new TreeSet<>();
        Life whole = life(0, Fault.EIO, Answer.TRY_AGAIN);
        long end = whole.storage.calls();
        assertTrue(whole.failures.isEmpty() && end > 5_000, "calls: " + end);
        whole.steps.add(end);
        for (long step : whole.steps) {
            for (long call = step - before; call <= step + behind; call++) {
                if (call > 0 && call <= end) {
                    calls.add(call);
                }
            }
        }
        return calls;
    }

    /** Neighbouring calls fail and are answered differently; the nightly test has them all. */
    @Test
    void shouldLoseNothingWhenACallFails() {
        Answer[] answers = Answer.values();
        for (long call : calls(3, 5)) {
            Fault fault = call / answers.length % 2 == 0 ? Fault.FULL : Fault.EIO_AFTER;
            life(call, fault, answers[(int) (call % answers.length)]);
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    @Timeout(7_200)
    @Tag("nightly")
    void shouldLoseNothingWhenAnyCallFails(Fault fault) {
        for (long call : calls(3_000, 3_000)) {
            for (Answer answer : Answer.values()) {
                life(call, fault, answer);
            }
        }
    }

    /** One and the same call fails again and again, as on a disk that stays full. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldLeaveNoFileForEachCheckpointThatFails(Fault fault) {
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
        Life life = new Life(storage, Answer.TRY_AGAIN);
        life.create();
        life.checkpointAll();
        int failures = 0;
        for (int call = 1; call <= 9; call++) {
            // Alternately one more file is made, or the spare one is written over.
            for (int times = 0; times < 5; times++) {
                life.add();
                storage.failAt(storage.calls() + call, fault);
                failures += life.checkpointFails(7) ? 1 : 0;
                life.assertLittleIsLeft();
                assertRecovers(storage.disk().crash(CrashModel.LOSE_ALL, 0), life);
            }
            storage.failAt(0, fault);
            life.checkpoint(7);
        }
        assertTrue(failures > 20, "failures: " + failures);
        life.checkpointAll();
        life.closeInOrder();
        life.filter.close();
    }

    /** Whoever reads it sees a whole checkpoint in the system's cache, and closes with it. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"EIO", "EIO_AFTER"})
    void shouldWriteACheckpointAgainThatMayNotHaveBeenForced(Fault fault) {
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
        Life life = new Life(storage, Answer.TRY_AGAIN);
        life.create();
        life.checkpointAll();
        life.checkpoint(7);
        life.add();
        // Opened, bits and header written; the header's write or its force fails.
        storage.failAt(storage.calls() + (fault == Fault.EIO ? 4 : 3), fault);
        assertTrue(life.checkpointFails(7));
        life.open();
        life.closeInOrder(); // and looks at what a power cut leaves of it
        life.filter.close();
    }

    @Test
    void shouldLeaveAFilterClosedInOrderWhenItCannotBeOpened() {
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
        Life life = new Life(storage, Answer.TRY_AGAIN);
        life.create();
        life.add();
        life.closeInOrder();
        life.filter.close();
        for (long call = 1; call <= 2 * BloomGeometry.SHARDS; call++) {
            storage.failAt(storage.calls() + call, Fault.FULL);
            assertThrows(StorageException.class, () -> life.files.open(HASH), "call " + call);
            assertEquals(life.added, life.files.closedPosition());
            assertEquals(0, storage.openFiles());
        }
    }

    /** Without native access: with it the mark goes while the filter is opened. */
    @Test
    void shouldAddNothingBeforeTheMarkOfAClosedFilterIsGone() {
        assumeTrue(FilterMemory.best() == FilterMemory.PLAIN, "native access is enabled");
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> name.startsWith("bloom"));
        Life life = new Life(storage, Answer.TRY_AGAIN);
        life.create();
        life.closeInOrder();
        life.filter.close();
        try (BloomFilter filter = life.files.open(HASH)) {
            assertEquals(life.added, life.files.closedPosition());
            storage.failAt(storage.calls() + 1, Fault.FULL);
            assertThrows(StorageException.class, () -> filter.addHash(1, 2));
            assertEquals(0, filter.estimate().fill());
            assertEquals(life.added, life.files.closedPosition());
            storage.failAt(storage.calls() + 2, Fault.FULL);
            assertThrows(StorageException.class, () -> filter.addHash(1, 2));
            assertEquals(0, filter.estimate().fill(), "that it is gone was not durable");
            filter.addHash(1, 2);
            assertTrue(filter.estimate().fill() > 0);
        }
    }

    @Test
    void shouldDeleteWhatACrashLeftBeforeAFilterIsUsed() {
        SimDisk disk = new SimDisk();
        new FilterFiles(disk).create(SMALL, HASH).close();
        disk.create("bloom-301.tmp").close();
        disk.create(HashColumnDescriptor.temporaryName(0, 100)).close();
        new FilterFiles(disk).open(HASH).close();
        assertEquals(List.of(), names(disk));
    }
}
