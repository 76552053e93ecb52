package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.IoCall;
import dev.varve.logstore.io.sim.IoCounts;
import dev.varve.logstore.io.sim.SimDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where records are read from, counted at the seam; and what a mapping makes of a damaged file. */
final class ReadAdviceTest {

    private static final LogOptions OPTIONS = LogOptions.bulk().withSegmentBytes(64 << 10);
    private static final TableSpec SPEC = TableSpec.byKey("t");

    /** Records of about a page: some 15 to a segment, most of them on two pages. */
    private static final int RECORDS = 400;

    private static final int VALUE_LENGTH = 4_000;

    @TempDir private Path directory;

    private static byte[] key(int i) {
        return ("key " + i).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] value(int i) {
        byte[] value = new byte[VALUE_LENGTH];
        value[i % VALUE_LENGTH] = (byte) (i + 1);
        return value;
    }

    private static void fill(LogStore store) {
        Table table = store.table(SPEC);
        try (Batch batch = store.newBatch()) {
            for (int i = 0; i < RECORDS; i++) {
                store.commit(batch.clear().put(table, i, key(i), value(i)));
            }
        }
    }

    private static void readAll(LogStore store, Table table, int from, int to) {
        for (int i = from; i < to; i++) {
            assertArrayEquals(value(i), store.snapshot().get(table, key(i)));
        }
    }

    private static Table table(LogStore store, ReadAdvice advice) {
        return store.table(SPEC.withReadAdvice(advice));
    }

