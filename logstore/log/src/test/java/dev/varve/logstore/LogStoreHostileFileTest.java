package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.FrameBeginDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.RecordDescriptor;
import dev.varve.logstore.format.RegistryDescriptor;
import dev.varve.logstore.format.SegmentFooterDescriptor;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Files whose checksums are right and whose contents no writer wrote: a typed error, no more. */
final class LogStoreHostileFileTest {

    private static final byte[] KEY = {1, 2, 3};
    private static final byte[] VALUE = {4};

    private static byte[] registry(int id, String name, int order) {
        byte[] value = new byte[RegistryDescriptor.LENGTH];
        MemorySegment memory = MemorySegment.ofArray(value);
        memory.set(LittleEndian.SHORT, RegistryDescriptor.TABLE_OFFSET, (short) id);
        memory.set(ValueLayout.JAVA_BYTE, RegistryDescriptor.ORDER_OFFSET, (byte) order);
        memory.set(ValueLayout.JAVA_BYTE, RegistryDescriptor.STATE_OFFSET, (byte) 1);
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        return ForgedLog.record(0, RecordDescriptor.KIND_REGISTRY, 0, key, value);
    }

    private static StorageException refused(ForgedLog log) {
        StorageException e =
                assertThrows(
                        StorageException.class,
                        () -> LogStore.open(log.disk(), LogOptions.defaults()));
        assertTrue(
                e instanceof CorruptionException || e instanceof FormatVersionException,
                () -> "untyped: " + e);
        assertFalse(e.file().isEmpty());
        return e;
    }

