package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class BloomGeometryTest {

    @Test
    void shouldKeepThePromisedRate() {
        for (long ids : new long[] {1, 1_000, 1_000_000, 5_000_000_000L, 50_000_000_000L}) {
            for (double rate : new double[] {0.05, 0.01, 0.001}) {
                BloomGeometry geometry = BloomGeometry.forExpected(ids, rate);
                assertTrue(geometry.falsePositiveRate(ids) <= rate, geometry + " " + rate);
                assertEquals(ids, geometry.expectedIds());
            }
        }
    }

    @Test
    void shouldBeSmallForTensOfBillions() {
        BloomGeometry geometry = BloomGeometry.forExpected(50_000_000_000L, 0.01);
        double bytesPerId = geometry.totalLength() / 50e9;
        assertTrue(bytesPerId > 1.2 && bytesPerId <= 1.27, "bytes per id: " + bytesPerId);
        assertTrue(geometry.shardLength() > 0 && geometry.linesPerShard() % 16 == 0);
    }

    @Test
    void shouldFillTheGivenMemory() {
        for (long bytes : new long[] {256 << 10, 1 << 30, 10L << 30, (1L << 40) + 77}) {
            BloomGeometry geometry = BloomGeometry.forMemory(bytes);
            assertTrue(geometry.totalLength() <= bytes);
            assertTrue(geometry.totalLength() > bytes - (256 << 10), geometry.toString());
            assertEquals(0.0042, geometry.falsePositiveRate(geometry.expectedIds()), 0.00005);
            assertEquals(7, geometry.wordsPerId());
        }
        assertThrows(
                IllegalArgumentException.class, () -> BloomGeometry.forMemory((256 << 10) - 1));
    }

    @Test
    void shouldRefuseWhatIsNoGeometry() {
        for (long lines : new long[] {-16, 0, 8, 17, 1L << 41}) {
            assertThrows(IllegalArgumentException.class, () -> new BloomGeometry(lines, 7, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> new BloomGeometry(16, 4, 1));
        assertThrows(IllegalArgumentException.class, () -> new BloomGeometry(16, 9, 1));
        assertThrows(IllegalArgumentException.class, () -> new BloomGeometry(16, 7, 0));
        assertThrows(IllegalArgumentException.class, () -> BloomGeometry.forExpected(0, 0.01));
    }

    /** Two threads may be in one line only under one lock. */
    @Test
    void shouldGiveEveryLineOneStripe() {
        SplittableRandom random = new SplittableRandom(1);
        for (long lines : new long[] {16, 48, 1_600, 3 * (1L << 33), 1L << 40}) {
            long linesPerStripe = lines / BloomGeometry.STRIPES_PER_SHARD;
            for (int i = 0; i < 100_000; i++) {
                // At both ends of stripes, and anywhere.
                long stripeStart = random.nextLong() & ~(-1L >>> 12);
                long high =
                        switch (i % 3) {
                            case 0 -> stripeStart | random.nextInt(1_000);
                            case 1 -> stripeStart | (-1L >>> 12) - random.nextInt(1_000);
                            default -> random.nextLong();
                        };
                long offset = BloomGeometry.lineOffset(high, lines);
                assertTrue(offset >= 0 && offset < lines * 64, "offset " + offset);
                assertEquals(0, offset % 64);
                long stripeOfShard = BloomGeometry.stripe(high) % BloomGeometry.STRIPES_PER_SHARD;
                assertEquals(stripeOfShard, offset / 64 / linesPerStripe);
                assertEquals(
                        BloomGeometry.shard(high),
                        BloomGeometry.stripe(high) / BloomGeometry.STRIPES_PER_SHARD);
            }
        }
    }

    @Test
    void shouldNameTheIdsThatAreTooManyForAFilter() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> BloomGeometry.forExpected(Long.MAX_VALUE, 0.01));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith(Long.MAX_VALUE + " ids need "), message);
    }
}
