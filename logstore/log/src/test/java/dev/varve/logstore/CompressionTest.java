package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.RecordDescriptor;
import dev.varve.logstore.format.RegistryDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which values are compressed, and what compressed ones that nobody wrote are taken for. */
final class CompressionTest {

    private static final byte[] KEY = {1, 2, 3};
    private static final TableSpec PLAIN = TableSpec.byKey("t");

    /** Bytes of a batch with one value, which tell whether it was compressed. */
    private static long lengthOf(TableSpec spec, byte[] value) {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = store.table(spec);
            long length = batch.put(table, 1, KEY, value).length();
            store.commit(batch);
            assertArrayEquals(value, store.snapshot().get(table, KEY));
            return length;
        }
    }

    /** Random bytes, of which the last ones are zero. */
    private static byte[] value(int length, int zeros) {
        byte[] value = new byte[length];
        new Random(length).nextBytes(value);
        Arrays.fill(value, length - zeros, length, (byte) 0);
        return value;
    }

    @ParameterizedTest
    @CsvSource({"999, false", "1000, true", "1001, true", "20000, true"})
    void shouldCompressFromTheLengthOn(int length, boolean compressed) {
        long plain = lengthOf(PLAIN, new byte[length]);
        long stored = lengthOf(PLAIN.withCompression(1_000), new byte[length]);
        assertEquals(compressed, stored < plain, stored + " of " + plain);
    }

    /** LZ4 needs about 20 bytes for what does not repeat, and the length takes 4. */
    @ParameterizedTest
    @CsvSource({"0, false", "1000, false", "1100, true", "4000, true"})
    void shouldKeepItOnlyIfAnEighthIsSaved(int zeros, boolean compressed) {
        byte[] value = value(8_000, zeros);
        long plain = lengthOf(PLAIN, value);
        long stored = lengthOf(PLAIN.withCompression(1), value);
        assertEquals(compressed, stored < plain, stored + " of " + plain);
        assertTrue(!compressed || stored <= plain - 8_000 / 8, stored + " of " + plain);
    }

    @Test
    void shouldReadCompressedValuesWhoeverAsks() {
        SimDisk disk = new SimDisk();
        byte[] value = value(9_000, 8_000);
        LogOptions options = LogOptions.defaults();
        try (LogStore store = LogStore.open(disk, options);
                Batch batch = store.newBatch()) {
            store.commit(batch.put(store.table(PLAIN.withCompression(1)), 1, KEY, value));
        }
        SimDisk again = disk.crash(CrashModel.LOSE_ALL, 0);
        try (LogStore store = LogStore.open(again, options)) {
            Table table = store.table(PLAIN);
            assertArrayEquals(value, store.snapshot().get(table, KEY));
            assertTrue(store.verify().isClean());
        }
    }

    @Test
    void shouldLetGoOfTheMemoryOfLongValues() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = store.table(PLAIN.withCompression(1));
            store.commit(batch.put(table, 1, KEY, new byte[50 << 20]));
            MemorySegment key = MemorySegment.ofArray(KEY);
            Long length =
                    store.snapshot().find(table, key, r -> r.valueMemory().byteSize());
            assertEquals(50L << 20, length);
            assertTrue(store.reads().readerMemoryBytes() < 1 << 20);
        }
    }

    private static byte[] registry() {
        byte[] value = new byte[RegistryDescriptor.LENGTH];
        MemorySegment memory = MemorySegment.ofArray(value);
        memory.set(LittleEndian.SHORT, RegistryDescriptor.TABLE_OFFSET, (short) 1);
        memory.set(ValueLayout.JAVA_BYTE, RegistryDescriptor.ORDER_OFFSET, (byte) 1);
        memory.set(ValueLayout.JAVA_BYTE, RegistryDescriptor.STATE_OFFSET, (byte) 1);
        byte[] name = "t".getBytes(StandardCharsets.UTF_8);
        return ForgedLog.record(0, RecordDescriptor.KIND_REGISTRY, 0, name, value);
    }

    private static byte[] compressed(int kind, byte[] stored) {
        int flags = RecordDescriptor.FLAG_COMPRESSED << 8;
        return ForgedLog.record(1, kind | flags, 0, KEY, stored);
    }

    /** A length, and bytes that are said to expand to it. */
    private static byte[] stored(int length, int... bytes) {
        byte[] stored = new byte[Integer.BYTES + bytes.length];
        MemorySegment.ofArray(stored).set(LittleEndian.INT, 0, length);
        for (int i = 0; i < bytes.length; i++) {
            stored[Integer.BYTES + i] = (byte) bytes[i];
        }
        return stored;
    }

    /** Reads it in every way; each must end in the same typed error. */
    private static void assertDamaged(byte[] stored) {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry());
            log.frame(1, compressed(RecordDescriptor.KIND_PUT, stored));
            try (LogStore store = LogStore.open(log.disk(), LogOptions.defaults());
                    Arena arena = Arena.ofConfined()) {
                Table table = store.table(PLAIN);
                Snapshot snapshot = store.snapshot();
                MemorySegment key = MemorySegment.ofArray(KEY);
                MemorySegment to = arena.allocate(1_000);
                for (Runnable read :
                        new Runnable[] {
                            () -> snapshot.get(table, KEY),
                            () -> snapshot.get(table, key, to),
                            () -> snapshot.find(table, key, LogRecord::value)
                        }) {
                    CorruptionException e = assertThrows(CorruptionException.class, read::run);
                    assertEquals(Segment.fileName(0), e.file());
                    assertEquals("sim:disk", e.store());
                    assertTrue(e.offset() > 0);
                }
                assertTrue(store.reads().readerMemoryBytes() < 1 << 20);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 256 * 6, 200 << 20})
    void shouldRefuseALengthThatTheBytesCannotExpandTo(int length) {
        assertDamaged(stored(length, 0x50, 'a', 'b', 'c', 'd', 'e'));
    }

    @Test
    void shouldRefuseBytesThatExpandToAnotherLength() {
        assertDamaged(stored(4, 0x50, 'a', 'b', 'c', 'd', 'e'));
        assertDamaged(stored(6, 0x50, 'a', 'b', 'c', 'd', 'e'));
    }

    @Test
    void shouldRefuseBytesThatAreNoBlock() {
        assertDamaged(stored(100, 0x1F, 'a', 9, 0, 255, 255, 0)); // copies from before its start
        assertDamaged(stored(100, 0xF0, 200, 'a')); // more literals than there are
        assertDamaged(stored(5));
        assertDamaged(new byte[] {1, 2});
        assertDamaged(new byte[0]);
    }

    @Test
    void shouldReadABlockThatAnyWriterMade() {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry());
            byte[] five = stored(5, 0x50, 'a', 'b', 'c', 'd', 'e');
            log.frame(1, compressed(RecordDescriptor.KIND_PUT, five));
            try (LogStore store = LogStore.open(log.disk(), LogOptions.defaults())) {
                byte[] value = store.snapshot().get(store.table(PLAIN), KEY);
                assertArrayEquals("abcde".getBytes(StandardCharsets.US_ASCII), value);
            }
        }
    }

    @Test
    void shouldRefuseACompressedRecordWithoutAValue() {
        try (ForgedLog log = new ForgedLog(0)) {
            log.frame(1, registry());
            log.frame(1, compressed(RecordDescriptor.KIND_DELETE, new byte[0]));
            assertThrows(
                    StorageException.class, () -> LogStore.open(log.disk(), LogOptions.defaults()));
        }
    }
}