    private static void assertRefused(byte[] record) {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry(1, "keys", 1));
            log.frame(1, registry(2, "heights", 2));
            long frame = log.offset();
            log.frame(1, record);
            StorageException e = refused(log);
            assertEquals(Segment.fileName(0), e.file());
            assertEquals(frame + FrameBeginDescriptor.LENGTH, e.offset(), e.getMessage());
        }
    }

    @Test
    void shouldReadAForgedLogThatIsAsAWriterWritesIt() {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry(1, "keys", 1));
            log.frame(
                    1,
                    ForgedLog.record(1, RecordDescriptor.KIND_PUT, 5, KEY, VALUE));
            try (LogStore store = LogStore.open(log.disk(), LogOptions.defaults())) {
                assertEquals(2, store.stats().commits());
                CommitScript.checkVerifies(store);
            }
        }
    }

    @Test
    void shouldRefuseRegistrationsThatNoWriterMakes() {
        assertRefused(registry(0, "zero", 1));
        assertRefused(registry(1, "other", 1));
        assertRefused(registry(3, "keys", 1));
        assertRefused(registry(3, "keys", 2));
        assertRefused(registry(3, "a/b", 1));
        assertRefused(registry(3, "\u00e4", 1));
        assertRefused(registry(3, "x".repeat(65), 1));
        assertRefused(registry(3, "third", 3));
        assertRefused(ForgedLog.record(0, RecordDescriptor.KIND_REGISTRY, 0, KEY, VALUE));
    }

    @Test
    void shouldRefuseRecordsThatNoWriterMakes() {
        int put = RecordDescriptor.KIND_PUT;
        assertRefused(ForgedLog.record(0, put, 0, KEY, VALUE));
        assertRefused(ForgedLog.record(1, RecordDescriptor.KIND_REGISTRY, 0, KEY, VALUE));
        assertRefused(ForgedLog.record(1, RecordDescriptor.KIND_DELETE, 0, KEY, VALUE));
        assertRefused(ForgedLog.record(1, put, -1, KEY, VALUE));
        assertRefused(ForgedLog.record(1, put, 0, new byte[0], VALUE));
        assertRefused(ForgedLog.record(1, put, 0, new byte[1025], VALUE));
        assertRefused(ForgedLog.record(2, put, 3, KEY, VALUE));
        assertRefused(ForgedLog.record(2, put, 3, new byte[8], VALUE));
        assertRefused(ForgedLog.record(9, put, 0, KEY, VALUE));
        assertRefused(ForgedLog.record(1, 4, 0, KEY, VALUE));
        assertRefused(ForgedLog.record(1, 200, 0, KEY, VALUE));
        byte[] longer = ForgedLog.record(1, put, 0, KEY, VALUE);
        MemorySegment.ofArray(longer)
                .set(LittleEndian.INT, RecordDescriptor.VALUE_LENGTH_OFFSET, -1);
        assertRefused(longer);
    }

    @Test
    void shouldRefuseAFrameWithAnotherCountOfRecords() {
        for (int count : new int[] {0, 2, -1}) {
            try (ForgedLog log = new ForgedLog(0)) {
                log.frame(count, registry(1, "keys", 1));
                assertEquals(SegmentHeaderDescriptor.FRAMES_OFFSET, refused(log).offset());
            }
        }
    }

    @Test
    void shouldEndTheLogBeforeAFrameOfALengthThatNoneHas() {
        for (long length : new long[] {-1, 0, 95, 97, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 30}) {
            try (ForgedLog log = new ForgedLog(0)) {
                log.frame(
                        0,
                        new byte[length == 97 ? 1 : 0],
                        begin -> begin.set(
                                LittleEndian.LONG, FrameBeginDescriptor.LENGTH_OFFSET, length));
                try (LogStore store = LogStore.open(log.disk(), LogOptions.defaults())) {
                    assertEquals(0, store.stats().commits(), "length " + length);
                }
            }
        }
    }

    @Test
    void shouldRefuseASegmentLongerThanAnyIs() {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry(1, "keys", 1));
            log.file().write(MemorySegment.ofArray(new byte[1]), 1L << 33);
            assertEquals(Segment.fileName(0), refused(log).file());
        }
    }

    @Test
    void shouldRefuseADurablePositionThatTheLogDoesNotReach() {
        for (long durable : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40}) {
            try (ForgedLog log = new ForgedLog(durable)) {
                log.frame(1, registry(1, "keys", 1));
                refused(log);
            }
        }
    }

    @Test
    void shouldNotBelieveABeginThatNamesWhatLiesBehindItDurable() {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry(1, "keys", 1));
            long end = log.offset();
            log.frame(
                    0,
                    new byte[0],
                    begin -> begin.set(
                            LittleEndian.LONG,
                            FrameBeginDescriptor.DURABLE_POSITION_OFFSET,
                            Long.MAX_VALUE));
            try (LogStore store = LogStore.open(log.disk(), LogOptions.defaults())) {
                assertEquals(end, store.recoveryReport().endPosition());
            }
        }
    }

    @Test
    void shouldNotTakeATornTailForRotBecauseOfAValueThatLooksLikeABegin() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, LogOptions.bulk());
        Table table = store.table(TableSpec.byKey("t"));
        long end = store.visible();
        byte[] key = new byte[8];
        long value = end + FrameBeginDescriptor.LENGTH + RecordDescriptor.LENGTH + key.length;
        try (Batch batch = store.newBatch()) {
            store.commit(batch.put(table, 1, key, ForgedLog.begin(value, value)));
        }
        SimDisk torn = disk.restart();
        CrashExplorer.closeQuietly(store);
        torn.flipBit(Segment.fileName(0), 8 * end);
        try (LogStore again = LogStore.open(torn, LogOptions.bulk())) {
            assertEquals(end, again.recoveryReport().endPosition());
        }
    }

    @Test
    void shouldNotFollowAFooterThatLeadsOutOfTheFile() {
        for (long framesEnd : new long[] {-1, -100, 0, Long.MIN_VALUE, Long.MAX_VALUE, 1 << 20}) {
            try (ForgedLog log = new ForgedLog(0)) {
                log.frame(1, registry(1, "keys", 1));
                MemorySegment footer =
                        MemorySegment.ofArray(new byte[SegmentFooterDescriptor.LENGTH]);
                footer.set(
                        LittleEndian.LONG,
                        SegmentFooterDescriptor.MAGIC_OFFSET,
                        SegmentFooterDescriptor.MAGIC);
                footer.set(
                        LittleEndian.LONG, SegmentFooterDescriptor.FRAMES_END_OFFSET, framesEnd);
                log.file().write(footer, 8192 - SegmentFooterDescriptor.LENGTH);
                try (LogStore store = LogStore.open(log.disk(), LogOptions.defaults())) {
                    assertEquals(1, store.stats().commits(), "framesEnd " + framesEnd);
                }
            }
        }
    }

    @Test
    void shouldNotTakeADamagedHeaderForATornCreationWhenAFrameStandsBehindIt() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, LogOptions.defaults());
        store.table(TableSpec.byKey("acknowledged"));
        SimDisk killed = disk.restart();
        CrashExplorer.closeQuietly(store);
        killed.flipBit(Segment.fileName(0), 8L * SegmentHeaderDescriptor.STORE_ID_LOW_OFFSET);
        CorruptionException e =
                assertThrows(
                        CorruptionException.class,
                        () -> LogStore.open(killed, LogOptions.defaults()));
        assertEquals(Segment.fileName(0), e.file());
    }

    /** Any bytes at all in a frame with right checksums. */
    @Test
    void shouldEndInATypedErrorWhateverAFrameHolds() {
        for (long seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            byte[] records = new byte[16 * random.nextInt(24)];
            for (int i = random.nextInt(40); i > 0 && records.length > 0; i--) {
                records[random.nextInt(records.length)] = (byte) random.nextInt(6);
            }
            try (ForgedLog log = new ForgedLog(0)) {
                log.frame(1, registry(1, "keys", 1));
                log.frame(random.nextInt(3), records);
                openAndRead(log.disk());
            } catch (StorageException expected) {
                // typed; anything else fails the test
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static void openAndRead(SimDisk disk) {
        try (LogStore store = LogStore.open(disk, LogOptions.defaults())) {
            List<Table> tables = store.tables();
            store.verify();
            for (Table table : tables) {
                store.snapshot().get(table, KEY);
            }
        }
    }

    /** Every read that opening makes fails once: nothing stays open, and the lock is free. */
    @Test
    void shouldCloseAllItOpenedWhenAReadOfOpeningFails() {
        SimDisk disk = new SimDisk();
        LogOptions options = LogOptions.defaults().withSegmentBytes(64 << 10);
        CommitScript script = new CommitScript(5, 4);
        try (LogStore store = LogStore.open(disk, options)) {
            for (long n = 1; n <= 10; n++) {
                script.commit(store, n);
            }
        }
        SimDisk counted = disk.restart();
        OpenFiles whole = new OpenFiles(counted);
        LogStore.open(whole, options).close();
        assertEquals(0, whole.open());
        for (long read = 1; read <= counted.readCalls(); read++) {
            SimDisk failing = disk.crash(CrashModel.KEEP_ALL, 0);
            failing.failReadAt(read);
            OpenFiles files = new OpenFiles(failing);
            assertThrows(StorageException.class, () -> LogStore.open(files, options));
            assertEquals(0, files.open(), "read " + read);
            try (LogStore again = LogStore.open(failing.restart(), options)) {
                assertEquals(10, again.stats().commits());
            }
        }
    }

    @Test
    void shouldCloseAllItOpenedWhenTheEnvironmentFails() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.defaults())) {
            store.table(TableSpec.byKey("t"));
        }
        OpenFiles files = new OpenFiles(disk.restart());
        Environment noRandom =
                new Environment(
                        () -> {
                            throw new IllegalStateException("no random numbers");
                        },
                        java.util.zip.CRC32C::new);
        assertThrows(
                IllegalStateException.class,
                () -> LogStore.open(files, LogOptions.defaults(), noRandom));
        assertEquals(0, files.open());
    }

    @Test
    void shouldNotKeepTheMemoryOfLongRecordsThatWereRead() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("t"));
            store.commit(batch.put(table, 1, KEY, new byte[8 << 20]));
            store.snapshot().get(table, KEY);
            assertTrue(store.reads().readerMemoryBytes() < 1 << 20);
            store.snapshot().get(table, KEY);
        }
    }

    /** Counts the files that were opened and not closed. */
    private static final class OpenFiles extends ForwardingStorage {
        private final Set<StorageFile> files =
                Collections.newSetFromMap(new IdentityHashMap<>());

        OpenFiles(SimDisk disk) {
            super(disk);
        }

        int open() {
            return files.size();
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            files.add(file);
            return new ForwardingFile(file) {
                @Override
                public void close() {
                    files.remove(file);
                    super.close();
                }
            };
        }
    }
}
