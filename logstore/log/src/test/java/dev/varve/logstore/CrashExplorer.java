package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/**
 * Cuts the power at every call of a workload, under every loss model, reopens, and compares with
 * the twin: the state must be that of a commit between the last acknowledged as durable and the
 * last issued. Goes on from there, cuts again, and compares again.
 *
 * <p>A test plants a bug by wrapping the storage or by changing the environment.
 */
final class CrashExplorer {

    /** Small segments, so that few commits roll and are indexed, and a cache that costs nothing. */
    static final LogOptions SMALL =
            LogOptions.defaults()
                    .withSegmentBytes(64 << 10)
                    .withIndex(IndexOptions.defaults().withPageCacheBytes(64 << 10));

    /** Every so many commits the workload does all maintenance that there is to do. */
    private static final int MAINTAIN_EVERY = 5;

    /** And every so many one run is made of all. */
    private static final int MERGE_EVERY = 3 * MAINTAIN_EVERY;

    private final CommitScript script;
    private final Durability durability;
    private final long commits;
    private final long seed;
    private long segmentBytes = 64 << 10;
    private UnaryOperator<Storage> wrapper = UnaryOperator.identity();
    private LongFunction<Environment> environments = CrashExplorer::seededEnvironment;
    private final List<String> failures = new ArrayList<>();
    private int maxFailures = 1;
    private int modelsPerCall = Integer.MAX_VALUE;
    private long states;
    private boolean runsWritten;
    private boolean runsMerged;

    CrashExplorer(CommitScript script, Durability durability, long commits, long seed) {
        this.script = script;
        this.durability = durability;
        this.commits = commits;
        this.seed = seed;
    }

    /** In other segments than of 64 KiB. */
    CrashExplorer segmentBytes(long bytes) {
        segmentBytes = bytes;
        return this;
    }

    CrashExplorer storage(UnaryOperator<Storage> newWrapper) {
        wrapper = newWrapper;
        return this;
    }

    CrashExplorer environment(LongFunction<Environment> newEnvironments) {
        environments = newEnvironments;
        return this;
    }

    static Environment seededEnvironment(long seed) {
        // A clock on which a force is due at every third look or so.
        AtomicLong clock = new AtomicLong(seed);
        return new Environment(
                new java.util.Random(seed)::nextLong,
                java.util.zip.CRC32C::new,
                () -> clock.addAndGet(40_000_000));
    }

    /** Looks at so many of the models at each call, in turn, instead of at all. */
    CrashExplorer modelsPerCall(int count) {
        modelsPerCall = count;
        return this;
    }

    /** How many crashed disks were looked at. */
    long states() {
        return states;
    }

    /** Whether the workload wrote runs, and merged some. */
    boolean exploresRuns() {
        return runsWritten && runsMerged;
    }

    /** What went wrong, at most a few; each with what it takes to see it again. */
    List<String> failures() {
        return failures;
    }

    CrashExplorer run(CrashModel... models) {
        long calls = countCalls();
        for (long call = 1; call <= calls && failures.size() < maxFailures; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            Progress progress = new Progress();
            work(disk, progress);
            for (int i = 0; i < Math.min(modelsPerCall, models.length); i++) {
                CrashModel model = models[(int) ((call + i) % models.length)];
                inspect(disk, progress, call, model);
            }
        }
        return this;
    }

    private long countCalls() {
        SimDisk disk = new SimDisk();
        Progress progress = new Progress();
        work(disk, progress);
        assertEquals(commits, progress.acknowledged, "the workload ends with everything durable");
        runsWritten = progress.runBytes > 0;
        runsMerged = progress.runsBecameFewer;
        return disk.calls();
    }

    /** What was told to the outside. */
    private static final class Progress {
        private long issued;
        private long acknowledged;
        private long opens;
        private long runBytes;
        private int runs;
        private boolean runsBecameFewer;
    }

    /**
     * The workload: all commits in three lives, closed in between, until it ends or the power does.
     */
    private void work(SimDisk disk, Progress progress) {
        try {
            for (int life = 1; life <= 3; life++) {
                try (LogStore store = open(wrapper.apply(disk), progress)) {
                    commitUpTo(store, commits * life / 3, progress);
                }
                progress.acknowledged = progress.issued;
            }
        } catch (SimPowerCut expected) {
            // what is left is looked at from outside
        }
    }

