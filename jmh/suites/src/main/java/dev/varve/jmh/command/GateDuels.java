package dev.varve.jmh.command;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.duel.Duel;
import dev.varve.jmh.duel.DuelPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The duels of a gate, which share the time that there is: each gets the fewest pairs of processes
 * that a verdict needs, then those that are not decided get one more in turns, until all are or
 * the time is over. So a noisy one does not take the time of the others. A regression counts only
 * if it is beyond luck among all of them. For one thread.
 */
final class GateDuels {

    private final SuiteRun run;
    private final long deadlineNs;

    /**
     * Duels that were not begun.
     *
     * @param deadlineNs the {@link System#nanoTime} after which no pair begins that need not be
     */
    GateDuels(SuiteRun run, long deadlineNs) {
        this.run = run;
        this.deadlineNs = deadlineNs;
    }

    List<BenchResult> fight(List<DuelPlan> plans) throws IOException {
        List<Duel> duels = new ArrayList<>();
        for (DuelPlan plan : plans) {
            Duel duel = run.duel(plan);
            duel.fightFewest();
            duels.add(duel);
        }
        List<Duel> open = undecided(duels);
        while (!open.isEmpty() && isTimeLeft()) {
            for (Duel duel : open) {
                if (isTimeLeft()) {
                    duel.fightPair();
                }
            }
            open = undecided(duels);
        }
        List<BenchResult> results = new ArrayList<>();
        duels.forEach(duel -> results.addAll(duel.results()));
        return results;
    }

    private static List<Duel> undecided(List<Duel> duels) {
        Duel.judge(duels);
        return duels.stream().filter(duel -> !duel.isOver()).toList();
    }

    private boolean isTimeLeft() {
        return System.nanoTime() - deadlineNs < 0;
    }
}
