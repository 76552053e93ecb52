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

    /** Bits of the first five words are told by the low int, those of the others from here on. */
    private static final int LATE_SHIFT = 30;

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
        return hitAll(lines, offset, low, wordsPerId) != 0;
    }

    /** {@link #test} as a number: 1 if all bits are set, else 0. */
    static long hitAll(MemorySegment lines, long offset, long low, int wordsPerId) {
        return first(lines, offset, low) & rest(lines, offset, low, wordsPerId) & 1;
    }

    /** 1 if the first two bits of the id are set: where it was not added, one in five times. */
    static long hitFirst(MemorySegment lines, long offset, long low) {
        return first(lines, offset, low) & 1;
    }

    /** 1 if all bits of the id but the first two are set. */
    static long hitRest(MemorySegment lines, long offset, long low, int wordsPerId) {
        return rest(lines, offset, low, wordsPerId) & 1;
    }

    // No early exit and no loop below: a mispredicted branch costs more than all the words, which
    // share a cache line. Shift distances are modulo 64 in Java, and ints cost less than longs.

    private static long first(MemorySegment lines, long offset, long low) {
        long first = low >>> ROTATION_SHIFT;
        int early = (int) low;
        return word(lines, offset, first) >>> early
                & word(lines, offset, first + 1) >>> (early >>> 6);
    }

    private static long rest(MemorySegment lines, long offset, long low, int wordsPerId) {
        long first = low >>> ROTATION_SHIFT;
        int early = (int) low;
        int late = (int) (low >>> LATE_SHIFT);
        long hits = word(lines, offset, first + 2) >>> (early >>> 12);
        hits &= word(lines, offset, first + 3) >>> (early >>> 18);
        hits &= word(lines, offset, first + 4) >>> (early >>> 24);
        if (wordsPerId > 5) {
            hits &= word(lines, offset, first + 5) >>> late;
            if (wordsPerId > 6) {
                hits &= word(lines, offset, first + 6) >>> (late >>> 6);
                if (wordsPerId > 7) {
                    hits &= word(lines, offset, first + 7) >>> (late >>> 12);
                }
            }
        }
        return hits;
    }

    /**
     * Sets all bits of the id of hash half {@code low}.
     *
     * @return whether one of them was not set before: the id was certainly absent
     */
    public static boolean set(MemorySegment lines, long offset, long low, int wordsPerId) {
        long first = low >>> ROTATION_SHIFT;
        int early = (int) low;
        int late = (int) (low >>> LATE_SHIFT);
        long changed = setBit(lines, offset, first, early);
        changed |= setBit(lines, offset, first + 1, early >>> 6);
        changed |= setBit(lines, offset, first + 2, early >>> 12);
        changed |= setBit(lines, offset, first + 3, early >>> 18);
        changed |= setBit(lines, offset, first + 4, early >>> 24);
        if (wordsPerId > 5) {
            changed |= setBit(lines, offset, first + 5, late);
            if (wordsPerId > 6) {
                changed |= setBit(lines, offset, first + 6, late >>> 6);
                if (wordsPerId > 7) {
                    changed |= setBit(lines, offset, first + 7, late >>> 12);
                }
            }
        }
        return changed != 0;
    }

    /** Sets all bits of the id of hash half {@code low}, a quarter quicker than {@link #set}. */
    static void add(MemorySegment lines, long offset, long low, int wordsPerId) {
        long first = low >>> ROTATION_SHIFT << WORD_SHIFT;
        int early = (int) low;
        int late = (int) (low >>> LATE_SHIFT);
        addBit(lines, offset, first, early);
        addBit(lines, offset, first + 8, early >>> 6);
        addBit(lines, offset, first + 16, early >>> 12);
        addBit(lines, offset, first + 24, early >>> 18);
        addBit(lines, offset, first + 32, early >>> 24);
        if (wordsPerId > 5) {
            addBit(lines, offset, first + 40, late);
            if (wordsPerId > 6) {
                addBit(lines, offset, first + 48, late >>> 6);
                if (wordsPerId > 7) {
                    addBit(lines, offset, first + 56, late >>> 12);
                }
            }
        }
    }

    /** Sets a bit of the word that begins {@code index} bytes into the line, modulo its length. */
    private static void addBit(MemorySegment lines, long offset, long index, int bit) {
        long at = offset + (index & LAST_WORD);
        lines.set(IdHash.LE_LONG, at, lines.get(IdHash.LE_LONG, at) | 1L << bit);
    }

    /** Sets a bit of a word, both numbers modulo what there is; not 0 if it was not set. */
    private static long setBit(MemorySegment lines, long offset, long number, int bit) {
        long index = number & WORDS - 1;
        long before = (long) WORD_OF_LINE.get(lines, offset, index);
        long after = before | 1L << bit;
        WORD_OF_LINE.set(lines, offset, index, after);
        return before ^ after;
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
