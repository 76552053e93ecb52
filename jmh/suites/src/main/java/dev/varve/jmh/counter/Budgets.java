package dev.varve.jmh.counter;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The budgets of one suite: a text file with one line for each counter, {@code counter max reason}.
 * Empty lines and those that begin with # are skipped. Immutable.
 */
public final class Budgets {

    private final String suite;
    private final Map<Counter, Budget> budgets;

    private Budgets(String suite, Map<Counter, Budget> budgets) {
        this.suite = suite;
        this.budgets = budgets;
    }

    /** Reads {@code <folder>/<suite>.txt}. */
    public static Budgets read(Path folder, String suite) throws IOException {
        return parse(suite, Files.readAllLines(file(folder, suite)));
    }

    /** Where the budgets of a suite are. */
    public static Path file(Path folder, String suite) {
        return folder.resolve(suite + ".txt");
    }

    static Budgets parse(String suite, List<String> lines) {
        Map<Counter, Budget> budgets = new EnumMap<>(Counter.class);
        for (String line : lines) {
            if (!line.isBlank() && !line.startsWith("#")) {
                Budget budget = Budget.parse(suite, line.strip());
                if (budgets.put(budget.counter(), budget) != null) {
                    throw new IllegalArgumentException(suite + " has two budgets: " + line);
                }
            }
        }
        return new Budgets(suite, budgets);
    }

    /**
     * Holds what was counted against the budgets. A counter without a budget is a regression: what
     * is not held to anything would be free to grow. A budget without a counter is stale.
     */
    public List<BenchResult> check(Map<Counter, Double> counts) {
        for (Counter counter : budgets.keySet()) {
            if (!counts.containsKey(counter)) {
                throw new IllegalArgumentException(
                        suite + " has a budget for " + counter.label() + ", which is not counted");
            }
        }
        List<BenchResult> results = new ArrayList<>();
        for (Counter counter : Counter.values()) {
            Double value = counts.get(counter);
            if (value != null) {
                results.add(check(counter, value));
            }
        }
        return results;
    }

    /** The budgets that are larger than those of a base, for whoever reviews the change. */
    public List<BenchResult> raisedFrom(Budgets base) {
        List<BenchResult> raised = new ArrayList<>();
        for (Budget now : budgets.values()) {
            Budget before = base.budgets.get(now.counter());
            if (before != null && now.max() > before.max()) {
                raised.add(raised(now, before.max()));
            }
        }
        return raised;
    }

    private BenchResult raised(Budget now, double before) {
        return new BenchResult(
                suite,
                now.counter().label() + " budget, raised",
                now.max(),
                now.max(),
                now.max(),
                now.counter().unit(),
                "budget of the base",
                before == 0 ? BenchResult.NONE : now.max() / before,
                BenchResult.NONE,
                Verdict.OK);
    }

    private BenchResult check(Counter counter, double value) {
        Budget budget = budgets.get(counter);
        double max = budget == null ? 0 : budget.max();
        return new BenchResult(
                suite,
                counter.label(),
                value,
                value,
                value,
                counter.unit(),
                budget == null ? "no budget" : "budget",
                max == 0 ? BenchResult.NONE : value / max,
                max,
                value <= max ? Verdict.OK : Verdict.REGRESSED);
    }

    /**
     * One line.
     *
     * @param max the largest value that is still OK
     * @param reason why so much
     */
    record Budget(Counter counter, double max, String reason) {

        private static final int WORDS = 3;

        static Budget parse(String suite, String line) {
            String[] words = line.split("\\s+", WORDS);
            if (words.length < WORDS) {
                throw new IllegalArgumentException(
                        suite + ": '" + line + "' is not 'counter max reason'");
            }
            return new Budget(Counter.of(words[0]), Double.parseDouble(words[1]), words[2]);
        }
    }
}
