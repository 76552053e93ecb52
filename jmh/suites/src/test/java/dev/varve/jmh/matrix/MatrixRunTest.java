package dev.varve.jmh.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The smallest matrix there can be, so that it does not rot. */
final class MatrixRunTest {

    private static final MatrixScale TINY =
            new MatrixScale(List.of(1, 2), List.of(2), List.of(0.3), 3, Duration.ofMillis(1));

    @Test
    void shouldReportEveryPointAndTheModelWhenMeasured() {
        MatrixReport report = new MatrixReport(MatrixRun.of(TINY, 1));
        List<BenchResult> results = report.results("executor");
        List<String> names = results.stream().map(BenchResult::name).toList();
        assertTrue(names.contains("speculative, 2 threads, 2 accounts, 0.3 us"), names.toString());
        assertTrue(names.contains("model: ordered_locks, 16 threads"), names.toString());
        String bound = "model: critical path, 4 threads, 2 accounts";
        BenchResult two =
                results.stream().filter(r -> r.name().equals(bound)).findFirst().orElseThrow();
        assertEquals(1.0, two.value(), 0.0, "two accounts leave one chain");
        results.forEach(result -> assertTrue(result.lo() <= result.hi(), result.toString()));
        String page = report.markdown();
        assertTrue(page.contains("\n| 2 | 2 | 0.3 | "), page);
        assertTrue(page.contains("foretold, not measured"), page);
        assertTrue(page.contains("\n| 2 | 16 | 1.00 | 1.00 | "), page);
    }

    @Test
    void shouldHoldTheMedianOfTheMiddleRanksWhenValuesAreMany() {
        double[] values = new double[21];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        // Of 21 tosses of a coin, 5 or fewer are heads once in 75; so rank 6 to 16, from 1.
        assertEquals(new Median(10, 5, 15), Median.of(values));
        assertEquals(new Median(7, 7, 7), Median.of(new double[] {7}));
    }
}
