package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RecordsTest {

    private static final int COUNT = 10_000;

    @Test
    void shouldMakeKeysThatDifferWhenPresentOrAbsent() {
        Records records = new Records(1);
        Set<ByteBuffer> keys = new HashSet<>();
        for (int index = 0; index < COUNT; index++) {
            byte[] present = new byte[Records.KEY_BYTES];
            byte[] absent = new byte[Records.KEY_BYTES];
            records.key(index, present);
            records.absentKey(index, absent);
            assertTrue(keys.add(ByteBuffer.wrap(present)));
            assertTrue(keys.add(ByteBuffer.wrap(absent)));
        }
        assertEquals(2 * COUNT, keys.size());
    }

    @Test
    void shouldRepeatItselfWhenTheSeedIsTheSame() {
        assertEquals(ByteBuffer.wrap(valueOf(7, 3)), ByteBuffer.wrap(valueOf(7, 3)));
        assertNotEquals(ByteBuffer.wrap(valueOf(7, 3)), ByteBuffer.wrap(valueOf(8, 3)));
        assertNotEquals(ByteBuffer.wrap(valueOf(7, 3)), ByteBuffer.wrap(valueOf(7, 4)));
    }

    @Test
    void shouldNoticeEveryByteInTheSum() {
        byte[] value = valueOf(7, 3);
        long sum = Records.sum(value);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(value.length);
            memory.copyFrom(MemorySegment.ofArray(value));
            assertEquals(sum, Records.sum(memory));
        }
        for (int i = 0; i < value.length; i++) {
            value[i] ^= 1;
            assertNotEquals(sum, Records.sum(value), "byte " + i);
            value[i] ^= 1;
        }
    }

    private static byte[] valueOf(long seed, long index) {
        byte[] value = new byte[Records.VALUE_BYTES];
        new Records(seed).value(index, value);
        return value;
    }
}
