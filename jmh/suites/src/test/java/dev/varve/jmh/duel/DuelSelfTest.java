package dev.varve.jmh.duel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether the gate sees what it is for: takes minutes, and for its first test a machine that does
 * nothing else.
 */
@Tag("nightly")
final class DuelSelfTest {

    private static final double BUDGET = 1.015;

    /** A load average below this is nearly nothing but the duel before. */
    private static final double QUIET = 1.5;

    /** Threads beside the duel where the machine is to be busy: twice the smallest one's cores. */
    private static final int LOAD = 4;

    @TempDir Path folder;

    private BenchResult fight(String head, String base, long seed) throws IOException {
        DuelPlan plan =
                new DuelPlan(
                        "self-test",
                        Contender.own(head),
                        Contender.own(base),
                        BUDGET,
                        DuelEffort.Medium.PROCESSOR,
                        0,
                        DuelPlan.Results.UNRELATED);
        DuelEffort effort = DuelEffort.of(DuelEffort.Medium.PROCESSOR);
        return new Duel(plan, effort, folder, 20_000, seed).fight().getLast();
    }

    @RepeatedTest(3)
    void shouldSayRegressedWhenThreePercentOfWorkIsAdded(RepetitionInfo repetition)
            throws IOException {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        BenchResult result = fight("spin:1030", "spin:1000", repetition.getCurrentRepetition());
        assertNotEquals(Verdict.OK, result.verdict(), result::toString);
        assumeTrue(
                load < QUIET || result.verdict() == Verdict.REGRESSED,
                () -> "inconclusive on a machine under load " + load + ": " + result);
        assertEquals(Verdict.REGRESSED, result.verdict(), result::toString);
    }

    @RepeatedTest(20)
    void shouldNeverSayRegressedWhenBothAreTheSame(RepetitionInfo repetition)
            throws IOException {
        int seed = repetition.getCurrentRepetition();
        String program = seed % 2 == 0 ? "spin:1000" : "get";
        BenchResult result = fight(program, program, seed);
        assertNotEquals(Verdict.REGRESSED, result.verdict(), result::toString);
    }

    /** What shares the processors changes what is known, and never what is right. */
    @RepeatedTest(4)
    void shouldNeverSayRegressedOfTheSameWhenTheMachineIsBusy(RepetitionInfo repetition)
            throws IOException {
        try (BusyMachine load = new BusyMachine(LOAD)) {
            BenchResult result =
                    fight("spin:1000", "spin:1000", repetition.getCurrentRepetition());
            assertNotEquals(
                    Verdict.REGRESSED, result.verdict(), () -> result + " beside " + load);
        }
    }

    @RepeatedTest(4)
    void shouldNeverSayOkOfThreePercentMoreWhenTheMachineIsBusy(RepetitionInfo repetition)
            throws IOException {
        try (BusyMachine load = new BusyMachine(LOAD)) {
            BenchResult result =
                    fight("spin:1030", "spin:1000", repetition.getCurrentRepetition());
            assertNotEquals(Verdict.OK, result.verdict(), () -> result + " beside " + load);
        }
    }
}
