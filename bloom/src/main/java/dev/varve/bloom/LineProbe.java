package dev.varve.bloom;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The layout B512W64 of one filter line, and the only code that reads and sets its bits: 64 bytes
 * seen as eight little-endian words, in which an id owns one bit in each of k neighbouring words.
 *
 * <p>The low half of an id's hash says which: bits 61-63 the first word, bits 6i to 6i + 5 the bit
 * within the i-th word from there, modulo eight. So a probe costs one cache line, whatever k, and
 * its false positive rate is within two percent of the best that any one-line layout can have
 * (compare {@link FalsePositiveRate}). Blocked Bloom filters: Putze, Sanders, Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters", WEA 2007.
 *
 * <p>Static and without state. {@link #set} is a plain read-modify-write: its callers exclude each
 * other per line. {@link #test} may run at the same time; it sees bits of a running {@code set} or
 * not, and never loses others.
 */
public final class LineProbe {

    /** The code of this layout in file headers. */
    public static final int LAYOUT_CODE = 1;

    /** The length of a line in bytes. */
    public static final int LINE_LENGTH = 64;

    /** The number of words of a line. */
    public static final int WORDS = 8;

    /** The fewest words in which an id owns a bit: the best number at eight bits per id. */
    public static final int MIN_WORDS_PER_ID = 5;

    /** The most words in which an id owns a bit. */
    public static final int MAX_WORDS_PER_ID = WORDS;

    private static final int WORD_SHIFT = 3;
    private static final long LAST_WORD = LINE_LENGTH - Long.BYTES;
    private static final int ROTATION_SHIFT = 61;
    private static final long ALL_SET = -1;

    /**
     * A word of the line at an offset. The bounds that are checked are those of the line, and so
     * once for all its words: a twentieth of what a batch costs.
     */
    private static final VarHandle WORD_OF_LINE =
            MemoryLayout.sequenceLayout(WORDS, IdHash.LE_LONG)
                    .varHandle(PathElement.sequenceElement());

    private LineProbe() {}

    /**
     * The offset in bytes of the line of an id among {@code lines} lines. Monotonous in {@code
     * spread}: ids in the order of their hashes have their lines in order.
     *
     * @param spread evenly distributed over all 64-bit numbers, its top bits the most
     */
    public static long offset(long spread, long lines) {
        return Math.unsignedMultiplyHigh(spread, lines) * LINE_LENGTH;
    }

    /** Whether all bits of the id of hash half {@code low} are set. */
    public static boolean test(MemorySegment lines, long offset, long low, int wordsPerId) {
        long first = low >>> ROTATION_SHIFT;
        // Shift distances are modulo 64 in Java. No early exit and no loop: a mispredicted branch
        // costs more than all the words, which share a cache line.
        long hits = word(lines, offset, first) >>> low;
        hits &= word(lines, offset, first + 1) >>> (low >>> 6);
        hits &= word(lines, offset, first + 2) >>> (low >>> 12);
        hits &= word(lines, offset, first + 3) >>> (low >>> 18);
        hits &= word(lines, offset, first + 4) >>> (low >>> 24);
        if (wordsPerId > 5) {
            hits &= word(lines, offset, first + 5) >>> (low >>> 30);
            if (wordsPerId > 6) {
                hits &= word(lines, offset, first + 6) >>> (low >>> 36);
                if (wordsPerId > 7) {
                    hits &= word(lines, offset, first + 7) >>> (low >>> 42);
                }
            }
        }
        return (hits & 1) != 0;
    }

    /**
     * Sets all bits of the id of hash half {@code low}.
     *
     * @return whether one of them was not set before: the id was certainly absent
     */
    public static boolean set(MemorySegment lines, long offset, long low, int wordsPerId) {
        long first = low >>> ROTATION_SHIFT << WORD_SHIFT;
        // All are read before one is written: the processor cannot know early that it is another
        // word which is read next. Not by the handle of test, with which writing is slower.
        long word0 = read(lines, offset, first);
        long word1 = read(lines, offset, first + 8);
        long word2 = read(lines, offset, first + 16);
        long word3 = read(lines, offset, first + 24);
        long word4 = read(lines, offset, first + 32);
        long word5 = wordsPerId > 5 ? read(lines, offset, first + 40) : ALL_SET;
        long word6 = wordsPerId > 6 ? read(lines, offset, first + 48) : ALL_SET;
        long word7 = wordsPerId > 7 ? read(lines, offset, first + 56) : ALL_SET;
        long hits = word0 >>> low & word1 >>> (low >>> 6) & word2 >>> (low >>> 12);
        hits &= word3 >>> (low >>> 18) & word4 >>> (low >>> 24) & word5 >>> (low >>> 30);
        hits &= word6 >>> (low >>> 36) & word7 >>> (low >>> 42);
        write(lines, offset, first, word0 | 1L << low);
        write(lines, offset, first + 8, word1 | 1L << (low >>> 6));
        write(lines, offset, first + 16, word2 | 1L << (low >>> 12));
        write(lines, offset, first + 24, word3 | 1L << (low >>> 18));
        write(lines, offset, first + 32, word4 | 1L << (low >>> 24));
        if (wordsPerId > 5) {
            write(lines, offset, first + 40, word5 | 1L << (low >>> 30));
            if (wordsPerId > 6) {
                write(lines, offset, first + 48, word6 | 1L << (low >>> 36));
                if (wordsPerId > 7) {
                    write(lines, offset, first + 56, word7 | 1L << (low >>> 42));
                }
            }
        }
        return (hits & 1) == 0;
    }

    /** The word that begins {@code index} bytes into the line, modulo its length. */
    private static long read(MemorySegment lines, long offset, long index) {
        return lines.get(IdHash.LE_LONG, offset + (index & LAST_WORD));
    }

    private static void write(MemorySegment lines, long offset, long index, long word) {
        lines.set(IdHash.LE_LONG, offset + (index & LAST_WORD), word);
    }

    /**
     * The false positive rate of one line as it is: over all first words, the mean probability that
     * the bits of an id which was never added are all set.
     */
    public static double falsePositiveRate(MemorySegment lines, long offset, int wordsPerId) {
        double sum = 0;
        for (long first = 0; first < WORDS; first++) {
            double product = 1;
            for (int i = 0; i < wordsPerId; i++) {
                long word = word(lines, offset, first + i);
                product *= Long.bitCount(word) / (double) Long.SIZE;
            }
            sum += product;
        }
        return sum / WORDS;
    }

    /** How many of the 512 bits of a line are set. */
    public static int bitCount(MemorySegment lines, long offset) {
        int count = 0;
        for (long i = 0; i < WORDS; i++) {
            count += Long.bitCount(word(lines, offset, i));
        }
        return count;
    }

    /** The word of that number, modulo eight. */
    private static long word(MemorySegment lines, long offset, long number) {
        return (long) WORD_OF_LINE.get(lines, offset, number & WORDS - 1);
    }
}
