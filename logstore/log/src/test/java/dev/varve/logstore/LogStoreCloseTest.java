package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Closing a store while others are inside of it: memory stays as long as somebody reads it, and
 * whoever comes later is told. Run once more where native access is on, and runs are mapped.
 */
@Tag("native")
final class LogStoreCloseTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final TableSpec HEADER = TableSpec.byHeight("header");
    private static final LogOptions OPTIONS =
            CrashExplorer.SMALL.withDurability(Durability.NONE);
    private static final int RECORDS = 400;

    @TempDir Path directory;

    private static byte[] key(int i) {
        return ("key" + i).getBytes(StandardCharsets.UTF_8);
    }

    private static void fill(LogStore store, int from, int to) {
        Table tx = store.table(TX);
        Table header = store.table(HEADER);
        try (Batch batch = store.newBatch()) {
            for (int i = from; i < to; i++) {
                batch.clear().put(tx, i, key(i), new byte[1000 + i]);
                store.commit(batch.put(header, i, key(i)));
            }
        }
    }

    private static FutureTask<Void> start(Runnable work) {
        FutureTask<Void> task = new FutureTask<>(work, null);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static boolean isClosed(LogStore store) {
        try {
            store.stats();
            return false;
        } catch (StorageClosedException e) {
            return true;
        }
    }

    @Test
    void shouldLeaveARecordWhereItIsUntilWhoLooksAtItHasReturned() throws Exception {
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store, 0, RECORDS);
        }
        LogStore store = LogStore.open(directory, OPTIONS);
        Table tx = store.table(TX.withReadAdvice(ReadAdvice.MAPPED));
        Snapshot snapshot = store.snapshot();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        FutureTask<Void> reader =
                start(
                        () ->
                                snapshot.find(
                                        tx,
                                        MemorySegment.ofArray(key(7)),
                                        record -> {
                                            inside.countDown();
                                            await(() -> goOn.getCount() == 0);
                                            assertArrayEquals(
                                                    new byte[1007],
                                                    record.value().toArray(ValueLayout.JAVA_BYTE));
                                            assertThrows(
                                                    StorageClosedException.class,
                                                    () -> snapshot.get(tx, key(8)));
                                            return "";
                                        }));
        inside.await();
        FutureTask<Void> first = start(store::close);
        FutureTask<Void> second = start(store::close);
        await(() -> isClosed(store));
        assertThrows(
                java.util.concurrent.TimeoutException.class,
                () -> first.get(50, TimeUnit.MILLISECONDS));
        assertFalse(second.isDone(), "closed by the one, told by the other");
        goOn.countDown();
        reader.get();
        first.get();
        second.get();
        LogStore.open(directory, OPTIONS).close();
    }

    /** Counts the files that are open. */
    private static final class Counting extends ForwardingStorage {
        private final AtomicInteger open = new AtomicInteger();

        Counting(Path directory) {
            super(new FileStorage(directory));
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            open.incrementAndGet();
            AtomicBoolean closed = new AtomicBoolean();
            return new ForwardingFile(file) {
                @Override
                public void close() {
                    super.close();
                    if (!closed.getAndSet(true)) {
                        open.decrementAndGet();
                    }
                }
            };
        }
    }

    /** He breaks the rules, but others must not pay: a pipe is full in the middle of a value. */
    @Test
    void shouldReleaseAllElseWhenAValueThatWasKeptIsBeingCopied() throws Exception {
        int length = 1 << 20;
        try (LogStore store = LogStore.open(directory, OPTIONS);
                Batch batch = store.newBatch()) {
            store.commit(batch.put(store.table(TX), 1, key(1_000_000), new byte[length]));
            fill(store, 0, RECORDS);
        }
        Counting files = new Counting(directory);
        LogStore store = LogStore.open(files, OPTIONS);
        Table tx = store.table(TX.withReadAdvice(ReadAdvice.MAPPED));
        MemorySegment[] kept = new MemorySegment[1];
        store.snapshot()
                .find(
                        tx,
                        MemorySegment.ofArray(key(1_000_000)),
                        record -> kept[0] = record.value());
        Pipe pipe = Pipe.open();
        try (var in = pipe.source();
                var out = pipe.sink()) {
            FutureTask<Void> writer = start(() -> write(kept[0].asByteBuffer(), out));
            ByteBuffer bytes = ByteBuffer.allocate(length);
            in.read(bytes.limit(1)); // the writer is inside now, and the pipe too small for him
            assertThrows(IllegalStateException.class, store::close);
            assertEquals(0, files.open.get());
            bytes.limit(length);
            while (bytes.hasRemaining()) {
                in.read(bytes);
            }
            writer.get();
        }
        LogStore.open(directory, OPTIONS).close();
    }

    private static void write(ByteBuffer bytes, Pipe.SinkChannel out) {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldRefuseToBeClosedByWhoReads() {
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store, 0, 3);
            Table tx = store.table(TX);
            assertThrows(
                    IllegalStateException.class,
                    () -> store.replay(0, record -> CrashExplorer.closeQuietly(store)));
            assertArrayEquals(new byte[1002], store.snapshot().get(tx, key(2)));
            fill(store, 3, 4);
        }
    }

    @Test
    void shouldWaitForReadersThoughItIsInterrupted() throws Exception {
        LogStore store = LogStore.open(directory, OPTIONS);
        fill(store, 0, 3);
        Table tx = store.table(TX);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        FutureTask<Void> reader =
                start(
                        () ->
                                store.snapshot()
                                        .find(
                                                tx,
                                                MemorySegment.ofArray(key(1)),
                                                record -> {
                                                    inside.countDown();
                                                    await(() -> goOn.getCount() == 0);
                                                    return "";
                                                }));
        inside.await();
        FutureTask<Void> closer =
                start(
                        () -> {
                            Thread.currentThread().interrupt();
                            store.close();
                            assertTrue(Thread.currentThread().isInterrupted());
                        });
        await(() -> isClosed(store));
        goOn.countDown();
        reader.get();
        closer.get();
    }

    /** Whoever is inside of anything ends with an answer or in the exception for that. */
    @Test
    void shouldEndEverybodyInATypedException() throws Exception {
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store, 0, RECORDS);
        }
        for (int round = 0; round < 25; round++) {
            int from = RECORDS + 20 * round;
            LogStore store = LogStore.open(directory, OPTIONS);
            List<Runnable> works = works(store, from);
            CountDownLatch begun = new CountDownLatch(works.size());
            List<FutureTask<Void>> all = new ArrayList<>();
            for (Runnable work : works) {
                all.add(start(() -> untilClosed(work, begun)));
            }
            begun.await();
            store.close();
            for (FutureTask<Void> one : all) {
                ExecutionException e = assertThrows(ExecutionException.class, one::get);
                assertInstanceOf(StorageClosedException.class, e.getCause());
            }
        }
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            CommitScript.checkVerifies(store);
            assertEquals(List.of(), store.recoveryReport().notes());
        }
    }

    private static void untilClosed(Runnable work, CountDownLatch begun) {
        while (true) {
            work.run();
            begun.countDown();
        }
    }

    private static List<Runnable> works(LogStore store, int from) {
        Table tx = store.table(TX);
        Table header = store.table(HEADER);
        List<MemorySegment> keys = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            keys.add(MemorySegment.ofArray(key(i)));
        }
        return List.of(
                () -> assertArrayEquals(new byte[1003], store.snapshot().get(tx, key(3))),
                () -> assertEquals(null, store.snapshot().get(tx, key(1_000_000))),
                () -> assertEquals(RECORDS, store.snapshot().getAll(tx, keys).size()),
                () ->
                        store.snapshot()
                                .scan(header, 0, RECORDS, record -> Snapshot.ScanStep.CONTINUE),
                () -> CommitScript.checkVerifies(store),
                () -> store.replay(0, record -> assertTrue(record.height() >= 0)),
                store::maintain,
                store::stats,
                () -> fill(store, from, from + 1));
    }
}
