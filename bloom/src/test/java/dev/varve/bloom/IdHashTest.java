package dev.varve.bloom;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every id hash must do, whatever its algorithm. */
final class IdHashTest {

    private static final long SEED = 20_261_121;
    private static final long SECRET0 = 0x0123_4567_89ab_cdefL;
    private static final long SECRET1 = 0x1122_3344_5566_7788L;

    private static final long FOLDED_SELF_TEST = 0x400fec8c21c23c78L;
    private static final long SIPHASH_SELF_TEST = 0x095b56493c30969eL;

    @ParameterizedTest
    @EnumSource
    void shouldGiveTheSameHashWhenIdLiesAnywhere(IdHashAlgorithm algorithm) {
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        byte[] bytes = new byte[IdHash.MAX_ID_LENGTH];
        new SplittableRandom(SEED).nextBytes(bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment home = arena.allocate(IdHash.MAX_ID_LENGTH);
            MemorySegment off = arena.allocate(IdHash.MAX_ID_LENGTH + 64);
            MemorySegment heap = MemorySegment.ofArray(new byte[IdHash.MAX_ID_LENGTH + 64]);
            MemorySegment.copy(bytes, 0, home, ValueLayout.JAVA_BYTE, 0, bytes.length);
            for (int length = 1; length <= IdHash.MAX_ID_LENGTH; length++) {
                int shift = length % 64;
                off.fill((byte) length);
                heap.fill((byte) ~length);
                MemorySegment.copy(home, 0, off, shift, length);
                MemorySegment.copy(home, 0, heap, shift, length);
                long high = hash.high(home, 0, length);
                long low = hash.low(home, 0, length);
                assertEquals(high, hash.high(off, shift, length), "native, length " + length);
                assertEquals(low, hash.low(off, shift, length), "native, length " + length);
                assertEquals(high, hash.high(heap, shift, length), "heap, length " + length);
                assertEquals(low, hash.low(heap, shift, length), "heap, length " + length);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldWriteHighThenLowLittleEndian(IdHashAlgorithm algorithm) {
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        MemorySegment id = MemorySegment.ofArray("transaction".getBytes(US_ASCII));
        byte[] out = new byte[IdHash.HASH_LENGTH + 2];
        hash.hash(id, 0, id.byteSize(), MemorySegment.ofArray(out), 1);
        long high = hash.high(id, 0, id.byteSize());
        long low = hash.low(id, 0, id.byteSize());
        assertEquals(0, out[0]);
        assertEquals(0, out[IdHash.HASH_LENGTH + 1]);
        for (int i = 0; i < 8; i++) {
            assertEquals((byte) (high >>> (8 * i)), out[1 + i]);
            assertEquals((byte) (low >>> (8 * i)), out[9 + i]);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldDifferWhenOnlyTheLengthDiffers(IdHashAlgorithm algorithm) {
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        for (byte fill : new byte[] {0, 1, -1}) {
            MemorySegment id = MemorySegment.ofArray(new byte[IdHash.MAX_ID_LENGTH]).fill(fill);
            Set<Long> seen = new HashSet<>();
            for (int length = 1; length <= IdHash.MAX_ID_LENGTH; length++) {
                assertTrue(seen.add(hash.high(id, 0, length)), "high, length " + length);
                assertTrue(seen.add(hash.low(id, 0, length)), "low, length " + length);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseAnIdThatIsEmptyOrTooLong(IdHashAlgorithm algorithm) {
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        MemorySegment id = MemorySegment.ofArray(new byte[2 * IdHash.MAX_ID_LENGTH]);
        for (long length : new long[] {-1, 0, IdHash.MAX_ID_LENGTH + 1, 1L << 32 | 8}) {
            assertThrows(IllegalArgumentException.class, () -> hash.high(id, 0, length));
            assertThrows(IllegalArgumentException.class, () -> hash.low(id, 0, length));
        }
        assertThrows(
                IndexOutOfBoundsException.class, () -> hash.high(id, id.byteSize() - 31, 32));
    }

    @ParameterizedTest
    @EnumSource
    void shouldChangeHalfOfTheHashWhenOneBitOfTheIdChanges(IdHashAlgorithm algorithm) {
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        SplittableRandom random = new SplittableRandom(SEED);
        int ids = 1_000;
        for (int length : new int[] {1, 3, 4, 7, 8, 15, 16, 17, 32, 33, 64}) {
            byte[] bytes = new byte[length];
            MemorySegment id = MemorySegment.ofArray(bytes);
            for (int bit = 0; bit < 8 * length; bit++) {
                int[] flips = new int[128];
                for (int i = 0; i < ids; i++) {
                    random.nextBytes(bytes);
                    long high = hash.high(id, 0, length);
                    long low = hash.low(id, 0, length);
                    bytes[bit >>> 3] ^= (byte) (1 << (bit & 7));
                    countOnes(flips, 0, high ^ hash.high(id, 0, length));
                    countOnes(flips, 64, low ^ hash.low(id, 0, length));
                }
                // Seven standard deviations of a fair coin thrown 1,000 times are 111.
                int least = Arrays.stream(flips).min().orElseThrow();
                int most = Arrays.stream(flips).max().orElseThrow();
                String where = "seed " + SEED + ", length " + length + ", bit " + bit;
                // With one byte there are only 128 pairs, so the coin is thrown 128 times.
                int slack = length == 1 ? 350 : 111;
                assertTrue(least >= ids / 2 - slack, where + ": " + least);
                assertTrue(most <= ids / 2 + slack, where + ": " + most);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldChangeHalfOfTheHashWhenOneBitOfTheSecretChanges(IdHashAlgorithm algorithm) {
        MemorySegment id = MemorySegment.ofArray(new byte[32]);
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        long total = 0;
        for (int bit = 0; bit < 128; bit++) {
            long flip0 = bit < 64 ? 1L << bit : 0;
            long flip1 = bit < 64 ? 0 : 1L << bit;
            IdHash other = IdHash.create(algorithm, SECRET0 ^ flip0, SECRET1 ^ flip1);
            total += Long.bitCount(hash.high(id, 0, 32) ^ other.high(id, 0, 32));
            total += Long.bitCount(hash.low(id, 0, 32) ^ other.low(id, 0, 32));
        }
        double mean = total / 128.0;
        assertTrue(mean > 60 && mean < 68, "bits changed out of 128: " + mean);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNameAlgorithmAndSecretInTheSelfTest(IdHashAlgorithm algorithm) {
        long selfTest = IdHash.create(algorithm, SECRET0, SECRET1).selfTest();
        assertEquals(selfTest, IdHash.create(algorithm, SECRET0, SECRET1).selfTest());
        assertNotEquals(selfTest, IdHash.create(algorithm, SECRET0 ^ 1, SECRET1).selfTest());
        assertNotEquals(selfTest, IdHash.create(algorithm, SECRET0, SECRET1 ^ 1).selfTest());
        for (IdHashAlgorithm other : IdHashAlgorithm.values()) {
            if (other != algorithm) {
                assertNotEquals(selfTest, IdHash.create(other, SECRET0, SECRET1).selfTest());
            }
        }
    }

    /** These values are in files: a change of them is a new algorithm with a code of its own. */
    @Test
    void shouldNeverChangeItsValues() {
        IdHash folded = IdHash.create(IdHashAlgorithm.FOLDED, SECRET0, SECRET1);
        IdHash sipHash = IdHash.create(IdHashAlgorithm.SIPHASH, SECRET0, SECRET1);
        assertEquals(FOLDED_SELF_TEST, folded.selfTest());
        assertEquals(SIPHASH_SELF_TEST, sipHash.selfTest());
        assertEquals(Optional.of(IdHashAlgorithm.FOLDED), IdHashAlgorithm.ofCode(1));
        assertEquals(Optional.of(IdHashAlgorithm.SIPHASH), IdHashAlgorithm.ofCode(2));
        assertEquals(Optional.empty(), IdHashAlgorithm.ofCode(0));
        assertEquals(Optional.empty(), IdHashAlgorithm.ofCode(3));
    }

    @ParameterizedTest
    @EnumSource
    void shouldAllocateNothing(IdHashAlgorithm algorithm) {
        IdHash hash = IdHash.create(algorithm, SECRET0, SECRET1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(64 * 1_024);
            MemorySegment out = arena.allocate(IdHash.HASH_LENGTH);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long thread = Thread.currentThread().threadId();
            hashMany(hash, ids, out);
            hashMany(hash, ids, out);
            long before = threads.getThreadAllocatedBytes(thread);
            hashMany(hash, ids, out);
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertTrue(allocated < 1_024, "bytes allocated by 40,000 hashes: " + allocated);
        }
    }

    private static void hashMany(IdHash hash, MemorySegment ids, MemorySegment out) {
        for (int i = 0; i < 40_000; i++) {
            hash.hash(ids, (i & 1_023) * 32L, 1 + i % 100, out, 0);
        }
    }

    private static void countOnes(int[] counts, int from, long word) {
        for (int i = 0; i < 64; i++) {
            counts[from + i] += (int) (word >>> i & 1);
        }
    }
}
