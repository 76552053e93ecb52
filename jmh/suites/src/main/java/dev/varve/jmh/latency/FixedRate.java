package dev.varve.jmh.latency;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.workload.Workload;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Starts operations at a fixed rate, whether the ones before are done or not, and measures each
 * from the moment at which it should have started. An operation that stalls is so counted as the
 * delay of all that had to wait behind it; measured from their own starts, those would look fast
 * (Gil Tene calls that coordinated omission). One run, one object, one thread.
 */
public final class FixedRate {

    private static final long SECOND_NS = 1_000_000_000;
    private static final int DIGITS = 3;

    /** A park may oversleep by so much; the rest is waited for without sleeping. */
    private static final long PARK_MARGIN_NS = 100_000;

    private final long rate;
    private final long operations;
    private final Histogram total = new Histogram(DIGITS);

    /**
     * A run that was not started yet.
     *
     * @param rate operations per second
     * @param seconds how long to go on
     */
    public FixedRate(long rate, double seconds) {
        if (rate <= 0 || seconds <= 0) {
            throw new IllegalArgumentException("rate " + rate + ", seconds " + seconds);
        }
        this.rate = rate;
        this.operations = Math.max(1, (long) (rate * seconds));
    }

    /**
     * Runs the workload; writes a histogram of each second, in HdrHistogram's log format.
     *
     * @return the latencies of the whole run, in nanoseconds
     */
    public Histogram run(Workload workload, PrintStream log) {
        HistogramLogWriter writer = new HistogramLogWriter(log);
        long startMs = System.currentTimeMillis();
        writer.outputLogFormatVersion();
        writer.outputStartTime(startMs);
        writer.outputLegend();
        Histogram second = new Histogram(DIGITS);
        second.setStartTimeStamp(startMs);
        long start = System.nanoTime();
        long nextLog = start + SECOND_NS;
        for (long i = 0; i < operations; i++) {
            long intended = start + (long) (i * ((double) SECOND_NS / rate));
            awaitNanoTime(intended);
            workload.run(1);
            long end = System.nanoTime();
            second.recordValue(Math.max(0, end - intended));
            if (end - nextLog >= 0 || i + 1 == operations) {
                second.setEndTimeStamp(startMs + (end - start) / 1_000_000);
                writer.outputIntervalHistogram(second);
                total.add(second);
                long stamp = second.getEndTimeStamp();
                second.reset();
                second.setStartTimeStamp(stamp);
                nextLog = end + SECOND_NS;
            }
        }
        return total;
    }

    private static void awaitNanoTime(long intended) {
        long left = intended - System.nanoTime();
        while (left > 0) {
            if (left > PARK_MARGIN_NS) {
                LockSupport.parkNanos(left - PARK_MARGIN_NS);
            } else {
                Thread.onSpinWait();
            }
            left = intended - System.nanoTime();
        }
    }

    /** The percentiles that are reported, in microseconds. */
    public static List<BenchResult> results(String suite, long rate, Histogram latencies) {
        String at = " at " + rate + "/s";
        return List.of(
                micros(suite, "p50" + at, latencies.getValueAtPercentile(50)),
                micros(suite, "p99" + at, latencies.getValueAtPercentile(99)),
                micros(suite, "p99.9" + at, latencies.getValueAtPercentile(99.9)),
                micros(suite, "max" + at, latencies.getMaxValue()));
    }

    private static BenchResult micros(String suite, String name, long nanoseconds) {
        return BenchResult.plain(suite, name, nanoseconds / 1e3, "us");
    }
}
