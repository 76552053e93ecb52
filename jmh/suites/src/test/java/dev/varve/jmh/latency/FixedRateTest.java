package dev.varve.jmh.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;

final class FixedRateTest {

    private static final long STALL_NS = 100_000_000;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    private PrintStream logStream() {
        return new PrintStream(log, true, StandardCharsets.UTF_8);
    }

    @Test
    void shouldCountEveryOperationThatHadToWaitWhenOneStalls() {
        long[] done = new long[1];
        // At 1,000 per second a stall of 100 ms delays the 100 operations that were due in it.
        Histogram latencies =
                new FixedRate(1_000, 0.4)
                        .run(
                                operations -> {
                                    if (done[0]++ == 50) {
                                        stall();
                                    }
                                    return operations;
                                },
                                logStream());

        assertEquals(400, latencies.getTotalCount());
        long late = latencies.getCountBetweenValues(STALL_NS / 2, Long.MAX_VALUE / 4);
        assertTrue(late >= 40, late + " operations were late by half of the stall");
    }

    private static void stall() {
        long end = System.nanoTime() + STALL_NS;
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    @Test
    void shouldLogWhatHdrHistogramReadsBack() {
        Histogram latencies =
                new FixedRate(2_000, 0.05).run(operations -> operations, logStream());

        HistogramLogReader reader =
                new HistogramLogReader(new ByteArrayInputStream(log.toByteArray()));
        EncodableHistogram read = reader.nextIntervalHistogram();
        assertNotNull(read);
        assertEquals(latencies.getTotalCount(), ((Histogram) read).getTotalCount());
        assertEquals(latencies.getMaxValue(), ((Histogram) read).getMaxValue());
        reader.close();
    }

    @Test
    void shouldRefuseWhenNothingWouldRun() {
        assertThrows(IllegalArgumentException.class, () -> new FixedRate(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new FixedRate(1, 0));
    }
}
