package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class HeapSetTest {

    /** More than would have room in the heap that the tests themselves have beside all else. */
    @Test
    void shouldMeasureInAHeapThatHoldsTheSet() {
        double perId = HeapSet.bytes(3_000_000) / 3_000_000;
        // An array of 32 bytes, a buffer over it, an entry, and its place in the table.
        assertTrue(perId > 100 && perId < 168, () -> perId + " bytes an id");
    }

    @Test
    void shouldTakeAsManyAsTheMemoryHolds() {
        assertEquals(1_000, HeapSet.fitting(1_000, Long.MAX_VALUE));
        long some = HeapSet.fitting(1_000_000_000, 8L << 30);
        assertTrue(some * 147 < 8L << 30, some + " ids");
        assertTrue(some * 200 > 7L << 30, some + " ids");
        assertEquals(0, HeapSet.fitting(1_000, 1 << 20));
    }

    @Test
    void shouldTellWhenTheHeapIsTooSmall() {
        assertThrows(
                IllegalStateException.class,
                () ->
                        FigureChild.run(
                                HeapSet.class, 48 << 20, 8 << 20, List.of("3000000")));
    }
}
