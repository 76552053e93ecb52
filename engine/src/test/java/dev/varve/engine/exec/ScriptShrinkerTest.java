package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The property finds a planted difference, shrinks it and names its seed. */
final class ScriptShrinkerTest {

    @Test
    void shouldShrinkToTheStepsThatMatter() {
        ScriptBlock block = new BlockGenerator(77, 200).next();
        long deletes = deletes(block);
        assertTrue(deletes > 2, "the seed must give a block with deletes");
        ScriptBlock smallest = ScriptShrinker.shrink(block, candidate -> deletes(candidate) >= 2);
        assertEquals(2, deletes(smallest));
        assertEquals(2, smallest.transactions.stream().mapToInt(List::size).sum());
    }

    @Test
    void shouldReportAPlantedDifferenceWithItsSeed() {
        Setup.Choice planted =
                new Setup.Choice(ExecutorMode.SEQUENTIAL, 1, 1, 1, -1, Disturbance.Kind.NONE);
        BlockExecutor executor =
                BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build();
        Disturbance none = new Disturbance(Disturbance.Kind.NONE, 1);
        // An executor that measures no dependencies shows one line less: all blocks differ.
        try (EqualityProperty property =
                new EqualityProperty(
                        List.of(new Setup(planted, executor, none)), new Coverage())) {
            AssertionError e = assertThrows(AssertionError.class, () -> property.check(4242));
            String message = e.getMessage();
            assertNotNull(message);
            assertTrue(message.contains("seed 4242"), message);
            assertTrue(message.contains("shrunk to"), message);
        }
    }

    private static long deletes(ScriptBlock block) {
        return block.transactions.stream()
                .flatMap(List::stream)
                .filter(op -> op.kind() == ScriptOp.Kind.DELETE)
                .count();
    }
}
