package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The measured false positive rate, against the theory of the layout. Seeded: no chance left. */
final class BloomFilterRateTest {

    private static final int QUERIES = 10_000_000;
    private static final double TOLERANCE = 1.03;
    private static final HexFormat HEX = HexFormat.of();

    enum Ids {
        SEQUENTIAL(32),
        UUID(16),
        HEX_TEXT(66),
        HASH(32);

        private final int length;

        Ids(int length) {
            this.length = length;
        }

        /** Writes id {@code i}; different numbers give different ids. */
        void write(long i, MemorySegment out) {
            switch (this) {
                case SEQUENTIAL -> out.set(IdHash.LE_LONG, 24, Long.reverseBytes(i));
                case UUID -> {
                    long timeMs = 1_700_000_000_000L + i / 8;
                    out.set(IdHash.LE_LONG, 0, (timeMs << 16) | 0x7000 | i % 8);
                    out.set(IdHash.LE_LONG, 8, (i * 0x9e37_79b9L) | Long.MIN_VALUE);
                }
                case HEX_TEXT -> {
                    SplittableRandom random = new SplittableRandom(i);
                    out.set(IdHash.LE_INT, 0, 0x30787830);
                    for (int at = 2; at < length; at += 16) {
                        String digits = HEX.toHexDigits(at == 2 ? i : random.nextLong());
                        for (int k = 0; k < 16; k++) {
                            out.set(
                                    ValueLayout.JAVA_BYTE,
                                    at + k,
                                    (byte) digits.charAt(k));
                        }
                    }
                }
                case HASH -> {
                    SplittableRandom random = new SplittableRandom(i);
                    for (int at = 0; at < length; at += 8) {
                        out.set(IdHash.LE_LONG, at, random.nextLong());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 5", "10, 6", "12, 7", "16, 8"})
    void shouldBeWithinThreePercentOfTheoryForAllIds(double bitsPerId, int words) {
        // Each kind for itself: as many at a time as the machine has cores.
        Arrays.stream(Ids.values())
                .parallel()
                .forEach(ids -> measure(ids, IdHashAlgorithm.FOLDED, bitsPerId, words));
    }

    @ParameterizedTest
    @Tag("nightly")
    @CsvSource({"8, 5", "10, 6", "12, 7", "16, 8"})
    void shouldBeWithinThreePercentOfTheoryForAllIdsUnderEveryHash(double bitsPerId, int words) {
        for (IdHashAlgorithm algorithm : IdHashAlgorithm.values()) {
            Arrays.stream(Ids.values())
                    .parallel()
                    .forEach(ids -> measure(ids, algorithm, bitsPerId, words));
        }
    }

    private static void measure(Ids ids, IdHashAlgorithm algorithm, double bitsPerId, int words) {
        IdHash hash = IdHash.create(algorithm, 11, 12);
        BloomGeometry geometry = new BloomGeometry(128, words, 1);
        int count = (int) (geometry.totalLength() * 8 / bitsPerId);
        MemorySegment id = MemorySegment.ofArray(new byte[ids.length]);
        int hits = 0;
        try (BloomFilter filter = BloomFilter.create(geometry, hash)) {
            for (int i = 0; i < count; i++) {
                ids.write(i, id);
                filter.add(id, 0, ids.length);
            }
            for (int i = 0; i < count; i++) {
                ids.write(i, id);
                assertTrue(filter.mayContain(id, 0, ids.length), "a false negative: id " + i);
            }
            for (int i = 0; i < QUERIES; i++) {
                ids.write((long) count + i, id);
                hits += filter.mayContain(id, 0, ids.length) ? 1 : 0;
            }
        }
        double measured = (double) hits / QUERIES;
        double theory = FalsePositiveRate.of(bitsPerId, words);
        String what = ids + " " + algorithm + " " + bitsPerId + ": " + measured / theory;
        assertTrue(measured <= TOLERANCE * theory && measured >= theory / TOLERANCE, what);
    }
}
