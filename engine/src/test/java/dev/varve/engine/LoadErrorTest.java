package dev.varve.engine;

import static dev.varve.engine.LedgerStoreTest.TX;
import static dev.varve.engine.LedgerStoreTest.add;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.engine.dedup.LogFilter;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of an opening in which the filter's loading ends in an error of the JVM. */
@Timeout(60)
final class LoadErrorTest {

    /** The filter has more bytes. */
    private static final int MANY = 5_000_000;

    private static final Path STATUS = Path.of("/proc/self/status");

    /** Reads some files with an error, from some moment on. */
    private static final class Failing extends ForwardingStorage {

        private final String suffix;
        private volatile boolean broken;

        Failing(SimDisk disk, String suffix) {
            super(disk);
            this.suffix = suffix;
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public int read(MemorySegment destination, long offset) {
                    // The first look at a shard is at its header only.
                    boolean isLoaded = destination.byteSize() > 4_096;
                    if (broken && isLoaded && name().endsWith(suffix)) {
                        throw new OutOfMemoryError("simulated");
                    }
                    return super.read(destination, offset);
                }
            };
        }
    }

    private static SimDisk killed(int expectedIds) {
        SimDisk disk = new SimDisk();
        try (LedgerStore ledger = builder(disk).expectedIds(expectedIds).open()) {
            add(ledger.gate(TX), 0, 3_000);
            ledger.checkpoint();
            add(ledger.gate(TX), 3_000, 6_000);
            return disk.crash(CrashModel.KEEP_ALL, 0);
        }
    }

    private static LedgerStore.Builder builder(Storage storage) {
        return LedgerStore.over(storage).filterBytesPerSecond(Long.MAX_VALUE);
    }

    @Test
    void shouldGiveTheMemoryOfTheFilterBack() throws IOException {
        assumeTrue(Files.exists(STATUS), "only Linux tells");
        SimDisk disk = killed(MANY);
        fail(disk);
        long before = processBytes();
        for (int life = 0; life < 20; life++) {
            fail(disk);
        }
        long kept = processBytes() - before;
        assertTrue(kept < 10L * MANY, "bytes that are kept: " + kept);
    }

    private static void fail(SimDisk disk) {
        Failing storage = new Failing(disk.restart(), ".shard");
        storage.broken = true;
        assertThrows(OutOfMemoryError.class, () -> builder(storage).open());
    }

    /** All of the address space that is not files. */
    private static long processBytes() throws IOException {
        String line =
                Files.readAllLines(STATUS).stream()
                        .filter(some -> some.startsWith("VmData:"))
                        .findFirst()
                        .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1_024;
    }

    /** Who waits for the filter would wait for ever. */
    @ParameterizedTest
    @ValueSource(strings = {".log", ".shard"})
    void shouldTellThatALoaderHasEndedInAnError(String suffix) throws InterruptedException {
        Failing storage = new Failing(killed(20_000), suffix);
        List<Thread> loaders = new ArrayList<>();
        ThreadFactory factory =
                work -> {
                    storage.broken = true; // the log is recovered
                    Thread loader = new Thread(work, "loader");
                    loader.setUncaughtExceptionHandler((thread, e) -> {});
                    loaders.add(loader);
                    return loader;
                };
        try (LedgerStore ledger = builder(storage).threads(factory).open()) {
            for (Thread loader : loaders) {
                loader.join();
            }
            LogFilter filter = Objects.requireNonNull(ledger.filter());
            assertFalse(filter.isReady());
            RuntimeException failure = Objects.requireNonNull(filter.failure(), "the failure");
            assertInstanceOf(OutOfMemoryError.class, failure.getCause());
            storage.broken = false;
            assertEquals(0, add(ledger.gate(TX), 0, 6_000));
        }
    }
}