    @Test
    void shouldReadSealedSegmentsWithoutACallWhenMapped() {
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            fill(store);
            Table table = table(store, ReadAdvice.MAPPED);
            int sealed = RECORDS - 30;
            // Where native access is off, the pages of runs are read once, and kept.
            readAll(store, table(store, ReadAdvice.POSITIONAL), 0, sealed);
            IoCounts before = storage.counts();
            readAll(store, table, 0, sealed);
            readAll(store, table, 0, sealed);
            IoCounts counts = storage.counts().since(before);
            assertEquals(0, counts.reads());
            long segments = store.stats().segments();
            assertTrue(counts.of(IoCall.MAP) < segments, () -> counts + " of " + segments);
        }
    }

    @Test
    void shouldReadTheVisiblePartOfTheSegmentThatIsWrittenWithoutACallWhenMapped() {
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, LogOptions.bulk())) {
            fill(store);
            Table table = table(store, ReadAdvice.MAPPED);
            IoCounts before = storage.counts();
            readAll(store, table, 0, RECORDS);
            readAll(store, table, 0, RECORDS);
            IoCounts counts = storage.counts().since(before);
            assertEquals(0, counts.reads());
            assertEquals(1, counts.of(IoCall.MAP));
        }
    }

    /** Every record is read as soon as it is visible, while the file grows behind. */
    @Test
    void shouldMapAFewPiecesWhileTheSegmentGrows() {
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = table(store, ReadAdvice.MAPPED);
            int records = 8 * RECORDS;
            for (int i = 0; i < records; i++) {
                store.commit(batch.clear().put(table, i, key(i), value(i)));
                readAll(store, table, i, i + 1);
            }
            // Some 13 MB: three pieces whole, and all that grew doubled from 64 KiB on.
            assertTrue(storage.counts().of(IoCall.MAP) <= 4 * 7, () -> "" + storage.counts());
            IoCounts before = storage.counts();
            readAll(store, table, 0, records);
            long reads = storage.counts().since(before).reads();
            assertTrue(reads < records / 3, () -> reads + " reads");
        }
    }

    @Test
    void shouldReadByPositionWhenTheAdviceSaysSo() {
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, LogOptions.bulk())) {
            fill(store);
            IoCounts before = storage.counts();
            readAll(store, table(store, ReadAdvice.POSITIONAL), 0, 100);
            assertEquals(0, storage.counts().since(before).of(IoCall.MAP));
            assertTrue(storage.counts().since(before).reads() > 0);
        }
    }

    /** What a failed write left behind the visible end is in no mapping, and is not found. */
    @Test
    void shouldGoOnReadingMappedRecordsWhenAWriteFailed() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = table(store, ReadAdvice.MAPPED);
            int written = 60;
            for (int i = 0; i < written; i++) {
                store.commit(batch.clear().put(table, i, key(i), value(i)));
            }
            readAll(store, table, 0, written);
            disk.failAt(disk.calls() + 1, Fault.EIO_AFTER);
            batch.clear().put(table, written, key(written), value(written));
            assertThrows(StoragePoisonedException.class, () -> store.commit(batch));
            readAll(store, table, 0, written);
            assertNull(store.snapshot().get(table, key(written)));
            assertThrows(StoragePoisonedException.class, store::close, "nothing was forced");
        }
    }

    /** The simulated disk lets nobody change what is mapped. */
    @Test
    void shouldNeverChangeWhatIsMappedWhenSegmentsAreFilledSealedAndReopened() {
        SimDisk disk = new SimDisk();
        int next = 0;
        for (int opened = 0; opened < 4; opened++) {
            LogOptions options =
                    LogOptions.defaults()
                            .withDurability(Durability.GROUP)
                            .withSegmentBytes(1 << 20);
            try (LogStore store = LogStore.open(disk, options);
                    Batch batch = store.newBatch()) {
                Table table = table(store, ReadAdvice.MAPPED);
                for (int i = 0; i < RECORDS; i++, next++) {
                    store.commit(batch.clear().put(table, next, key(next), value(next)));
                    readAll(store, table, Math.max(0, next - 20), next + 1);
                }
                readAll(store, table, 0, next);
            }
            disk = disk.restart();
        }
    }

    /** Whatever was read before: random lookups in one long segment are no scan. */
    @Test
    void shouldReadOnePageForAShortRecordByPosition() {
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        int records = 40_000;
        try (LogStore store = LogStore.open(storage, LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = table(store, ReadAdvice.POSITIONAL);
            for (int i = 0; i < records; i++) {
                batch.put(table, i, key(i), new byte[100]);
            }
            store.commit(batch);
            IoCounts before = storage.counts();
            SplittableRandom random = new SplittableRandom(5);
            for (int i = 0; i < 500; i++) {
                byte[] found = store.snapshot().get(table, key(random.nextInt(records)));
                assertArrayEquals(new byte[100], found);
            }
            IoCounts counts = storage.counts().since(before);
            assertEquals(0, counts.of(IoCall.MAP));
            assertTrue(counts.reads() <= 500, counts::toString);
            assertTrue(counts.bytesRead() <= 500 * 4_096, counts::toString);
        }
    }

    /** The index is resident after the first round; keys were written up to three times. */
    @Test
    void shouldReadOncePerHitAndNeverPerMissWhenKeysWereUpdated() {
        int keys = 20_000;
        LogOptions options = LogOptions.bulk().withSegmentBytes(1 << 20);
        try (LogStore store = LogStore.open(directory, options);
                Batch batch = store.newBatch()) {
            Table table = table(store, ReadAdvice.POSITIONAL);
            for (int round = 1; round <= 3; round++) {
                for (int i = 0; i < keys; i += round) {
                    batch.put(table, round, key(i), new byte[100 + round]);
                }
                store.commit(batch);
                batch.clear();
            }
            while (store.maintain()) {
                // One piece of the work after the other.
            }
        }
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, options)) {
            Table table = table(store, ReadAdvice.POSITIONAL);
            for (int round = 0; round < 2; round++) {
                IoCounts before = storage.counts();
                for (int i = 0; i < keys; i++) {
                    byte[] found = store.snapshot().get(table, key(i));
                    int length = Objects.requireNonNull(found).length;
                    assertEquals(i % 3 == 0 ? 103 : i % 2 == 0 ? 102 : 101, length);
                }
                IoCounts hits = storage.counts().since(before);
                assertTrue(round == 0 || hits.reads() <= 1.005 * keys, hits::toString);
                before = storage.counts();
                for (int i = 0; i < keys; i++) {
                    assertNull(store.snapshot().get(table, key(keys + i)));
                }
                IoCounts misses = storage.counts().since(before);
                assertTrue(round == 0 || misses.reads() <= 0.001 * keys, misses::toString);
            }
        }
    }

    @Test
    void shouldMapByItselfWhenReadsComeFromMemory() {
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, OPTIONS)) {
            fill(store);
            Table table = table(store, ReadAdvice.AUTO);
            // A busy machine may break a row of fast reads; hardly every one of these.
            for (int round = 0; storage.counts().of(IoCall.MAP) == 0; round++) {
                assertTrue(round < 200_000, "never mapped");
                readAll(store, table, 0, 30);
            }
        }
    }

    @Test
    void shouldNameFileAndOffsetWhenAMappedRecordIsDamaged() throws IOException {
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store);
            Table table = table(store, ReadAdvice.MAPPED);
            readAll(store, table, 0, 3);
            long position = positionOf(store, table, 1);
            String file = Segment.fileName(0);
            try (RandomAccessFile raw = new RandomAccessFile(path(file), "rw")) {
                raw.seek(position + 2_000);
                raw.write(99);
            }
            CorruptionException e =
                    assertThrows(
                            CorruptionException.class, () -> readAll(store, table, 1, 2));
            assertTrue(e.file().endsWith(file), e::toString);
            assertEquals(position, e.offset());
            String place = ", offset " + position + ", store " + directory.toAbsolutePath() + ")";
            assertTrue(e.getMessage().endsWith(place), e::getMessage);
            readAll(store, table, 2, 9);
        }
    }

    /** A page that is gone is what a page looks like that the disk cannot read. */
    @Test
    void shouldThrowAndGoOnWhenAMappedPageCannotBeRead() throws IOException {
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store);
            Table table = table(store, ReadAdvice.MAPPED);
            readAll(store, table, 0, 30);
            int last = lastOfFirstSegment(store, table);
            try (RandomAccessFile raw = new RandomAccessFile(path(Segment.fileName(0)), "rw")) {
                raw.setLength(positionOf(store, table, last) & -4_096L);
            }
            StorageException e =
                    assertThrows(
                            StorageException.class, () -> readAll(store, table, last, last + 1));
            assertTrue(e.file().endsWith(Segment.fileName(0)), e::toString);
            readAll(store, table, 0, last - 2);
            readAll(store, table, last + 1, last + 9);
        }
    }

    /** Who asks for many keys is told as one who asks for the one, and shown no record twice. */
    @Test
    void shouldNameFileAndOffsetWhenAMappedPageCannotBeReadForManyKeys() throws IOException {
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store);
            Table table = table(store, ReadAdvice.MAPPED);
            readAll(store, table, 0, 30);
            int last = lastOfFirstSegment(store, table);
            long position = positionOf(store, table, last);
            List<MemorySegment> keys = new ArrayList<>();
            for (int i = 0; i <= last + 1; i++) {
                keys.add(MemorySegment.ofArray(key(i)));
            }
            try (RandomAccessFile raw = new RandomAccessFile(path(Segment.fileName(0)), "rw")) {
                raw.setLength(position & -4_096L);
            }
            List<Integer> shown = new ArrayList<>();
            StorageException e =
                    assertThrows(
                            StorageException.class,
                            () ->
                                    store.snapshot()
                                            .findAll(table, keys, (record, i) -> shown.add(i)));
            assertTrue(e.file().endsWith(Segment.fileName(0)), e::toString);
            assertTrue(e.offset() >= (position & -4_096L) - 4_096, e::toString);
            assertEquals(IntStream.range(0, shown.size()).boxed().toList(), shown);
            assertTrue(shown.size() >= last - 1, shown::toString);
            StorageException all =
                    assertThrows(
                            StorageException.class, () -> store.snapshot().getAll(table, keys));
            assertTrue(all.file().endsWith(Segment.fileName(0)), all::toString);
            assertEquals(2, store.snapshot().getAll(table, keys.subList(1, 3)).size());
        }
    }

    /**
     * The same where lookups were compiled: reads of which nothing is used are left out then, the
     * JDK's loop that compares long keys ends the process at a page that is not there, and the JVM
     * may tell of that page only when the lookup is over, and its slot should be given back.
     */
    @ParameterizedTest
    @CsvSource({"1000, 2000", "8, 700", "8, 2000"})
    void shouldThrowWhenAMappedPageCannotBeReadByCompiledLookups(int keyLength, int valueLength)
            throws IOException {
        LogOptions options = OPTIONS.withReadCheck(ReadCheck.HEADER);
        try (LogStore store = LogStore.open(directory, options);
                Batch batch = store.newBatch()) {
            Table table = table(store, ReadAdvice.MAPPED);
            MemorySegment[] keys = new MemorySegment[RECORDS];
            for (int i = 0; i < RECORDS; i++) {
                byte[] key = longKey(i, keyLength);
                keys[i] = MemorySegment.ofArray(key);
                store.commit(batch.clear().put(table, i, key, new byte[valueLength]));
            }
            MemorySegment value = MemorySegment.ofArray(new byte[valueLength]);
            for (int i = 0; i < 60_000; i++) {
                MemorySegment key = keys[100 + i % 10];
                Snapshot now = store.snapshot();
                assertEquals(valueLength, now.get(table, key, value));
                assertEquals(valueLength, now.find(table, key, ReadAdviceTest::look));
            }
            MemorySegment lost = keys[firstOnTwoPages(store, table, keys)];
            try (RandomAccessFile raw = new RandomAccessFile(path(Segment.fileName(0)), "rw")) {
                raw.setLength((position(store, table, lost) | 4_095) + 1);
            }
            for (int i = 0; i < 3_000; i++) {
                assertNamesFirstSegment(() -> store.snapshot().get(table, lost, value));
                assertNamesFirstSegment(
                        () -> store.snapshot().find(table, lost, ReadAdviceTest::look));
            }
        } // which waits for readers whose slot was not given back
    }

    private static void assertNamesFirstSegment(Executable lookup) {
        StorageException e = assertThrows(StorageException.class, lookup);
        assertTrue(e.file().endsWith(Segment.fileName(0)), e::toString);
        assertTrue(e.offset() > 0, e::toString);
    }

    /**
     * What runs read first is read ahead, also of those that need not be asked: one that cannot be
     * read is nothing to who finds the record in a newer one.
     */
    @Test
    void shouldFindRecordsOfANewRunWhenAnOldOneThatIsWarmCannotBeRead() throws IOException {
        int[] ends = {0, 20_000, 30_000, 36_000};
        LogOptions options =
                LogOptions.bulk()
                        .withIndex(IndexOptions.defaults().withPageCacheBytes(32 << 10));
        for (int run = 0; run + 1 < ends.length; run++) {
            try (LogStore store = LogStore.open(directory, options);
                    Batch batch = store.newBatch()) {
                Table table = table(store, ReadAdvice.POSITIONAL);
                for (int i = ends[run]; i < ends[run + 1]; i++) {
                    batch.put(table, i, key(i), new byte[10]);
                }
                store.commit(batch);
            }
        }
        CountingStorage storage = new CountingStorage(new FileStorage(directory));
        try (LogStore store = LogStore.open(storage, options)) {
            Table table = table(store, ReadAdvice.POSITIONAL);
            List<RunPart> runs = runs(store);
            assertEquals(3, runs.size());
            SplittableRandom random = new SplittableRandom(5);
            for (int i = 0; storage.counts().of(IoCall.MAP) < runs.size(); i++) {
                assertTrue(i < 3_000_000, "never mapped");
                assertNotNull(store.snapshot().get(table, key(random.nextInt(ends[1]))));
            }
            String oldest = Objects.requireNonNull(runs.get(0).fileName());
            try (RandomAccessFile raw = new RandomAccessFile(path(oldest), "rw")) {
                raw.setLength(4_096);
            }
            byte[][] newest = new byte[ends[3] - ends[2]][];
            for (int i = 0; i < newest.length; i++) {
                newest[i] = key(ends[2] + i);
            }
            for (int i = 0; i < 100_000; i++) {
                assertNotNull(store.snapshot().get(table, newest[random.nextInt(newest.length)]));
            }
            assertThrows(StorageException.class, () -> readAll(store, table, 0, 1_000));
        }
    }

    private static List<RunPart> runs(LogStore store) {
        return store.reads().inView(view -> view.keys()).stream()
                .filter(RunPart.class::isInstance)
                .map(RunPart.class::cast)
                .toList();
    }

    private static long look(LogRecord record) {
        long length = record.valueLength();
        long last = record.valueOffset() + length - 1;
        return length + record.valueMemory().get(ValueLayout.JAVA_BYTE, last);
    }

    private static byte[] longKey(int i, int length) {
        byte[] key = new byte[length];
        key[0] = (byte) i;
        key[length - 1] = (byte) (i >>> 8);
        return key;
    }

    /** The first record that ends on the page behind its header's. */
    private static int firstOnTwoPages(LogStore store, Table table, MemorySegment[] keys) {
        int at = 1;
        while ((position(store, table, keys[at]) & 4_095) < 4_096 - 512) {
            at++;
        }
        return at;
    }

    private static long position(LogStore store, Table table, MemorySegment key) {
        return Objects.requireNonNull(store.snapshot().find(table, key, LogRecord::position));
    }

    private static int lastOfFirstSegment(LogStore store, Table table) {
        int i = 0;
        while (positionOf(store, table, i + 1) < OPTIONS.segmentBytes()) {
            i++;
        }
        return i;
    }

    private String path(String file) {
        return directory.resolve(file).toString();
    }

    private static long positionOf(LogStore store, Table table, int i) {
        Long position =
                store.snapshot()
                        .find(table, MemorySegment.ofArray(key(i)), LogRecord::position);
        return position == null ? -1 : position;
    }

    @Test
    void shouldFailInsteadOfReadingWhatIsUnmappedWhenTheStoreWasClosed() {
        AtomicReference<MemorySegment> kept = new AtomicReference<>(MemorySegment.NULL);
        Snapshot snapshot;
        Table table;
        try (LogStore store = LogStore.open(directory, OPTIONS)) {
            fill(store);
            table = table(store, ReadAdvice.MAPPED);
            snapshot = store.snapshot();
            MemorySegment key = MemorySegment.ofArray(key(1));
            snapshot.find(
                    table,
                    key,
                    record -> {
                        kept.set(record.value());
                        return null;
                    });
        }
        assertThrows(StorageClosedException.class, () -> snapshot.get(table, key(1)));
        MemorySegment value = Objects.requireNonNull(kept.get());
        assertThrows(IllegalStateException.class, () -> value.get(ValueLayout.JAVA_BYTE, 0));
    }
}
