package dev.varve.jmh.counter;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Counts suites and holds them to their budgets. */
public final class CounterSuites {

    private CounterSuites() {}

    /**
     * Counts one suite in a process and a temporary folder of its own.
     *
     * @param budgets the folder of the budget files
     */
    public static List<BenchResult> run(HotPath path, Path budgets) throws IOException {
        Budgets budget = Budgets.read(budgets, path.suite());
        try (WorkFolder folder = WorkFolder.temporary("varve-counters-")) {
            return budget.check(CounterChild.count(path, folder.path()));
        }
    }
}
