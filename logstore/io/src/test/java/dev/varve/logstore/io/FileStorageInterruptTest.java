package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage.Access;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That an interrupt closes nothing, fails nothing, and is not lost. */
final class FileStorageInterruptTest {

    private static final int RECORD = 64;
    private static final int ROUNDS = 2_000;

    @TempDir private Path parent;

    @AfterEach
    void clearInterrupt() {
        assertTrue(!Thread.interrupted(), "a test clears its own interrupt");
    }

    @Test
    void shouldCompleteEveryCallOfAnInterruptedThread() {
        Thread.currentThread().interrupt();
        try (FileStorage storage = new FileStorage(parent.resolve("store"))) {
            storage.lock("lock");
            try (StorageFile file = storage.create("a");
                    Arena arena = Arena.ofConfined()) {
                file.write(Contents.filled(3_000_000, 1), 0);
                assertInterrupted();
                file.force();
                assertInterrupted();
                MemorySegment memory = Contents.filled(3_000_000, 0);
                assertEquals(3_000_000, file.read(memory, 0));
                assertInterrupted();
                assertEquals(1, file.map(0, 10, arena).get(ValueLayout.JAVA_BYTE, 9));
                assertInterrupted();
                file.truncate(10);
                assertEquals(10, file.length());
                assertInterrupted();
            }
            storage.open("a", Access.READ).close();
            storage.rename("a", "b");
            storage.forceDirectory();
            assertEquals(List.of("b", "lock"), storage.list());
            assertTrue(storage.exists("b"));
            assertTrue(storage.usableBytes() > 0);
            storage.delete("b");
            assertInterrupted();
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt is kept to the end");
        }
    }

    /** Through the cache then: to ask what is in it takes a channel that an interrupt closes. */
    @Test
    void shouldReadOnceInAnInterruptedThread() {
        try (FileStorage storage = new FileStorage(parent.resolve("store"));
                Arena arena = Arena.ofConfined()) {
            try (StorageFile file = storage.create("a")) {
                file.write(Contents.filled(1 << 20, 5), 0);
            }
            MemorySegment memory = arena.allocate(1 << 20, 4096);
            try (StorageFile file = storage.open("a", Access.READ_ONCE)) {
                Thread.currentThread().interrupt();
                assertEquals(1 << 20, file.read(memory, 0));
                assertInterrupted();
                assertEquals(-1, memory.mismatch(Contents.filled(1 << 20, 5)));
            }
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt is kept to the end");
        }
    }

    /**
     * Two threads use the same file, and one of them is interrupted again and again, at whatever it
     * is doing. Each checks all that it reads.
     */
    @Test
    void shouldServeAllWhileOneThreadIsInterruptedAgainAndAgain() throws Exception {
        try (FileStorage storage = new FileStorage(parent.resolve("store"));
                StorageFile file = storage.create("a")) {
            file.write(Contents.filled(2 * RECORD, 0), 0);
            FutureTask<Integer> victim = new FutureTask<>(() -> work(storage, file, 0));
            FutureTask<Integer> bystander = new FutureTask<>(() -> work(storage, file, 1));
            Thread victimThread = Thread.ofPlatform().start(victim);
            Thread bystanderThread = Thread.ofPlatform().start(bystander);
            while (!victim.isDone()) {
                victimThread.interrupt();
                LockSupport.parkNanos(20_000);
            }
            assertTrue(victim.get() > 0, "some interrupts were seen");
            assertEquals(0, bystander.get());
            bystanderThread.join();
            assertEquals(2 * RECORD, file.length());
        }
    }

    /** Uses the file in every way, and tells how many interrupts came meanwhile. */
    private static int work(FileStorage storage, StorageFile file, int thread) {
        MemorySegment found = MemorySegment.ofArray(new byte[RECORD]);
        long offset = (long) thread * RECORD;
        int interrupts = 0;
        for (int round = 0; round < ROUNDS; round++) {
            MemorySegment record = Contents.filled(RECORD, round);
            file.write(record, offset);
            assertEquals(RECORD, file.read(found, offset));
            assertEquals(-1, found.mismatch(record), "round " + round);
            file.length();
            if (round % 8 == 0) {
                file.force();
                useTheDirectory(storage, thread, record);
            }
            if (Thread.interrupted()) {
                interrupts++;
            }
        }
        return interrupts;
    }

    private static void useTheDirectory(FileStorage storage, int thread, MemorySegment record) {
        String name = "own" + thread;
        try (StorageFile own = storage.create(name);
                Arena arena = Arena.ofShared()) {
            own.write(record, 0);
            assertEquals(-1, own.map(0, RECORD, arena).mismatch(record));
            own.truncate(1);
        }
        storage.forceDirectory();
        storage.rename(name, name + ".old");
        assertTrue(storage.list().contains(name + ".old"));
        storage.delete(name + ".old");
    }

    private static void assertInterrupted() {
        assertTrue(Thread.currentThread().isInterrupted());
    }
}