    private LogStore open(Storage storage, Progress progress) {
        LogOptions options =
                SMALL.withSegmentBytes(segmentBytes).withDurability(durability);
        Environment environment = environments.apply(seed + progress.opens++);
        return LogStore.open(new OneLife(storage), options, environment);
    }

    /**
     * A disk that outlives the stores on it: closing a store leaves it open, with its call numbers.
     */
    private static final class OneLife extends ForwardingStorage {
        OneLife(Storage disk) {
            super(disk);
        }

        @Override
        public void lock(String name) {}

        @Override
        public void close() {}
    }

    private void commitUpTo(LogStore store, long last, Progress progress) {
        for (long n = store.stats().commits() + 1; n <= last; n++) {
            progress.issued = Math.max(progress.issued, n);
            CommitTicket ticket = script.commit(store, n);
            if (ticket != null && durability != Durability.GROUP && n % 4 == 0) {
                ticket.awaitDurable();
            }
            if (ticket == null || durability == Durability.GROUP || n % 4 == 0) {
                progress.acknowledged = Math.max(progress.acknowledged, n);
            }
            if (n % MAINTAIN_EVERY == 0) {
                while (store.maintain()) {
                    // writes runs, then merges them
                }
                if (n % MERGE_EVERY == 0) {
                    store.mergeIndex();
                }
                IndexStats stats = store.stats().index();
                progress.runBytes = Math.max(progress.runBytes, stats.activity().runBytes());
                progress.runsBecameFewer |= stats.runs() < progress.runs;
                progress.runs = stats.runs();
            }
        }
    }

    private void inspect(SimDisk disk, Progress progress, long call, CrashModel model) {
        long crashSeed = seed * 31 + call;
        try {
            SimDisk found = disk.crash(model, crashSeed);
            long n = recoverAndCheck(found, progress, progress.acknowledged, progress.issued);
            recoverAgain(found, progress, n);
            goOn(found, progress, n, model, crashSeed);
        } catch (AssertionError | RuntimeException e) {
            failures.add(
                    "seed " + seed + ", " + durability + ", power cut at call " + call + ", "
                            + model + ", acknowledged " + progress.acknowledged + ", issued "
                            + progress.issued + ": " + e);
        }
    }

    private long recoverAndCheck(SimDisk disk, Progress progress, long from, long to) {
        states++;
        try (LogStore store = open(disk, progress)) {
            long n = store.stats().commits();
            assertTrue(from <= n && n <= to, "recovered " + n + " of " + from + " to " + to);
            assertEquals(
                    List.of(),
                    store.recoveryReport().notes().stream()
                            .filter(note -> note.contains("index"))
                            .toList(),
                    "a crash loses no file of the index");
            script.check(store, store.snapshot(), n);
            CommitScript.checkVerifies(store);
            return n;
        }
    }

    /** A second recovery finds the same and changes nothing, whatever the power does meanwhile. */
    private void recoverAgain(SimDisk disk, Progress progress, long n) {
        SimDisk again = disk.crash(CrashModel.LOSE_ALL, 0);
        recoverAndCheck(again, progress, n, n);
    }

    /**
     * New commits after the crash, and a second crash: what the first one tore must not come back.
     */
    private void goOn(SimDisk disk, Progress before, long n, CrashModel model, long crashSeed) {
        Progress progress = new Progress();
        progress.opens = before.opens;
        progress.issued = n;
        progress.acknowledged = n;
        try (LogStore store = open(wrapper.apply(disk), progress)) {
            commitUpTo(store, Math.max(n + 1, 3), progress);
            store.force();
            progress.acknowledged = progress.issued;
            SimDisk later = disk.crash(model, crashSeed + 1);
            recoverAndCheck(later, progress, progress.acknowledged, progress.issued);
        }
    }

    /** Lets a hunt for planted bugs go on after the first finding. */
    CrashExplorer maxFailures(int count) {
        maxFailures = count;
        return this;
    }

    static void closeQuietly(LogStore store) {
        try {
            store.close();
        } catch (StorageException | SimPowerCut e) {
            // the store was abandoned by the test
        }
    }
}
