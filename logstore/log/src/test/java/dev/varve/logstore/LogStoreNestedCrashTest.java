package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two crashes: the first anywhere, the second anywhere in what follows, which is recovery, taking
 * the store in use again, a commit, and maintenance: runs, merges, deletions. The first one is a
 * power cut, or a kill, after which the next process finds bytes and names that are not durable.
 * What the first life acknowledged, and what the second one did, must survive both; the second life
 * may also lose its manifest.
 */
final class LogStoreNestedCrashTest {

    private static final LogOptions OPTIONS = CrashExplorer.SMALL;
    private static final long SEED = 91;
    private static final long COMMITS = 7;

    /** Every so many commits a life does all maintenance that there is to do. */
    private static final long MAINTAIN_EVERY = 3;

    /**
     * Without GARBAGE: recovery writes durable bytes again, and the format assumes of the medium
     * that this does not damage them.
     */
    private static final List<CrashModel> SECOND =
            List.copyOf(EnumSet.complementOf(EnumSet.of(CrashModel.GARBAGE)));

    private final CommitScript script = new CommitScript(SEED, 4);

    /** What one life told: commits that were started, and commits that were durable on return. */
    private static final class Told {
        private long issued;
        private long acknowledged;
    }

    private void live(SimDisk disk, long life, long last, Told told) {
        LogStore store = null;
        try {
            store = LogStore.open(disk, OPTIONS, CrashExplorer.seededEnvironment(SEED + life));
            for (long n = store.stats().commits() + 1; n <= last; n++) {
                told.issued = Math.max(told.issued, n);
                script.commit(store, n);
                told.acknowledged = n;
                if (n % MAINTAIN_EVERY == 0) {
                    while (store.maintain()) {
                        // writes runs, then merges them
                    }
                }
            }
            store.close();
        } catch (SimPowerCut expected) {
            // what is left is looked at from outside
        }
    }

    @Test
    void shouldKeepWhatWasAcknowledgedWhenPowerIsCutTwice() {
        for (CrashModel first :
                new CrashModel[] {CrashModel.DIR_REORDER, CrashModel.TORN}) {
            crashTwice(13, call -> call * 7, first);
        }
    }

    @Test
    void shouldKeepWhatWasAcknowledgedWhenAKillIsFollowedByAPowerCut() {
        crashTwice(7, call -> call, null);
    }

    @Test
    void shouldNotMistakeATornTemporaryManifestForTheManifest() {
        SimDisk disk = new SimDisk();
        live(disk, 0, 3, new Told());
        SimDisk left = disk.restart();
        try (StorageFile torn = left.create(Manifest.TEMPORARY_FILE)) {
            torn.write(MemorySegment.ofArray(new byte[5000]), 0);
        }
        for (long call = 1; call <= 6; call++) {
            for (long seed = 1; seed <= 40; seed++) {
                SimDisk next = left.crash(CrashModel.KEEP_ALL, 0);
                next.crashAt(call);
                Told told = new Told();
                told.acknowledged = 3;
                told.issued = 4;
                live(next, 1, 4, told);
                SimDisk found = next.crash(CrashModel.DIR_REORDER, seed);
                check(found, told, "call " + call + ", seed " + seed);
            }
        }
    }

    @Tag("nightly")
    @Test
    void shouldKeepWhatWasAcknowledgedWhenPowerIsCutTwiceOverManySeeds() {
        for (long seed = 1; seed <= 2; seed++) {
            long salt = seed * 1_000;
            for (CrashModel first : CrashModel.values()) {
                crashTwice(1, call -> salt + call, first);
            }
            crashTwice(1, call -> salt + call, null);
        }
    }

    /** @param first how the first power cut goes, or null for a kill */
    private void crashTwice(long stride, LongUnaryOperator seeds, @Nullable CrashModel first) {
        SimDisk whole = new SimDisk();
        live(whole, 0, COMMITS, new Told());
        for (long call = 1; call <= whole.calls(); call += 1) {
            Told told = new Told();
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            live(disk, 0, COMMITS, told);
            long seed = seeds.applyAsLong(call);
            long calls = callsOfSecondLife(disk, first, seed, told);
            for (long second = 1 + call % stride; second <= calls; second += stride) {
                String what =
                        "first call " + call + ", " + (first == null ? "kill" : first) + ", seed "
                                + seed + ", second call " + second;
                secondLife(call, first, seed, second, what);
            }
        }
    }

    private static SimDisk after(SimDisk disk, @Nullable CrashModel first, long seed) {
        return first == null ? disk.restart() : disk.crash(first, seed);
    }

    private long callsOfSecondLife(SimDisk disk, @Nullable CrashModel first, long seed, Told told) {
        SimDisk next = after(disk, first, seed);
        live(next, 1, told.issued + 1, new Told());
        return next.calls();
    }

    private void secondLife(
            long call, @Nullable CrashModel first, long seed, long second, String what) {
        Told told = new Told();
        SimDisk disk = new SimDisk();
        disk.crashAt(call);
        live(disk, 0, COMMITS, told);
        SimDisk next = after(disk, first, seed);
        next.crashAt(second);
        try {
            live(next, 1, told.issued + 1, told);
            for (int i = 0; i < 3; i++) {
                CrashModel model = SECOND.get((int) ((call + second + 3L * i) % SECOND.size()));
                SimDisk found = next.crash(model, seed + second);
                if (i == 2 && found.exists(Manifest.FILE)) {
                    found.delete(Manifest.FILE);
                }
                check(found, told, what + ", " + model);
            }
        } catch (RuntimeException e) {
            throw new AssertionError(what + ": " + e, e);
        }
    }

    private void check(SimDisk disk, Told told, String what) {
        try (LogStore store =
                LogStore.open(disk, OPTIONS, CrashExplorer.seededEnvironment(SEED + 9))) {
            long n = store.stats().commits();
            assertTrue(
                    told.acknowledged <= n && n <= told.issued,
                    () -> what + ": " + n + " of " + told.acknowledged + " to " + told.issued);
            script.check(store, store.snapshot(), n);
            CommitScript.checkVerifies(store);
        } catch (RuntimeException e) {
            throw new AssertionError(what + ": " + e, e);
        }
    }
}
