package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LineProbeTest {

    private static final long SEED = 42;
    private static final int LINES = 16;

    /** The same bits in a set of bit numbers, found by the words of the class comment. */
    private static final class Twin {

        private final BitSet bits = new BitSet();
        private final int wordsPerId;

        Twin(int wordsPerId) {
            this.wordsPerId = wordsPerId;
        }

        int bit(long offset, long low, int i) {
            int first = (int) (low >>> 61);
            int inWord = (int) (low >>> (6 * i)) & 63;
            return (int) offset * 8 + (first + i) % 8 * 64 + inWord;
        }

        boolean test(long offset, long low) {
            for (int i = 0; i < wordsPerId; i++) {
                if (!bits.get(bit(offset, low, i))) {
                    return false;
                }
            }
            return true;
        }

        void set(long offset, long low) {
            for (int i = 0; i < wordsPerId; i++) {
                bits.set(bit(offset, low, i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7, 8})
    void shouldSetAndTestTheBitsOfTheTwin(int wordsPerId) {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] bytes = new byte[LINES * LineProbe.LINE_LENGTH];
        MemorySegment lines = MemorySegment.ofArray(bytes);
        Twin twin = new Twin(wordsPerId);
        for (int i = 0; i < 5_000; i++) {
            long offset = random.nextInt(LINES) * (long) LineProbe.LINE_LENGTH;
            long low = random.nextLong();
            boolean known = twin.test(offset, low);
            assertEquals(known, LineProbe.test(lines, offset, low, wordsPerId), "seed " + SEED);
            if (i % 16 == 0) {
                assertEquals(!known, LineProbe.set(lines, offset, low, wordsPerId));
                assertFalse(LineProbe.set(lines, offset, low, wordsPerId), "set twice");
                assertTrue(LineProbe.test(lines, offset, low, wordsPerId));
                twin.set(offset, low);
                // Bit n of the twin is bit n % 8 of byte n / 8: words are little-endian.
                assertEquals(twin.bits, BitSet.valueOf(bytes), "seed " + SEED + ", step " + i);
            } else if (i % 16 == 8) {
                LineProbe.add(lines, offset, low, wordsPerId);
                twin.set(offset, low);
                assertEquals(twin.bits, BitSet.valueOf(bytes), "seed " + SEED + ", step " + i);
            }
            long first = LineProbe.hitFirst(lines, offset, low);
            long rest = LineProbe.hitRest(lines, offset, low, wordsPerId);
            assertEquals(twin.test(offset, low) ? 1 : 0, first & rest, "seed " + SEED);
        }
    }

    @Test
    void shouldCountBitsAndRateOfALine() {
        MemorySegment lines = MemorySegment.ofArray(new byte[2 * LineProbe.LINE_LENGTH]);
        assertEquals(0, LineProbe.falsePositiveRate(lines, 64, 8));
        lines.asSlice(64).fill((byte) 0xff);
        assertEquals(1, LineProbe.falsePositiveRate(lines, 64, 5));
        assertEquals(512, LineProbe.bitCount(lines, 64));
        lines.asSlice(64).fill((byte) 0x0f);
        assertEquals(1.0 / 64, LineProbe.falsePositiveRate(lines, 64, 6), 1e-12);
        assertEquals(256, LineProbe.bitCount(lines, 64));
        assertEquals(0, LineProbe.bitCount(lines, 0));
        // One full word: with eight words of eight, seven are empty.
        lines.asSlice(0, 8).fill((byte) 0xff);
        assertEquals(0, LineProbe.falsePositiveRate(lines, 0, 8));
    }
}
