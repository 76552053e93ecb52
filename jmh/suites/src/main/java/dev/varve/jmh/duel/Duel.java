package dev.varve.jmh.duel;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.workload.SideBySide;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Lets two programs take turns on one machine, and says how many times longer one of them takes.
 *
 * <p>Both run in warmed processes of their own. In each slice both do the same number of
 * operations, in an order drawn by lot: whatever slows the machine for longer than a slice slows
 * both. After some slices both processes are replaced by new ones. When the interval of the ratio
 * lies wholly on one side of the budget, the duel is decided; when it does not after the last pair,
 * it is inconclusive.
 *
 * <p>The interval has 99 percent confidence rather than 95, because a duel looks at it up to seven
 * times and stops when it likes what it sees. Of many duels, {@link #judge} tells which are beyond
 * luck. One duel, one object, one thread.
 */
public final class Duel {

    private static final double CONFIDENCE = 0.99;

    /** The part of the threads that must have had a processor where all processors count. */
    private static final double ENOUGH_PROCESSORS = 0.75;

    /** The chance that among all duels of a gate a single one is called a regression by luck. */
    private static final double FAMILY_LEVEL = 0.05;

    private final DuelPlan plan;
    private final DuelEffort effort;
    private final Fighter.Arena arena;
    private final SplittableRandom random;
    private final List<double[]> pairs = new ArrayList<>();
    private final List<Double> headNs = new ArrayList<>();

    /** Where the processor is all that counts: of each pair, before and after. */
    private final List<Double> handOversNs = new ArrayList<>();

    /** Where all processors count: of each pair, how many the side had that had more of them. */
    private final List<Double> processors = new ArrayList<>();

    private RatioInterval interval = new RatioInterval(Double.NaN, 0, Double.POSITIVE_INFINITY);
    private Verdict verdict = Verdict.INCONCLUSIVE;

    /** Of a ratio that is not above the budget, whenever a duel may have looked; 1 if unknown. */
    private double chance = 1;

    /**
     * A duel that was not fought yet.
     *
     * @param folder where the processes write, on the medium that is to be measured
     * @param records in a store before the first operation, where the plan does not ask for more
     * @param seed of the data and of the order of turns
     */
    public Duel(DuelPlan plan, DuelEffort effort, Path folder, long records, long seed) {
        this.plan = plan;
        this.effort = effort;
        long enough = Math.max(records, plan.leastRecords());
        this.arena = new Fighter.Arena(folder, enough, seed);
        this.random = new SplittableRandom(seed);
    }

    /**
     * Fights until the duel is decided, or for as long as it may last.
     *
     * @return as {@link #results}
     */
    public List<BenchResult> fight() throws IOException {
        while (!isOver()) {
            fightPair();
        }
        return results();
    }

    /** Runs as many pairs as a verdict needs at least. */
    public void fightFewest() throws IOException {
        while (pairs.size() < effort.minPairs()) {
            fightPair();
        }
    }

    /** Runs one pair of processes. */
    public void fightPair() throws IOException {
        add(pair());
    }

    void add(double[] logRatios) {
        pairs.add(logRatios);
        if (pairs.size() >= effort.minPairs()) {
            interval = RatioInterval.of(pairs, CONFIDENCE, random.split());
            verdict = verdictAlone();
            chance = verdict == Verdict.REGRESSED ? chance() : 1;
        }
    }

    private double chance() {
        int looks = effort.maxPairs() - effort.minPairs() + 1;
        return Math.min(1, looks * RatioInterval.chance(pairs, plan.budget(), random.split()));
    }

    /**
     * Takes back what may be luck: the more duels are fought, the likelier one of them looks like a
     * regression. One that is taken back is inconclusive, and goes on if it may.
     *
     * @param duels all of a gate
     */
    public static void judge(List<Duel> duels) {
        double[] chances = duels.stream().mapToDouble(duel -> duel.chance).toArray();
        boolean[] stands = Holm.standing(chances, FAMILY_LEVEL);
        for (int i = 0; i < stands.length; i++) {
            Duel duel = duels.get(i);
            Verdict alone = duel.verdictAlone();
            boolean isLuck = alone == Verdict.REGRESSED && !stands[i];
            duel.verdict = isLuck ? Verdict.INCONCLUSIVE : alone;
        }
    }

    /** Whether it is decided, or has lasted as long as it may. */
    public boolean isOver() {
        return verdict != Verdict.INCONCLUSIVE || pairs.size() >= effort.maxPairs();
    }

    /** For information the time of the head, and on what cores; the ratio with its verdict. */
    public List<BenchResult> results() {
        String suite = plan.suite();
        String label = plan.head().label();
        BenchResult ratio =
                new BenchResult(
                        suite,
                        label,
                        interval.ratio(),
                        interval.lo(),
                        interval.hi(),
                        "x",
                        plan.base().label(),
                        interval.ratio(),
                        plan.budget(),
                        verdict);
        double time = RatioInterval.median(doubles(headNs));
        List<BenchResult> results = new ArrayList<>();
        results.add(BenchResult.plain(suite, label + " time", time, "ns/op"));
        if (!handOversNs.isEmpty()) {
            results.add(range(suite, "word to another core and back", handOversNs, "ns"));
        }
        if (!processors.isEmpty()) {
            String name = "processors for " + SideBySide.threads() + " threads";
            results.add(range(suite, name, processors, "at once"));
        }
        results.add(ratio);
        return results;
    }

    private static BenchResult range(
            String suite, String name, List<Double> values, String unit) {
        return new BenchResult(
                suite,
                name,
                RatioInterval.median(doubles(values)),
                Collections.min(values),
                Collections.max(values),
                unit,
                "",
                BenchResult.NONE,
                BenchResult.NONE,
                Verdict.OK);
    }

    /** The log ratios that were measured, one array for each pair of processes. */
    public List<double[]> logRatios() {
        return List.copyOf(pairs);
    }

    /** By itself, whatever else is fought. */
    private Verdict verdictAlone() {
        Verdict alone = verdict(interval, plan.budget());
        return alone == Verdict.OK && !hadProcessors() ? Verdict.INCONCLUSIVE : alone;
    }

    /** Threads that never run at once do not hold each other up, whatever lock they share. */
    private boolean hadProcessors() {
        return processors.isEmpty()
                || RatioInterval.median(doubles(processors))
                        >= ENOUGH_PROCESSORS * SideBySide.threads();
    }

    static Verdict verdict(RatioInterval interval, double budget) {
        if (interval.lo() > budget) {
            return Verdict.REGRESSED;
        }
        return interval.hi() <= budget ? Verdict.OK : Verdict.INCONCLUSIVE;
    }

    Verdict verdict() {
        return verdict;
    }

    private static double[] doubles(List<Double> values) {
        return values.stream().mapToDouble(value -> value).toArray();
    }

    private void noteHandOver() {
        if (plan.medium() == DuelEffort.Medium.PROCESSOR) {
            handOversNs.add(HandOver.roundTripNs());
        }
    }

    private double[] pair() throws IOException {
        List<String> flags = plan.flags();
        try (Fighter head = Fighter.start(plan.head(), plan.medium(), flags, arena);
                Fighter base = Fighter.start(plan.base(), plan.medium(), flags, arena)) {
            head.awaitReady();
            base.awaitReady();
            long operations = warmUp(head, base);
            double[] logRatios = new double[effort.slices()];
            noteHandOver();
            head.countProcessors();
            base.countProcessors();
            for (int slice = 0; slice < logRatios.length; slice++) {
                boolean headFirst = random.nextBoolean();
                long first = (headFirst ? head : base).run(operations);
                long second = (headFirst ? base : head).run(operations);
                requireEqualResults(head, base);
                double headTime = headFirst ? first : second;
                double baseTime = headFirst ? second : first;
                headNs.add(headTime / operations);
                logRatios[slice] = Math.log(headTime / baseTime);
            }
            noteHandOver();
            if (plan.medium() == DuelEffort.Medium.PROCESSORS) {
                processors.add(Math.max(head.processors(), base.processors()));
            }
            return logRatios;
        }
    }

    /**
     * Runs both, side by side, for long enough that the compiler is done with them.
     *
     * @return how many operations both together do in two slices
     */
    private long warmUp(Fighter head, Fighter base) {
        long sliceNs = effort.slice().toNanos();
        long end = System.nanoTime() + plan.warmUps() * effort.warmUp().toNanos();
        long operations = 1;
        long lastNs = 0;
        while (System.nanoTime() - end < 0 || lastNs < sliceNs) {
            operations = towardsSlice(operations, lastNs);
            head.begin(operations);
            base.begin(operations);
            lastNs = head.end() + base.end();
            requireEqualResults(head, base);
        }
        // Alone, as it counts, each takes less time than beside the other.
        lastNs = head.run(operations) + base.run(operations);
        return towardsSlice(operations, lastNs);
    }

    /** Grows by little at a time: the first operations tell little of the later ones. */
    private long towardsSlice(long operations, long lastNs) {
        if (lastNs == 0) {
            return operations;
        }
        double wanted = operations * 2.0 * effort.slice().toNanos() / lastNs;
        return Math.max(1, (long) Math.min(wanted, 4.0 * operations));
    }

    private void requireEqualResults(Fighter head, Fighter base) {
        if (plan.results() == DuelPlan.Results.EQUAL && head.lastResult() != base.lastResult()) {
            throw new UnequalResultsException(
                    plan.head().label() + " returned " + head.lastResult()
                            + ", " + plan.base().label() + " returned " + base.lastResult()
                            + ": they do not do the same, and cannot be compared");
        }
    }
}
