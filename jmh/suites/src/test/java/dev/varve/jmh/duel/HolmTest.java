package dev.varve.jmh.duel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Many findings at once, on made-up duels of which the truth is known. */
final class HolmTest {

    private static final double LEVEL = 0.05;
    private static final double BUDGET = 1.05;

    /** As many as a gate has. */
    private static final int DUELS = 23;

    private static final DuelEffort EFFORT =
            new DuelEffort(4, 10, 8, Duration.ofMillis(20), Duration.ofMillis(1));

    @Test
    void shouldStopAtTheFirstThatMayBeLuck() {
        // 0.01 <= 0.05/4, 0.015 <= 0.05/3, 0.03 > 0.05/2: so 0.04 falls too.
        assertArrayEquals(
                new boolean[] {true, false, false, true},
                Holm.standing(new double[] {0.01, 0.04, 0.03, 0.015}, LEVEL));
    }

    @Test
    void shouldLetNothingOrAllStandWhenAllAreAlike() {
        assertArrayEquals(new boolean[2], Holm.standing(new double[] {0.03, 0.03}, LEVEL));
        assertArrayEquals(
                new boolean[] {true, true}, Holm.standing(new double[] {0.02, 0.02}, LEVEL));
        assertArrayEquals(new boolean[0], Holm.standing(new double[0], LEVEL));
    }

    @Test
    void shouldSeldomFindAnythingWhenThereIsNothing() {
        int runs = 10_000;
        int found = 0;
        SplittableRandom random = new SplittableRandom(1);
        for (int run = 0; run < runs; run++) {
            boolean[] stands = Holm.standing(random.doubles(DUELS).toArray(), LEVEL);
            for (boolean one : stands) {
                found += one ? 1 : 0;
            }
        }
        assertTrue(found < 1.2 * LEVEL * runs, found + " of " + runs + ", seed 1");
    }

    @Test
    void shouldSeldomFailAGateWhenEveryDuelStandsAtItsBudget() {
        int gates = 10;
        int failed = 0;
        for (long seed = 0; seed < gates; seed++) {
            failed += regressions(gate(seed, DUELS, BUDGET)) > 0 ? 1 : 0;
        }
        // Five of a hundred may fail by luck: of 10, more than 3 do in one case of 1,000.
        assertTrue(failed <= 3, failed + " of " + gates + ", seeds from 0");
    }

    @Test
    void shouldFindTheOneThatIsSlowerAmongMany() {
        for (long seed = 0; seed < 3; seed++) {
            List<Duel> duels = gate(seed, DUELS - 1, 1);
            Duel slow = duel(seed);
            duels.add(slow);
            SplittableRandom random = new SplittableRandom(seed);
            fight(duels, List.of(slow), 1.15, random);
            assertEquals(Verdict.REGRESSED, slow.verdict(), "seed " + seed);
        }
    }

    /** Fights as a gate does, of duels of which all have one true ratio. */
    private static List<Duel> gate(long seed, int count, double ratio) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Duel> duels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            duels.add(duel(random.nextLong()));
        }
        fight(duels, duels, ratio, random);
        return duels;
    }

    private static void fight(
            List<Duel> all, List<Duel> fighting, double ratio, SplittableRandom random) {
        for (int pair = 0; pair < EFFORT.maxPairs(); pair++) {
            for (Duel duel : fighting) {
                if (pair < EFFORT.minPairs() || !duel.isOver()) {
                    duel.add(pair(ratio, random));
                }
            }
            Duel.judge(all);
        }
    }

    /** Pairs that are off by 2 percent for good, slices by 1 on their own. */
    private static double[] pair(double ratio, SplittableRandom random) {
        double offset = Math.log(ratio) + random.nextGaussian() * 0.02;
        double[] slices = new double[EFFORT.slices()];
        for (int i = 0; i < slices.length; i++) {
            slices[i] = offset + random.nextGaussian() * 0.01;
        }
        return slices;
    }

    private static Duel duel(long seed) {
        DuelPlan plan =
                new DuelPlan(
                        "test",
                        Contender.own("head"),
                        Contender.own("base"),
                        BUDGET,
                        DuelEffort.Medium.PROCESSOR,
                        0,
                        DuelPlan.Results.EQUAL);
        return new Duel(plan, EFFORT, Path.of(""), 0, seed);
    }

    private static long regressions(List<Duel> duels) {
        return duels.stream().filter(duel -> duel.verdict() == Verdict.REGRESSED).count();
    }
}
