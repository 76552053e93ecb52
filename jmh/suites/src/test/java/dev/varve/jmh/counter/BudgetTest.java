package dev.varve.jmh.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.ProjectFolder;
import dev.varve.jmh.ResultTable;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds every suite to the budgets in perf-reports/budgets, on any machine. */
final class BudgetTest {

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(HotPath.class)
    void shouldStayWithinBudgetWhenCounted(HotPath path) throws IOException {
        List<BenchResult> results =
                new CounterSuites(ProjectFolder.budgets(), ChildJvm.ownClassPath(), folder)
                        .run(path);

        assertEquals(
                Verdict.OK,
                Verdict.worst(results),
                () -> "over budget:\n" + ResultTable.of(results));
    }
}
