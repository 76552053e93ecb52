package dev.varve.logstore.agrona;

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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Agrona's buffers need a flag of the JVM, so this runs in a process of its own. */
final class AgronaBuffersTest {

    @BeforeAll
    static void requireFlags() {
        Module own = AgronaBuffersTest.class.getModule();
        assumeTrue(
                Object.class.getModule().isExported("jdk.internal.misc", own),
                "runs in the execution of the build that has the flags");
    }

    private static void assertSameMemory(DirectBuffer buffer, int index, int length) {
        MemorySegment segment = AgronaBuffers.of(buffer, index, length);
        assertEquals(length, segment.byteSize());
        for (int i = 0; i < length; i++) {
            assertEquals(buffer.getByte(index + i), segment.get(ValueLayout.JAVA_BYTE, i));
        }
        // Written through the segment, seen through the buffer: the same bytes.
        segment.fill((byte) 0x5A);
        for (int i = 0; i < length; i++) {
            assertEquals(0x5A, buffer.getByte(index + i));
        }
        if (segment.isNative()) {
            assertEquals(buffer.addressOffset() + index, segment.address());
        }
    }

    private static UnsafeBuffer filled(UnsafeBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.putByte(i, (byte) (i + 1));
        }
        return buffer;
    }

    /** A filter hashes an id where it lies: the segment is the buffer's own memory. */
    @Test
    void shouldServeAFilter() {
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 1, 2);
        ByteBuffer memory = ByteBuffer.allocateDirect(100);
        UnsafeBuffer buffer = filled(new UnsafeBuffer(memory));
        try (BloomFilter filter = BloomFilter.create(BloomGeometry.forMemory(1 << 20), hash)) {
            MemorySegment ids = AgronaBuffers.of(buffer, 0, 96);
            assertEquals(buffer.addressOffset(), ids.address());
            filter.add(ids, 32, 32);
            byte[] same = new byte[32];
            buffer.getBytes(32, same);
            assertTrue(filter.mayContain(MemorySegment.ofArray(same), 0, 32));
            IdBatch batch = new IdBatch(hash, 3);
            batch.putAll(ids, 32, 32, 3);
            filter.addIfAbsent(batch);
            assertEquals(2, batch.trueAnswers());
        }
    }

    @Test
    void shouldShowTheMemoryOfEveryKindOfBuffer() {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(100).address();
            ByteBuffer sliced = ByteBuffer.allocateDirect(100).position(10).slice();
            assertSameMemory(filled(new UnsafeBuffer(new byte[100])), 3, 40);
            assertSameMemory(filled(new UnsafeBuffer(new byte[100], 20, 60)), 3, 40);
            assertSameMemory(filled(new UnsafeBuffer(ByteBuffer.allocate(100), 7, 50)), 3, 40);
            assertSameMemory(filled(new UnsafeBuffer(ByteBuffer.allocateDirect(100))), 3, 40);
            assertSameMemory(filled(new UnsafeBuffer(sliced, 5, 70)), 3, 40);
            assertSameMemory(filled(new UnsafeBuffer(address, 100)), 3, 40);
            assertSameMemory(filled(new UnsafeBuffer(new UnsafeBuffer(address, 99), 9, 50)), 3, 40);
            assertSameMemory(new ExpandableArrayBuffer(100), 3, 40);
        }
    }

    @Test
    void shouldRefuseAPartThatIsNotInTheBuffer() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[100], 20, 60);
        assertThrows(IndexOutOfBoundsException.class, () -> AgronaBuffers.of(buffer, 30, 31));
        assertThrows(IndexOutOfBoundsException.class, () -> AgronaBuffers.of(buffer, -1, 2));
    }

    @Test
    void shouldAppendGetAndViewWithoutACopy() {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("t").withCompression(600));
            UnsafeBuffer key = filled(new UnsafeBuffer(ByteBuffer.allocateDirect(32)));
            for (int length : new int[] {0, 100, 5_000}) {
                UnsafeBuffer value = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
                value.setMemory(0, length, (byte) 7);
                batch.clear().put(table, 1, AgronaBuffers.of(key), AgronaBuffers.of(value));
                store.commit(batch);
                MemorySegment find = AgronaBuffers.of(key);
                UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
                assertEquals(length, store.snapshot().get(table, find, AgronaBuffers.of(copy)));
                assertEquals(value, copy);
                UnsafeBuffer view = new UnsafeBuffer(0, 0);
                Boolean same =
                        store.snapshot()
                                .find(
                                        table,
                                        find,
                                        record -> {
                                            AgronaBuffers.wrapKey(record, view);
                                            assertEquals(key, view);
                                            assertEquals(
                                                    record.key().address(), view.addressOffset());
                                            AgronaBuffers.wrapValue(record, view);
                                            assertEquals(value, view);
                                            assertEquals(
                                                    record.value().address(),
                                                    view.addressOffset());
                                            return true;
                                        });
                assertEquals(true, same);
            }
        }
    }
}
