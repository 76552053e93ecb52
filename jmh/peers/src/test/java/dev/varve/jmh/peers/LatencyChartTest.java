package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.jmh.BenchResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LatencyChartTest {

    private final List<BenchResult> results = new ArrayList<>();

    private void add(String name, double us) {
        results.add(BenchResult.plain("filter", name, us, "us"));
    }

    @Test
    void shouldDrawMediansAndHighPercentilesOfWhatALifeReports() {
        add("memory", 6e9);
        add("check 10,000, 1e+08 ids, median", 215.62);
        add("check 10,000, 1e+08 ids, 99 %", 1540);
        add("add 10,000, 1e+08 ids, median", 328.7);
        add("add 10,000, 1e+08 ids, 99 %", 1394.4);
        add("check 10,000, reopened, median", 190);
        add("check 10,000, reopened, 99 %", 255);
        add("add 10,000, reopened, median", 240);
        add("add 10,000, reopened, 99 %", 309);
        add("fill, by id", 27);
        assertEquals(
                """
                ```mermaid
                xychart-beta
                    title "Batches of 10,000 ids, median (us): lines are check, add"
                    x-axis "ids in the filter" ["1e8", "reopened"]
                    y-axis "us" 0 --> 500
                    line [215.6, 190.0]
                    line [328.7, 240.0]
                ```
                ```mermaid
                xychart-beta
                    title "Batches of 10,000 ids, 99 % (us): lines are check, add"
                    x-axis "ids in the filter" ["1e8", "reopened"]
                    y-axis "us" 0 --> 1600
                    line [1540.0, 255.0]
                    line [1394.4, 309.0]
                ```
                """,
                LatencyChart.of(results));
    }
}
