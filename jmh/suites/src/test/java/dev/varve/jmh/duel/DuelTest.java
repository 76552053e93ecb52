package dev.varve.jmh.duel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole duels, but short ones: what they say of a noisy machine must not be wrong either. */
final class DuelTest {

    private static final DuelEffort SHORT =
            new DuelEffort(2, 2, 8, Duration.ofMillis(5), Duration.ofMillis(50));

    /** For processor time, which the system tells in ticks of ten milliseconds. */
    private static final DuelEffort LONGER =
            new DuelEffort(2, 2, 8, Duration.ofMillis(25), Duration.ofMillis(250));

    @TempDir Path folder;

    private List<BenchResult> fight(String head, String base, DuelPlan.Results results)
            throws IOException {
        return fight(head, base, results, DuelEffort.Medium.PROCESSOR);
    }

    private List<BenchResult> fight(
            String head, String base, DuelPlan.Results results, DuelEffort.Medium medium)
            throws IOException {
        DuelPlan plan =
                new DuelPlan(
                        "test", Contender.own(head), Contender.own(base), 1.5, medium, 0, results);
        DuelEffort effort = medium == DuelEffort.Medium.PROCESSORS ? LONGER : SHORT;
        return new Duel(plan, effort, folder, 300, 1).fight();
    }

    @Test
    void shouldNeverSayOkWhenTenTimesTheWorkIsDone() throws IOException {
        BenchResult ratio =
                fight("spin:2000", "spin:200", DuelPlan.Results.UNRELATED).getLast();
        assertNotEquals(Verdict.OK, ratio.verdict());
        assertTrue(ratio.ratio() > 1, () -> ratio.toString());
    }

    @Test
    void shouldNeverSayRegressedWhenBothAreTheSame() throws IOException {
        BenchResult ratio = fight("spin:500", "spin:500", DuelPlan.Results.EQUAL).getLast();
        assertNotEquals(Verdict.REGRESSED, ratio.verdict());
    }

    @Test
    void shouldRefuseWhenResultsDifferThatMustNot() {
        assertThrows(
                UnequalResultsException.class,
                () -> fight("spin:200", "spin:201", DuelPlan.Results.EQUAL));
    }

    @Test
    void shouldLeaveNothingBehindWhenAStoreWasWritten() throws IOException {
        fight(
                "commit-none",
                "commit-none",
                DuelPlan.Results.EQUAL,
                DuelEffort.Medium.DISK);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldDecideOnlyWhenTheIntervalLiesOnOneSide() {
        assertEquals(Verdict.OK, Duel.verdict(new RatioInterval(1, 0.9, 1.05), 1.05));
        assertEquals(Verdict.REGRESSED, Duel.verdict(new RatioInterval(1.1, 1.06, 1.2), 1.05));
        assertEquals(
                Verdict.INCONCLUSIVE, Duel.verdict(new RatioInterval(1.1, 1.05, 1.2), 1.05));
        assertEquals(
                Verdict.INCONCLUSIVE, Duel.verdict(new RatioInterval(1, 0.9, 1.06), 1.05));
    }

    @Test
    void shouldNotSayOkOfAllProcessorsWhenOneWasUsed() throws IOException {
        // The program has one thread: half as many, at most, as there should be. Both sides take as
        // long: of a few milliseconds the system's ticks of processor time tell nothing.
        List<BenchResult> results =
                fight(
                        "spin:2000",
                        "spin:2000",
                        DuelPlan.Results.UNRELATED,
                        DuelEffort.Medium.PROCESSORS);
        assertNotEquals(Verdict.OK, results.getLast().verdict(), () -> results.toString());
        assertTrue(
                results.stream().anyMatch(result -> result.name().startsWith("processors for")));
    }
}
