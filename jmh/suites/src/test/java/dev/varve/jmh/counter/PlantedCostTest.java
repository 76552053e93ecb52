package dev.varve.jmh.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.ProjectFolder;
import dev.varve.jmh.Verdict;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shows that the budgets are tight: one thing more in each operation passes them. */
final class PlantedCostTest {

    @TempDir Path folder;

    @Test
    void shouldStayGreenWhenNothingIsPlanted() throws IOException {
        assertEquals(Set.of(), regressed(HotPath.GET, PlantedChild.Plant.NOTHING));
    }

    @ParameterizedTest
    @EnumSource(names = {"COMMIT_NONE", "GET", "MISS", "ID_HASH"})
    void shouldTurnRedWhenAnOperationAllocatesOneObjectMore(HotPath path) throws IOException {
        assertEquals(
                Set.of(Counter.ALLOCATED.label()),
                regressed(path, PlantedChild.Plant.ALLOCATION));
    }

    @Test
    void shouldTurnRedWhenAnOperationReadsOnceMore() throws IOException {
        Set<String> regressed = regressed(HotPath.SCAN, PlantedChild.Plant.READ);
        assertEquals(
                Set.of(Counter.READS.label(), Counter.BYTES_READ.label()),
                regressed.stream()
                        .filter(counter -> !counter.equals(Counter.ALLOCATED.label()))
                        .collect(Collectors.toSet()));
    }

    @Test
    void shouldTurnRedWhenAnOperationForcesOnceMore() throws IOException {
        assertEquals(
                Set.of(Counter.FORCES.label()),
                regressed(HotPath.COMMIT_GROUP, PlantedChild.Plant.FORCE));
    }

    private Set<String> regressed(HotPath path, PlantedChild.Plant plant) throws IOException {
        Map<Counter, Double> counts =
                CounterChild.read(
                        List.of(
                                PlantedChild.class.getName(),
                                path.suite(),
                                folder.toString(),
                                plant.name()),
                        ChildJvm.ownClassPath());
        return Budgets.read(ProjectFolder.budgets(), path.suite()).check(counts).stream()
                .filter(result -> result.verdict() == Verdict.REGRESSED)
                .map(BenchResult::name)
                .collect(Collectors.toSet());
    }
}
