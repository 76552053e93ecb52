package dev.varve.jmh.duel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.ProjectFolder;
import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.Programs;
import dev.varve.jmh.workload.Site;
import dev.varve.jmh.workload.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class YardsticksTest {

    @TempDir Path folder;

    @Test
    void shouldReadEveryFieldWhenALineIsWellFormed() {
        DuelPlan plan =
                Yardsticks.parse(List.of("# c", "get raw-read memory 5 1.5 some words")).getFirst();
        assertEquals("get", plan.suite());
        assertEquals("get", plan.head().program());
        assertEquals("raw-read", plan.base().program());
        assertEquals(DuelEffort.Medium.MEMORY, plan.medium());
        assertEquals(5, plan.leastRecords());
        assertEquals(1.5, plan.budget());
    }

    @Test
    void shouldBelongToTheSuiteBeforeTheColonWhenTheProgramHasArguments() {
        DuelPlan plan =
                Yardsticks.parse(List.of("executor:a:1 executor:b:2 processor 0 2 why")).getFirst();
        assertEquals("executor", plan.suite());
        assertEquals("executor:a:1", plan.head().program());
    }

    @Test
    void shouldRefuseWhenALineHasNoReason() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Yardsticks.parse(List.of("get raw-read memory 5 1.5")));
    }

    @Test
    void shouldNameSuitesAndProgramsThatExistInTheCommittedFile() throws IOException {
        List<DuelPlan> plans = Yardsticks.read(ProjectFolder.root().resolve("perf-reports"));
        assertFalse(plans.isEmpty());
        for (int i = 0; i < plans.size(); i++) {
            DuelPlan plan = plans.get(i);
            assertTrue(HotPath.of(plan.suite()).isPresent(), plan.suite());
            Path own = Files.createDirectory(folder.resolve("program-" + i));
            if (!plan.base().program().equals("raw-force")) {
                runOnce(plan.base().program(), own);
            }
            if (!plan.head().program().equals(plan.suite())) {
                runOnce(plan.head().program(), own);
            }
        }
    }

    private static void runOnce(String program, Path own) {
        try (Workload workload = Programs.open(program, Site.of(own, 500, 1))) {
            workload.run(2_000);
            workload.force();
            workload.tidy();
            workload.run(1);
        }
    }
}
