package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.BenchResult;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GuavaFilterTest {

    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8L;

    private final List<BenchResult> results = new ArrayList<>();

    private BenchResult result(String suite, String name) {
        return results.stream()
                .filter(result -> result.suite().equals(suite) && result.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + results));
    }

    @Test
    void shouldCompareTheSameWorkInOneRun() {
        PrintStream nobody = new PrintStream(OutputStream.nullOutputStream());
        GuavaSize size = new GuavaSize(1_000_000, 0.01);
        new GuavaFilter(size, size.ids(), results, nobody).measure();
        for (String work : List.of("fill", "check of ids that are there", "check of absent ids")) {
            double guava = result("filter guava", work + ", one by one").value();
            for (String way : List.of("one by one", "in batches")) {
                BenchResult varve = result("filter beside guava", work + ", " + way);
                assertEquals("guava", varve.against());
                assertEquals(varve.value() / guava, varve.ratio(), 1e-9, varve::toString);
                assertTrue(varve.ratio() > 0, varve::toString);
            }
        }
        // Of 10^6 absent ids some 8,000, whichever filter: its size, its ids and its count.
        for (String suite : List.of("filter guava", "filter beside guava")) {
            double percent = result(suite, "false positives measured").value();
            assertEquals(100 * size.rate(), percent, 0.08, suite);
        }
    }

    /** Guava's bits must be there all the same: they are what the heap is taken for. */
    @Test
    void shouldSayNothingOfFalsePositivesWhenTheFilterIsNotFull() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        GuavaSize size = new GuavaSize(500_000_000, 0.01);
        new GuavaFilter(
                        size,
                        1_000_000,
                        results,
                        new PrintStream(printed, true, StandardCharsets.UTF_8))
                .measure();
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("500,000,000 ids, 1,000,000 of them added; neither"), text);
        assertEquals(500e6, result("filter guava", "ids").value());
        assertEquals(1e6, result("filter guava", "ids added").value());
        assertEquals(599e6, result("filter guava", "memory").value(), 1e6);
        assertTrue(result("filter guava", "fill, one by one").value() > 0);
        assertTrue(result("filter beside guava", "fill, in batches").value() > 0);
        for (BenchResult one : results) {
            assertFalse(one.name().contains("false positives"), one::toString);
            assertFalse(one.name().contains("absent"), one::toString);
        }
    }

    @Test
    void shouldFitIntoAnArrayAndIntoTheMemory() {
        long everything = Long.MAX_VALUE;
        GuavaSize most = GuavaSize.fitting(100_000_000_001L, 0.01, everything);
        assertTrue(most.guavaBytes() <= 8 * LONGEST_ARRAY, most::toString);
        GuavaSize more = new GuavaSize(most.ids() + 1_000_000, 0.01);
        assertTrue(more.guavaBytes() > 8 * LONGEST_ARRAY, most::toString);
        assertEquals(1.43e10, (double) most.ids(), 0.02e10);

        long memory = 2L << 30;
        GuavaSize some = GuavaSize.fitting(100_000_000_001L, 0.01, memory);
        assertTrue(some.memoryBytes() <= memory, some::toString);
        assertTrue(some.memoryBytes() > memory - (16 << 20), some::toString);
        assertTrue(some.heapBytes() < memory, some::toString);
        assertTrue(some.geometry().totalLength() < memory, some::toString);

        assertEquals(3_000_000, GuavaSize.fitting(3_000_000, 0.01, memory).ids());
        assertEquals(0, GuavaSize.fitting(3_000_000, 0.01, 1 << 20).ids());
    }
}
