package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VerdictTest {

    @Test
    void shouldBeTheWorstWhenResultsDiffer() {
        assertEquals(Verdict.OK, worst());
        assertEquals(Verdict.OK, worst(Verdict.OK, Verdict.OK));
        assertEquals(Verdict.INCONCLUSIVE, worst(Verdict.OK, Verdict.INCONCLUSIVE, Verdict.OK));
        assertEquals(Verdict.REGRESSED, worst(Verdict.REGRESSED, Verdict.INCONCLUSIVE));
        assertEquals(Verdict.REGRESSED, worst(Verdict.INCONCLUSIVE, Verdict.REGRESSED));
    }

    @Test
    void shouldHaveTheDocumentedExitCodes() {
        assertEquals(0, Verdict.OK.exitCode());
        assertEquals(4, Verdict.REGRESSED.exitCode());
        assertEquals(5, Verdict.INCONCLUSIVE.exitCode());
    }

    private static Verdict worst(Verdict... verdicts) {
        List<BenchResult> results =
                Arrays.stream(verdicts)
                        .map(v -> new BenchResult("s", "n", 1, 1, 1, "x", "", 1, 1, v))
                        .toList();
        return Verdict.worst(results);
    }
}
