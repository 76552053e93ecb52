package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class FindingsTest {

    private static BenchResult ratio(String suite, double lo, double hi, Verdict verdict) {
        double ratio = (lo + hi) / 2;
        return new BenchResult(suite, "head", ratio, lo, hi, "x", "base", ratio, 1.1, verdict);
    }

    @Test
    void shouldNameTheRegressionsFirst() {
        List<BenchResult> results =
                List.of(
                        ratio("miss", 0.9, 1.3, Verdict.INCONCLUSIVE),
                        ratio("get", 1.2, 1.3, Verdict.REGRESSED),
                        ratio("scan", 0.9, 1.0, Verdict.OK),
                        new BenchResult(
                                "append", "allocated", 120, 120, 120, "B/op", "budget", 40, 3,
                                Verdict.REGRESSED));
        assertEquals(
                List.of(
                        "REGRESSED get: head takes 1.250 [1.200, 1.300] times as long as base,"
                                + " of at most 1.1",
                        "REGRESSED append: allocated is 120 B/op, of at most 3",
                        "INCONCLUSIVE miss: head takes 1.100 [0.900, 1.300] times as long as base,"
                                + " of at most 1.1"),
                Findings.of(results));
        assertEquals(List.of("miss", "get", "append"), Findings.suites(results));
    }

    @Test
    void shouldSayNothingWhenAllIsWell() {
        assertEquals(List.of(), Findings.of(List.of(ratio("scan", 0.9, 1.0, Verdict.OK))));
    }
}
