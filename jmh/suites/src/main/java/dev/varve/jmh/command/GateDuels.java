package dev.varve.jmh.command;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.OutputException;
import dev.varve.jmh.duel.Duel;
import dev.varve.jmh.duel.DuelPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The duels of a gate, which share the time that there is: each gets the fewest pairs of processes
 * that a verdict needs, then those that are not decided get one more in turns, until all are or
 * the time is over. So a noisy one does not take the time of the others. A regression counts only
 * if it is beyond luck among all of them. For one thread.
 */
final class GateDuels {

    private final SuiteRun run;
    private final long deadlineNs;
    private final List<String> failures = new ArrayList<>();

    /**
     * Duels that were not begun.
     *
     * @param deadlineNs the {@link System#nanoTime} after which no pair begins that need not be
     */
    GateDuels(SuiteRun run, long deadlineNs) {
        this.run = run;
        this.deadlineNs = deadlineNs;
    }

    /** Fights them; those that fail are left out of the results and named in {@link #failures}. */
    List<BenchResult> fight(List<DuelPlan> plans) {
        Map<Duel, String> duels = new LinkedHashMap<>();
        for (DuelPlan plan : plans) {
            Duel duel = run.duel(plan);
            if (isFought(plan.suite(), duel::fightFewest)) {
                duels.put(duel, plan.suite());
            }
        }
        List<Duel> open = undecided(duels.keySet());
        while (!open.isEmpty() && isTimeLeft()) {
            for (Duel duel : open) {
                if (isTimeLeft() && !isFought(duels.getOrDefault(duel, ""), duel::fightPair)) {
                    duels.remove(duel);
                }
            }
            open = undecided(duels.keySet());
        }
        List<BenchResult> results = new ArrayList<>();
        duels.keySet().forEach(duel -> results.addAll(duel.results()));
        return results;
    }

    private boolean isFought(String suite, Fight fight) {
        try {
            fight.fight();
            return true;
        } catch (OutputException e) {
            throw e; // nobody is there for the others either
        } catch (IOException | RuntimeException e) {
            failures.add(suite + ": " + e.getMessage());
            return false;
        }
    }

    /** What became of the duels that could not be fought, one line for each. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** One or more pairs of a duel. */
    private interface Fight {
        void fight() throws IOException;
    }

    private static List<Duel> undecided(Collection<Duel> duels) {
        Duel.judge(List.copyOf(duels));
        return duels.stream().filter(duel -> !duel.isOver()).toList();
    }

    private boolean isTimeLeft() {
        return System.nanoTime() - deadlineNs < 0;
    }
}
