package dev.varve.logstore.chronicle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Chronicle's bytes need flags of the JVM, so this runs in a process of its own. */
final class ChronicleBytesTest {

    @BeforeAll
    static void requireFlags() {
        Module own = ChronicleBytesTest.class.getModule();
        assumeTrue(
                Object.class.getModule().isExported("sun.nio.ch", own),
                "runs in the execution of the build that has the flags");
    }

    private static void assertSameMemory(BytesStore<?, ?> bytes, long offset, long length) {
        MemorySegment segment = ChronicleBytes.of(bytes, offset, length);
        assertEquals(length, segment.byteSize());
        for (long i = 0; i < length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) (3 * i));
        }
        for (long i = 0; i < length; i++) {
            assertEquals((byte) (3 * i), bytes.readByte(offset + i));
        }
        if (bytes.isDirectMemory()) {
            assertEquals(bytes.addressForRead(offset), segment.address());
        }
    }

    /** A filter hashes an id where it lies: the segment is the bytes' own memory. */
    @Test
    void shouldServeAFilter() {
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 1, 2);
        BytesStore<?, Void> bytes = BytesStore.nativeStoreWithFixedCapacity(96);
        try (BloomFilter filter = BloomFilter.create(BloomGeometry.forMemory(1 << 20), hash)) {
            MemorySegment ids = ChronicleBytes.of(bytes, 0, 96);
            assertEquals(bytes.addressForRead(0), ids.address());
            for (long i = 0; i < 96; i++) {
                bytes.writeByte(i, (byte) i);
            }
            filter.add(ids, 32, 32);
            byte[] same = new byte[32];
            bytes.read(32, same, 0, 32);
            assertTrue(filter.mayContain(MemorySegment.ofArray(same), 0, 32));
            IdBatch batch = new IdBatch(hash, 3);
            batch.putAll(ids, 32, 32, 3);
            filter.addIfAbsent(batch);
            assertEquals(2, batch.trueAnswers());
        } finally {
            bytes.releaseLast();
        }
    }

    @Test
    void shouldShowTheMemoryOfEveryKindOfBytes() {
        assertSameMemory(BytesStore.wrap(new byte[100]), 3, 40);
        assertSameMemory(BytesStore.wrap(ByteBuffer.allocate(100)), 3, 40);
        assertSameMemory(BytesStore.wrap(ByteBuffer.allocateDirect(100)), 3, 40);
        BytesStore<?, Void> outside = BytesStore.nativeStoreWithFixedCapacity(100);
        assertSameMemory(outside, 3, 40);
        outside.releaseLast();
        Bytes<?> elastic = Bytes.allocateElasticDirect(100);
        elastic.write(new byte[60]);
        assertSameMemory(elastic, 3, 40);
        elastic.releaseLast();
        Bytes<?> onHeap = Bytes.allocateElasticOnHeap(100);
        onHeap.write(new byte[60]);
        assertSameMemory(onHeap, 3, 40);
    }

    @Test
    void shouldRefuseAPartThatIsNotInTheBytes() {
        BytesStore<?, ?> bytes = BytesStore.wrap(new byte[100]);
        assertThrows(IndexOutOfBoundsException.class, () -> ChronicleBytes.of(bytes, 70, 31));
        assertThrows(IndexOutOfBoundsException.class, () -> ChronicleBytes.of(bytes, -1, 2));
    }

    @Test
    void shouldAppendGetAndViewWithoutACopy() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("t").withCompression(600));
            Bytes<?> key = Bytes.allocateElasticDirect(32);
            key.append("a key of some bytes");
            for (int length : new int[] {1, 100, 5_000}) {
                Bytes<?> value = Bytes.allocateElasticDirect(length);
                value.write(new byte[length]);
                value.writeByte(0, (byte) length);
                batch.clear().put(table, 1, ChronicleBytes.of(key), ChronicleBytes.of(value));
                store.commit(batch);
                MemorySegment find = ChronicleBytes.of(key);
                BytesStore<?, ?> copy = BytesStore.nativeStoreWithFixedCapacity(length);
                MemorySegment destination = ChronicleBytes.of(copy, 0, length);
                assertEquals(length, store.snapshot().get(table, find, destination));
                assertEquals(-1, ChronicleBytes.of(value).mismatch(destination));
                PointerBytesStore view = BytesStore.nativePointer();
                Boolean same =
                        store.snapshot()
                                .find(
                                        table,
                                        find,
                                        record -> {
                                            ChronicleBytes.wrapKey(record, view);
                                            assertEquals(
                                                    record.key().address(), view.addressForRead(0));
                                            assertEquals(key.readRemaining(), view.capacity());
                                            ChronicleBytes.wrapValue(record, view);
                                            assertEquals(
                                                    record.value().address(),
                                                    view.addressForRead(0));
                                            assertEquals((byte) length, view.readByte(0));
                                            return view.capacity() == length;
                                        });
                assertEquals(true, same);
                copy.releaseLast();
                value.releaseLast();
            }
            key.releaseLast();
        }
    }
}
