package dev.varve.jmh.counter;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Counts suites and holds them to their budgets. Immutable.
 *
 * @param budgets the folder of the budget files
 * @param classPath of the build that is counted
 * @param parent the folder for what the suites write
 */
public record CounterSuites(Path budgets, String classPath, Path parent) {

    /** Counts one suite in a process and a temporary folder of its own. */
    public List<BenchResult> run(HotPath path) throws IOException {
        Budgets budget = Budgets.read(budgets, path.suite());
        try (WorkFolder folder = WorkFolder.in(parent, "varve-counters-")) {
            return budget.check(CounterChild.count(path, folder.path(), classPath));
        }
    }
}
