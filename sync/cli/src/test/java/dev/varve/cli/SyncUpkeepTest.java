package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.ShardLoad;
import dev.varve.engine.LedgerStore;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.FileStorage;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps the filter of an import while it runs. */
final class SyncUpkeepTest {

    private static final String DEV = "dev:blocks=200,txs=2,seed=7";
    private static final int LAST_SHARD = 255;

    /** Far more than anything here takes: only so that a test that fails ends. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir private Path directory;

    /** Does its work, and then waits for ever: an import that goes on until it is killed. */
    private static final class ForEver implements Stops {

        @Override
        public <T> T during(Supplier<T> work, Runnable stop) {
            T done = work.get();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // nobody does
            }
            return done;
        }
    }

    /** The program that is killed: {@code varve}, once it has imported. */
    static final class Import {

        private Import() {}

        public static void main(String[] arguments) {
            PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            Surroundings surroundings =
                    new Surroundings(
                            out, out, Surroundings.Screen.PIPE, new ForEver(), System::nanoTime);
            System.exit(Main.run(arguments, surroundings));
        }
    }

    /** As much log as lets a filter of few ids become due; what stands there does not matter. */
    private static void fill(Path store) {
        try (LogStore log = LogStore.open(store, LogOptions.bulk());
                Batch batch = log.newBatch()) {
            Table other = log.table(TableSpec.byHeight("other"));
            byte[] value = new byte[33 << 20];
            for (int i = 0; i < 8; i++) {
                log.commit(batch.clear().put(other, i, value));
            }
        }
    }

    private static void await(String what, Supplier<Boolean> condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (!condition.get()) {
            assertTrue(System.nanoTime() < deadline, "never came: " + what);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Shards are written one behind the other. */
    private static boolean hasCheckpoint(Path store) {
        try (FileStorage storage = new FileStorage(store)) {
            FilterFiles files = new FilterFiles(storage);
            return files.exist()
                    && files.verify(LAST_SHARD).state() == ShardLoad.State.LOADED;
        }
    }

    @Test
    void shouldReplayOnlyWhatIsBehindTheCheckpointWhenItIsKilled() throws Exception {
        Path store = directory.resolve("store");
        fill(store);
        try (ChildJvm child =
                ChildJvm.start(Import.class, "sync", "--source", DEV, "--store", store)) {
            await("a checkpoint", () -> hasCheckpoint(store));
            assertTrue(child.killAfter(0), () -> "it has ended: " + child.lines());
            child.exitCode();
        }
        try (LedgerStore ledger = LedgerStore.at(store).open()) {
            LogFilter filter = Objects.requireNonNull(ledger.filter());
            long end = ledger.log().durable();
            assertTrue(end > 8 * (33 << 20), "the log ends at " + end);
            long replayed = filter.replayLength();
            assertTrue(replayed < end / 64, replayed + " of " + end + " bytes were replayed");
        }
        assertEquals(400L, SyncTest.sync(store, DEV).get("transactions"));
        SyncTest.assertClean(store);
    }

    private static long capacity(Path store) {
        try (LedgerStore ledger = LedgerStore.at(store).open()) {
            return Objects.requireNonNull(ledger.filter()).filter().capacity();
        }
    }

    /** As many ids as a small filter is made for, and half as many again; its capacity. */
    private static long overfill(Path store) {
        try (LedgerStore ledger = LedgerStore.at(store).expectedIds(200_000).open()) {
            DuplicateGate gate = ledger.gate(TableSpec.deduplicated("other"));
            long capacity = Objects.requireNonNull(ledger.filter()).filter().capacity();
            int count = Math.toIntExact(capacity + capacity / 2);
            try (IdRequest request = gate.newRequest(count)) {
                for (int i = 0; i < count; i++) {
                    request.put(ByteBuffer.allocate(8).putLong(i).array(), 0, new byte[1]);
                }
                gate.addAllIfAbsent(request);
            }
            return capacity;
        }
    }

    /** Closing waits for what the thread is at, and for nothing more: so it may take a few runs. */
    @Test
    void shouldLetTheFilterGrowWhenThereAreMoreIdsThanExpected() throws Exception {
        Path store = directory.resolve("store");
        long before = overfill(store);
        await(
                "lines for all ids",
                () -> {
                    SyncTest.sync(store, DEV);
                    return capacity(store) >= 2 * before;
                });
        SyncTest.assertClean(store);
    }

    private static List<Thread> threads(Predicate<String> name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && name.test(thread.getName()))
                .toList();
    }

    /** What lists the threads that work beside an import. */
    private static final class Watch implements Stops {

        private List<Thread> seen = List.of();

        @Override
        public <T> T during(Supplier<T> work, Runnable stop) {
            seen = threads(name -> name.startsWith("varve-upkeep-"));
            return work.get();
        }
    }

    @Test
    void shouldHoldNoProcessUpAndLeaveNoThreadBehind() {
        Path store = directory.resolve("store");
        Watch watch = new Watch();
        Cli.Run run = Cli.run(watch, "sync", "--source", DEV, "--store", store);
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals(1, watch.seen.size(), watch.seen.toString());
        assertTrue(watch.seen.getFirst().isDaemon());
        SyncTest.sync(store, DEV);
        assertEquals(List.of(), threads(name -> name.startsWith("varve-")));
    }
}
