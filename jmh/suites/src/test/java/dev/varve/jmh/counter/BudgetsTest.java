package dev.varve.jmh.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BudgetsTest {

    private static final List<String> LINES =
            List.of("# a comment", "", "allocated 96 two objects", "reads  1  one   page");

    private static Verdict verdict(Map<Counter, Double> counts) {
        return Verdict.worst(Budgets.parse("s", LINES).check(counts));
    }

    @Test
    void shouldBeOkWhenNoCounterPassesItsBudget() {
        assertEquals(Verdict.OK, verdict(Map.of(Counter.ALLOCATED, 96.0, Counter.READS, 0.0)));
    }

    @Test
    void shouldRegressWhenOneCounterPassesItsBudget() {
        assertEquals(
                Verdict.REGRESSED,
                verdict(Map.of(Counter.ALLOCATED, 96.0, Counter.READS, 1.0001)));
    }

    @Test
    void shouldRegressWhenACounterHasNoBudget() {
        assertEquals(
                Verdict.REGRESSED,
                verdict(Map.of(Counter.ALLOCATED, 0.0, Counter.READS, 0.0, Counter.FORCES, 0.5)));
    }

    @Test
    void shouldRefuseWhenABudgetIsNotCounted() {
        assertThrows(
                IllegalArgumentException.class, () -> verdict(Map.of(Counter.ALLOCATED, 1.0)));
    }

    @Test
    void shouldTellValueBudgetAndRatioWhenChecked() {
        BenchResult result =
                Budgets.parse("s", List.of("reads 2 why")).check(Map.of(Counter.READS, 1.0))
                        .getFirst();
        assertEquals(
                new BenchResult(
                        "s", "reads", 1, 1, 1, "reads/op", "budget", 0.5, 2, Verdict.OK),
                result);
    }

    @Test
    void shouldRefuseWhenALineHasNoReason() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Budgets.parse("s", List.of("allocated 96")));
    }

    @Test
    void shouldRefuseWhenACounterIsUnknownOrNamedTwice() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Budgets.parse("s", List.of("alocated 96 typo")));
        assertThrows(
                IllegalArgumentException.class,
                () -> Budgets.parse("s", List.of("reads 1 a", "reads 2 b")));
    }

    @Test
    void shouldTellWhatWasRaisedAndNothingElse() {
        Budgets base = Budgets.parse("s", List.of("allocated 3 r", "reads 2 r", "writes 0 r"));
        Budgets head =
                Budgets.parse(
                        "s", List.of("allocated 6 r", "reads 1 r", "writes 0 r", "forces 1 r"));
        List<BenchResult> raised = head.raisedFrom(base);
        assertEquals(1, raised.size());
        assertEquals("allocated budget, raised", raised.getFirst().name());
        assertEquals(2, raised.getFirst().ratio());
        assertEquals("budget of the base", raised.getFirst().against());
    }
}
