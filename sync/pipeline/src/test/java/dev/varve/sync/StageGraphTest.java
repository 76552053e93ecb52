package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.logstore.TableSpec;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class StageGraphTest {

    private static final TableSpec A = TableSpec.byKey("a");
    private static final TableSpec B = TableSpec.byKey("b");
    private static final TableSpec C = TableSpec.byKey("c");

    private static Stage stage(StageSpec.Builder spec) {
        return ScriptedStage.of(spec.build(), (context, range) -> new StepResult.Done(range.to()));
    }

    private static List<String> orderOf(Stage... stages) {
        return new StageGraph(List.of(stages))
                .forwardOrder().stream().map(stage -> stage.spec().id()).toList();
    }

    private static String refusalOf(Stage... stages) {
        return String.valueOf(
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new StageGraph(List.of(stages)))
                        .getMessage());
    }

    @Test
    void shouldPutEachStageBehindItsInputsAndEdges() {
        assertEquals(
                List.of("x", "y", "z", "free"),
                orderOf(
                        stage(StageSpec.named("z").inputs("y").after("x")),
                        stage(StageSpec.named("y").after("x")),
                        stage(StageSpec.named("free")),
                        stage(StageSpec.named("x"))));
    }

    @Test
    void shouldKeepTheGivenOrderWhenNothingIsDeclared() {
        assertEquals(
                List.of("c", "a", "b"),
                orderOf(
                        stage(StageSpec.named("c")),
                        stage(StageSpec.named("a")),
                        stage(StageSpec.named("b"))));
    }

    @Test
    void shouldLetAStageReadItsOwnTablesAndThoseOfAllItsInputs() {
        StageGraph graph =
                new StageGraph(
                        List.of(
                                stage(StageSpec.named("first").owns(A)),
                                stage(StageSpec.named("second").owns(B).inputs("first")),
                                stage(StageSpec.named("third").inputs("second")),
                                stage(StageSpec.named("late").owns(C).after("third"))));
        assertEquals(Set.of(A), graph.readableBy("first"));
        assertEquals(Set.of(A, B), graph.readableBy("third"));
        assertEquals(Set.of(C), graph.readableBy("late"));
    }

    @Test
    void shouldRefuseTwoStagesOfOneName() {
        assertEquals(
                "two stages are named x",
                refusalOf(stage(StageSpec.named("x")), stage(StageSpec.named("x"))));
    }

    @Test
    void shouldRefuseAnUnknownInputOrEdge() {
        assertEquals(
                "stage x depends on y, which is no stage",
                refusalOf(stage(StageSpec.named("x").inputs("y"))));
        assertEquals(
                "stage x depends on z, which is no stage",
                refusalOf(stage(StageSpec.named("x").after("z"))));
    }

    @Test
    void shouldRefuseATableWithTwoOwners() {
        assertEquals(
                "table a has two owners: x and y",
                refusalOf(
                        stage(StageSpec.named("x").owns(A)), stage(StageSpec.named("y").owns(A))));
        assertEquals(
                "table sync.progress has two owners: the pipeline and x",
                refusalOf(stage(StageSpec.named("x").owns(TableSpec.byKey("sync.progress")))));
    }

    @Test
    void shouldNameTheCycle() {
        assertEquals(
                "stages depend on each other in a cycle: x -> y -> z -> x",
                refusalOf(
                        stage(StageSpec.named("start").inputs("x")),
                        stage(StageSpec.named("x").inputs("y")),
                        stage(StageSpec.named("y").after("z")),
                        stage(StageSpec.named("z").inputs("x"))));
        assertEquals(
                "stages depend on each other in a cycle: x -> x",
                refusalOf(stage(StageSpec.named("x").inputs("x"))));
    }

    @Test
    void shouldRefuseNamesThatCannotStandInTheStore() {
        for (String id : List.of("", "*", "a b", "A", "a\nb", "x".repeat(65))) {
            assertThrows(IllegalArgumentException.class, () -> StageSpec.named(id).build(), id);
        }
        assertEquals("x".repeat(64), StageSpec.named("x".repeat(64)).build().id());
    }
}
